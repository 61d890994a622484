"""Answers of llama.cpp are those of the seam: ids, text, ends and limits as from the engine."""

from typing import Any

import pytest

from core.backends.events import Finished, PromptRead, Queued, TextDelta
from core.backends.reply import answer_text
from core.backends.request import Request
from core.errors import EngineError, InvalidInput, PromptTooLong
from core.llama.server import LlamaServer
from core.messages import Message
from core.models.plan import divided
from core.models.preparing import Prepared
from core.sampling.settings import Sampling

TEXTS = ("Hello!", "What is rain?", "Repeat: 饕餮 😀😀", "Name three fruits.", "Why?", "A haiku.")


def _prompt(server: LlamaServer, text: str = "Tell me a story.") -> tuple[int, ...]:
    return tuple(server.tokenizer.prompt_ids([Message("user", text)]))


def _request(server: LlamaServer, text: str = "Tell me a story.", **settings: Any) -> Request:
    values = {"temperature": 1.2, "top_p": 1.0, "max_new_tokens": 16, "seed": 5} | settings
    return Request(_prompt(server, text), Sampling(**values), tag=text)


def _long(server: LlamaServer, *more: str) -> tuple[int, ...]:
    return _prompt(server, " ".join(["The rain fell on the hill."] * 30 + list(more)))


# --- the same text, however it is computed --------------------------------------------------


@pytest.mark.parametrize("temperature", [0, 0.7, 1.5])
def test_the_same_text_alone_among_others_and_again(
    server: LlamaServer, temperature: float
) -> None:
    requests = [_request(server, text, temperature=temperature) for text in TEXTS]
    batched = server.submit_many(requests).results()
    for request in requests:
        alone = server.submit(request).result()
        assert batched[request.tag].token_ids == alone.token_ids
        assert alone.seed == 5


def test_the_same_text_from_a_prompt_that_another_slot_has_read(server: LlamaServer) -> None:
    prompt = _long(server, "Go on.")
    requests = [
        Request(prompt, Sampling(temperature=1.2, seed=3, max_new_tokens=8), tag=n)
        for n in range(2 * server.status().slots)
    ]
    ends = server.submit_many(requests).results().values()
    assert {end.reason for end in ends} <= {"length", "stop"}
    assert len({end.token_ids for end in ends}) == 1


def test_another_seed_another_text(server: LlamaServer) -> None:
    ends = [server.submit(_request(server, seed=n, temperature=1.8)).result() for n in range(3)]
    assert len({end.token_ids for end in ends}) == 3


def test_settings_reach_the_draw(server: LlamaServer) -> None:
    greedy = server.submit(_request(server, temperature=0)).result().token_ids
    for cut in ({"top_k": 1}, {"top_p": 1e-6}):
        assert server.submit(_request(server, **cut)).result().token_ids == greedy
    assert server.submit(_request(server, temperature=0.01)).result().token_ids == greedy


# --- streams ----------------------------------------------------------------------------------


@pytest.mark.parametrize("chat", [True, False])
@pytest.mark.parametrize("text", ["Repeat: 饕餮 😀😀 你好", "Write two lines."])
def test_a_stream_equals_its_whole(server: LlamaServer, chat: bool, text: str) -> None:
    request = Request(_prompt(server, text), Sampling(temperature=0, max_new_tokens=20), chat)
    events = list(server.submit(request))
    finished = events[-1]
    assert isinstance(finished, Finished)
    deltas = [event for event in events if isinstance(event, TextDelta)]
    assert "".join(delta.text for delta in deltas) == finished.text
    assert tuple(i for delta in deltas for i in delta.token_ids) == finished.token_ids
    assert finished.text == answer_text(server.tokenizer, finished.token_ids, chat)
    assert finished.raw == server.tokenizer.decode(finished.token_ids)
    assert finished.usage.prompt_tokens == len(request.prompt)
    assert finished.usage.new_tokens == len(finished.token_ids)
    assert finished.usage.tokens_per_s > 0


@pytest.mark.parametrize("budget", range(1, 8))
def test_an_answer_may_end_in_the_middle_of_a_character(server: LlamaServer, budget: int) -> None:
    prompt = _prompt(server, "Repeat: 😀😀😀😀")
    whole = server.submit(Request(prompt, Sampling(temperature=0, max_new_tokens=12))).result()
    # Bytes are what this is about
    assert any(server.tokenizer.piece(i).startswith("<0x") for i in whole.token_ids[:8])
    cut = server.submit(Request(prompt, Sampling(temperature=0, max_new_tokens=budget))).result()
    assert cut.token_ids == whole.token_ids[:budget]
    assert cut.reason == "length"


def test_events_come_in_order(server: LlamaServer) -> None:
    rank = {Queued: 0, PromptRead: 1, TextDelta: 2, Finished: 3}
    events = [e for e in server.submit(_request(server)) if type(e) in rank]
    ranks = [rank[type(event)] for event in events]
    assert ranks == sorted(ranks)
    assert ranks[0] == 0
    assert ranks.count(1) == ranks.count(3) == 1


def test_more_requests_than_slots_wait_in_their_order(server: LlamaServer) -> None:
    count = 3 * server.status().slots
    places: dict[Any, list[int]] = {n: [] for n in range(count)}
    with server.submit_many(
        [Request(_prompt(server), Sampling(seed=n, max_new_tokens=4), tag=n) for n in range(count)]
    ) as stream:
        for tag, event in stream:
            if isinstance(event, Queued):
                places[tag].append(event.position)
    assert [row[0] for row in places.values()] == list(range(count))
    assert all(row == sorted(row, reverse=True) for row in places.values())
    assert places[count - 1][-1] < server.status().slots


def test_the_end_says_why(server: LlamaServer) -> None:
    cut = server.submit(_request(server, temperature=0, max_new_tokens=1)).result()
    assert (cut.reason, len(cut.token_ids)) == ("length", 1)
    ended = server.submit(_request(server, "2+2?", temperature=0, max_new_tokens=60)).result()
    assert ended.reason == "stop"
    assert ended.token_ids[-1] in server.tokenizer.stop_ids


# --- begun answers ------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_greedy_answer_goes_on_as_it_did(server: LlamaServer, share: float) -> None:
    request = _request(server, TEXTS[2], temperature=0)
    whole = server.submit(request).result()
    cut = int(share * len(whole.token_ids))
    begun = whole.token_ids[:cut]
    again = server.submit(Request(request.prompt, request.sampling, begun=begun)).result()
    assert (again.token_ids, again.text) == (whole.token_ids, whole.text)
    assert again.usage.new_tokens == len(whole.token_ids) - cut


def test_a_drawn_answer_goes_on_in_the_same_way_each_time(server: LlamaServer) -> None:
    request = _request(server)
    begun = server.submit(request).result().token_ids[:5]
    one, other = (
        server.submit(Request(request.prompt, request.sampling, begun=begun)).result()
        for _n in range(2)
    )
    assert one.token_ids == other.token_ids
    assert one.token_ids[:5] == begun


# --- cancelled requests -------------------------------------------------------------------------


def test_cancel_frees_the_slot(server: LlamaServer) -> None:
    slots = server.status().slots
    doomed = server.submit_many([_request(server, t, max_new_tokens=900) for t in TEXTS[:slots]])
    events = iter(doomed)
    while not isinstance(next(events)[1], TextDelta):
        pass
    doomed.close()
    doomed.close()
    assert {end.reason for end in doomed.results().values()} <= {"cancelled"}
    # Their slots are needed for this one, and are soon free
    end = server.submit(_request(server, max_new_tokens=2)).result()
    assert end.reason == "length"
    status = server.status()
    assert status.running == status.waiting == 0


def test_a_prompt_that_is_being_read_can_be_cancelled(server: LlamaServer) -> None:
    stream = server.submit(Request(_long(server, "Never read."), Sampling(max_new_tokens=4)))
    assert isinstance(next(iter(stream)), Queued)
    end = stream.cancel()
    assert (end.reason, end.token_ids) == ("cancelled", ())
    again = server.submit(Request(_long(server, "Never read."), Sampling(max_new_tokens=4)))
    assert again.result().reason == "length"


def test_closing_one_stream_leaves_the_others(server: LlamaServer) -> None:
    kept = _request(server, TEXTS[1])
    alone = server.submit(kept).result()
    doomed = server.submit(_request(server, max_new_tokens=900))
    stream = server.submit(kept)
    doomed.close()
    assert stream.result().token_ids == alone.token_ids


# --- limits -------------------------------------------------------------------------------------


def test_an_empty_prompt_is_refused(server: LlamaServer) -> None:
    with pytest.raises(InvalidInput, match="empty"):
        server.submit(Request((), Sampling()))


@pytest.mark.parametrize("foreign", [-1, 10**6])
def test_foreign_ids_are_refused(server: LlamaServer, foreign: int) -> None:
    with pytest.raises(InvalidInput, match=str(foreign)):
        server.submit(Request((*_prompt(server), foreign), Sampling()))


def test_a_prompt_over_the_window_is_refused(server: LlamaServer) -> None:
    with pytest.raises(PromptTooLong, match=str(server.window)):
        server.submit(Request((5,) * server.window, Sampling()))
    with pytest.raises(PromptTooLong, match=str(server.window)):
        server.next_logits((5,) * (server.window + 1))


def test_one_bad_request_starts_none(server: LlamaServer) -> None:
    with pytest.raises(InvalidInput):
        server.submit_many([_request(server), Request((), Sampling())])
    assert server.status().running == server.status().waiting == 0


def test_a_begun_answer_without_room_is_refused(server: LlamaServer) -> None:
    with pytest.raises(PromptTooLong, match="max_new_tokens"):
        server.submit(Request(_prompt(server), Sampling(max_new_tokens=3), begun=(5, 6, 7)))


@pytest.mark.long
def test_the_last_token_of_the_window(server: LlamaServer) -> None:
    prompt = (_prompt(server) * server.window)[: server.window - 1]
    end = server.submit(Request(prompt, Sampling(temperature=0))).result()
    assert (len(end.token_ids), end.error) == (1, None)


def test_slots_have_the_window_where_there_is_room() -> None:
    for window in (256, 4096, 8192, 131_072):
        for windows in (1, 2, 3, 11, 40):
            slots, each = divided(windows * window, window)
            assert 2 <= slots <= 10
            assert each <= window
            assert slots * each <= windows * window
            # Nothing is cut to have more than two slots of a size that is of use
            assert each == window or each >= min(window, 4096) or slots == 2


def test_a_closed_server_says_so(prepared: Prepared) -> None:
    other = LlamaServer(prepared)
    stream = other.submit(_request(other, max_new_tokens=900))
    other.close()
    other.close()
    assert stream.result().reason == "cancelled"
    assert other.closed
    assert not other.status().alive
    with pytest.raises(EngineError, match="unloaded"):
        other.submit(_request(other))
    with pytest.raises(EngineError, match="unloaded"):
        other.next_logits((1, 2))


def test_facts_and_abilities_are_those_of_the_file(server: LlamaServer) -> None:
    facts = server.facts
    assert (facts.precision, facts.device, facts.window) == ("Q4_1", "cpu", server.window)
    assert facts.memory
    assert facts.memory > server.status().slots * server.window
    assert {"chat", "token_ids", "logits", "scores", "begun", "window"} <= server.can
    assert "tools" not in server.can
