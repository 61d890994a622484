"""The card of llama.cpp's own server says what that server does."""

from core.servers.listed import Server
from core.servers.probe import probed
from core.servers.subjects import SUBJECTS, Card


def test_the_card_of_llama_cpp_is_what_it_does(llama: Server) -> None:
    found = list(probed(llama))
    card = found[-1]
    assert isinstance(card, Card)
    assert {one.subject for one in card.findings} == set(SUBJECTS)
    verdicts = {one.subject: one.verdict for one in card.findings}
    assert verdicts == {
        "streaming": "yes",
        "usage": "yes",
        "seed": "yes",
        "top_k": "yes",
        "n": "yes",
        "logprobs": "yes",
        "distribution": "yes",
        "token_ids_in": "yes",
        # By its own path, not by the one that all servers have
        "token_ids_out": "no",
        "echo": "no",
        "tools": "no",
        "json_schema": "yes",
    }
    details = {one.subject: one.detail for one in card.findings}
    assert details["distribution"].endswith(": 100.0%")
    assert card.window == 256
