"""What the card of a server found is what the server is asked: nothing that it cannot, and what is
lacking is said. A card that is made anew counts at once."""

import itertools
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from core.backends.backend import lacking
from core.backends.request import Request
from core.backends.tokenizer import Tokenizer
from core.errors import EngineError
from core.messages import Message
from core.sampling.settings import Sampling
from core.served.connections import connected
from core.servers.backend import ServerBackend
from core.servers.cards import keep_card, kept_card
from core.servers.listed import Server
from core.servers.probe import probed
from core.servers.reasons import unheeded, why_not
from core.servers.subjects import SUBJECTS, Card, Finding, Subject, Verdict
from tests.bad_server import BadServer, Handler, Reply, saying, serving
from tests.vllm_server import TableModel

HELLO = (Message("user", "Hello"),)
DRAWN = Sampling(top_k=4, seed=3, max_new_tokens=20)


def card(model: str = "big", **found: tuple[Verdict, str]) -> Card:
    """A card of nothing but good, but for what is given."""
    findings = (Finding(one, *found.get(one, ("yes", ""))) for one in SUBJECTS)
    return Card(model, (model,), None, tuple(findings))


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where cards are kept."""
    monkeypatch.setenv("PROMPTLAB_DATA", str(tmp_path))
    return tmp_path


def one_model(handler: Handler) -> None:
    if handler.path.endswith("/models"):
        handler.whole({"object": "list", "data": [{"id": "big"}]})
    else:
        saying("fine")(handler)


@contextmanager
def there(server: BadServer) -> Iterator[tuple[Server, ServerBackend]]:
    entry = Server("there", server.url, title="Big One")
    backend = connected(entry)
    yield entry, backend
    backend.close()


def sent(server: BadServer, backend: ServerBackend) -> dict[str, object]:
    """What goes out for an answer that is drawn."""
    end = backend.submit(Request(HELLO, DRAWN)).result()
    assert (end.reason, end.seed) == ("stop", 3)
    return server.asked[-1][1]


def test_without_a_card_all_is_asked(data: Path) -> None:
    with serving(one_model) as server, there(server) as (_entry, backend):
        assert "tools" in backend.can
        assert lacking(backend, "tools") is None
        assert [backend.unheeded(name) for name in ("top_k", "seed", "temperature")] == [None] * 3
        body = sent(server, backend)
        assert (body["top_k"], body["seed"]) == (4, 3)


def test_a_card_counts_as_soon_as_it_is_made_and_until_it_is_made_anew(data: Path) -> None:
    with serving(one_model) as server, there(server) as (entry, backend):
        none: tuple[Verdict, str] = ("no", "HTTP 400")
        keep_card(data, entry, card(tools=none, top_k=("no", "4 : 4"), seed=none))
        assert "tools" not in backend.can
        for said in (
            lacking(backend, "tools"),
            lacking(backend, "exact_seeds"),
            backend.unheeded("top_k"),
            backend.unheeded("seed"),
        ):
            assert said
            assert "Big One" in said
            assert "card on the Models page" in said
        body = sent(server, backend)
        assert not {"top_k", "seed"} & set(body)
        keep_card(data, entry, card())
        assert "tools" in backend.can
        assert backend.unheeded("top_k") is None
        assert "card" not in (lacking(backend, "exact_seeds") or "")
        body = sent(server, backend)
        assert (body["top_k"], body["seed"]) == (4, 3)


def test_a_seed_that_does_not_repeat_is_still_sent_and_what_could_not_be_told_changes_nothing(
    data: Path,
) -> None:
    with serving(one_model) as server, there(server) as (entry, backend):
        keep_card(data, entry, card(seed=("no", "3 x 1: 2"), top_k=("unclear", "1 : 1")))
        assert backend.unheeded("seed") is None
        assert "one seed gave different texts" in (lacking(backend, "exact_seeds") or "")
        body = sent(server, backend)
        assert (body["top_k"], body["seed"]) == (4, 3)
        keep_card(data, entry, card(tools=("unclear", "")))
        assert "tools" in backend.can


def test_the_card_of_another_model_says_nothing_of_this_one(data: Path) -> None:
    with serving(one_model) as server, there(server) as (entry, backend):
        keep_card(data, entry, card("small", tools=("no", "")))
        assert "tools" in backend.can


def test_a_file_of_cards_that_cannot_be_read_is_no_card(data: Path) -> None:
    with serving(one_model) as server, there(server) as (_entry, backend):
        (data / "servers.json").write_text("{")
        assert "tools" in backend.can


def test_where_tools_are_written_here_the_card_has_no_say(data: Path, chatglm: Tokenizer) -> None:
    with serving(TableModel(chatglm, [*chatglm.answer_ids("Yes.")])) as server:
        entry = Server("there", server.url, tokenizer="embedded")
        keep_card(data, entry, card(tools=("no", ""), top_k=("no", "4 : 4")))
        backend = connected(entry)
        assert "tools" in backend.can
        assert backend.unheeded("top_k") is None
        backend.close()


def test_where_ids_go_out_and_text_comes_back_the_card_counts(
    data: Path, chatglm: Tokenizer
) -> None:
    model = TableModel(chatglm, [*chatglm.answer_ids("Yes.")], tells_ids=False, most=0)
    with serving(model) as server:
        entry = Server("there", server.url, tokenizer="embedded")
        backend = connected(entry)
        for kept in (None, card(top_k=("no", "4 : 4"), seed=("no", "HTTP 422"))):
            if kept:
                keep_card(data, entry, kept)
            backend.submit(Request(HELLO, DRAWN)).result()
        backend.close()
    before, after = (b for b in model.bodies[-2:])
    assert (before["top_k"], before["seed"]) == (4, 3)
    assert not {"top_k", "seed"} & set(after)


@pytest.mark.parametrize(
    ("status", "verdict"),
    [(400, "no"), (422, "no"), (501, "no"), (429, "unclear"), (503, "unclear")],
)
def test_what_a_busy_server_did_not_answer_is_not_held_against_it(
    status: int, verdict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import openai._base_client as client

    monkeypatch.setattr(client.time, "sleep", lambda _seconds: None)

    def reply(handler: Handler) -> None:
        if handler.path.endswith("/models") or (
            handler.body.get("stream") and not handler.body.get("tools")
        ):
            one_model(handler)
        else:
            handler.whole({"error": {"message": "no"}}, status)

    with serving(reply) as server:
        *_findings, made = probed(Server("there", server.url))
    assert isinstance(made, Card)
    asked: tuple[Subject, ...] = ("tools", "n")
    assert {made.verdict(one) for one in asked} == {verdict}
    # They were not what it did not answer: without them it does not answer either
    assert (made.verdict("seed"), made.verdict("top_k")) == ("unclear", "unclear")


def refusing(status: int, refuses: Callable[[dict[str, Any]], object]) -> Reply:
    """A server that draws by chance, and refuses some requests."""
    drawn = itertools.count()

    def reply(handler: Handler) -> None:
        if not handler.path.endswith("/models") and refuses(handler.body):
            handler.whole({"error": {"message": "not so"}}, status)
        elif handler.path.endswith("/models") or handler.body.get("stream"):
            one_model(handler)
        else:
            # One text for one seed, and the likeliest where nothing else may come
            tied = handler.body.get("top_k") == 1
            text = "cat" if tied else f"cat {handler.body.get('seed') or next(drawn)}"
            said = {"role": "assistant", "content": text}
            handler.whole({"choices": [{"index": 0, "message": said}]})

    return reply


def card_of(reply: Reply) -> tuple[Card, BadServer]:
    with serving(reply) as server:
        *findings, made = probed(Server("there", server.url))
    assert isinstance(made, Card)
    assert tuple(findings) == made.findings
    return made, server


@pytest.mark.parametrize("status", [400, 422])
def test_a_seed_is_refused_where_only_without_one_an_answer_comes(status: int) -> None:
    made, server = card_of(refusing(status, lambda body: "seed" in body))
    assert made.finding("seed") == Finding("seed", "no", f"HTTP {status}")
    assert "takes no seed" in (unheeded(made, "seed", "Big One") or "")
    # The one that was refused is the only one that was sent
    assert [body["seed"] for _path, body, _headers in server.asked if "seed" in body] == [1]
    assert made.verdict("top_k") == "yes"
    assert tuple(one.subject for one in made.findings) == SUBJECTS


@pytest.mark.parametrize("status", [400, 422])
def test_a_temperature_that_is_refused_is_no_seed_that_is(status: int) -> None:
    made, _server = card_of(refusing(status, lambda body: body.get("temperature", 0) > 1))
    assert (made.verdict("seed"), made.verdict("top_k")) == ("yes", "yes")
    assert not made.finding("n").refused


@pytest.mark.parametrize("status", [400, 401, 413, 422, 501])
def test_what_is_not_answered_with_a_seed_or_without_says_nothing_of_seeds(status: int) -> None:
    made, _server = card_of(refusing(status, lambda body: "stream" not in body))
    for setting in ("seed", "top_k"):
        assert made.verdict(setting) == "unclear"  # type: ignore[arg-type]
        assert unheeded(made, setting, "Big One") is None
    assert why_not(made, "exact_seeds", "Big One") is None


def test_top_k_that_is_refused_is_not_sent() -> None:
    made, _server = card_of(refusing(400, lambda body: "top_k" in body))
    assert made.finding("top_k") == Finding("top_k", "no", "HTTP 400")
    assert made.verdict("seed") == "yes"


def test_a_server_that_refuses_every_question_gets_no_card() -> None:
    with (
        serving(refusing(400, lambda _body: True)) as server,
        pytest.raises(EngineError, match=r"refused the request \(not so\)"),
    ):
        list(probed(Server("there", server.url)))


def test_a_fault_that_was_once_held_against_seeds_is_not_any_more() -> None:
    kept = card(seed=("no", "HTTP 500"))
    assert why_not(kept, "exact_seeds", "Big One") is None
    assert unheeded(kept, "seed", "Big One") is None


def test_the_seed_is_tried_out_with_nothing_beside_it() -> None:
    def reply(handler: Handler) -> None:
        if handler.path.endswith("/models") or handler.body.get("stream"):
            one_model(handler)
        else:
            said = {"role": "assistant", "content": "cat"}
            handler.whole({"choices": [{"index": 0, "message": said}]})

    with serving(reply) as server:
        found = list(probed(Server("there", server.url)))
    assert tuple(one.subject for one in found if isinstance(one, Finding)) == SUBJECTS
    # After the models and the first question
    seeds = [body.get("seed") for _path, body, _headers in server.asked[2:8]]
    assert seeds == [11, 11, 11, 12, 13, 14]


def test_cards_that_are_kept_at_once_are_all_kept(data: Path) -> None:
    servers = [Server(f"s{n}", f"http://127.0.0.1:{n + 1}/v1") for n in range(8)]
    threads = [threading.Thread(target=keep_card, args=[data, one, card()]) for one in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(kept_card(data, one) for one in servers)


KEEPING = """
import sys
from pathlib import Path
from core.servers.cards import keep_card
from core.servers.listed import Server
from core.servers.subjects import Card

name = sys.argv[2]
print("ready", flush=True)
sys.stdin.readline()
for n in range(20):
    keep_card(Path(sys.argv[1]), Server(name, f"http://{name}:{n + 1}/v1"), Card("m", (), None, ()))
"""


def test_cards_that_several_processes_keep_at_once_are_all_kept(data: Path) -> None:
    names = ("app", "probe", "other")
    running = [
        subprocess.Popen(
            [sys.executable, "-c", KEEPING, str(data), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    for one in running:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in running:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    for one in running:
        one.communicate()
    assert [one.returncode for one in running] == [0] * len(names)
    servers = [Server(name, f"http://{name}:{n + 1}/v1") for name in names for n in range(20)]
    assert all(kept_card(data, one) for one in servers)
