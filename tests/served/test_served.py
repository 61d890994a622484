"""A model on a server whose tokenizer is here: its ids are the server's, and no id is claimed that
nobody told."""

import math
from dataclasses import replace

import numpy as np
import pytest

from core.backends.backend import lacking, reader_of, scorer_of
from core.backends.events import TextDelta, ToolCall
from core.backends.request import Request
from core.backends.tokenizer import Tokenizer
from core.errors import InvalidInput, NotSupported, PromptTooLong
from core.messages import Message
from core.models.catalogue import EMBEDDED_FOLDER
from core.sampling.settings import Sampling
from core.served.backend import TokenizedServer
from core.served.connections import connected
from core.served.reading import completed_by_rank
from core.servers.listed import Server
from core.tokens.inspection import inspect
from tests.bad_server import BadServer, Clock, Handler, serving
from tests.vllm_server import TableModel

HELLO = (Message("user", "Hello"),)


def of(server: BadServer, tokenizer: str = "embedded") -> TokenizedServer:
    backend = connected(Server("there", server.url, tokenizer=tokenizer))
    assert isinstance(backend, TokenizedServer)
    return backend


def written(tokenizer: Tokenizer, text: str) -> list[int]:
    """A reply with its end, as the model would write it."""
    return [*tokenizer.answer_ids(text), min(tokenizer.stop_ids)]


# --- llama.cpp ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def there(llama: Server) -> TokenizedServer:
    backend = connected(llama)
    assert isinstance(backend, TokenizedServer)
    return backend


def test_llama_cpp_takes_and_tells_ids_and_the_whole_distribution(there: TokenizedServer) -> None:
    able = {"chat", "token_ids", "begun", "window", "logits", "scores", "exact_next"}
    assert there.can >= able
    assert not there.can & {"exact_seeds", "exact_answers"}
    assert there.facts.window == 256


def test_an_answer_goes_on_from_any_of_its_tokens(there: TokenizedServer) -> None:
    asked = Request(HELLO, Sampling(temperature=0, max_new_tokens=24))
    whole = there.submit(asked).result()
    assert len(whole.token_ids) == 24 or whole.reason == "stop"
    assert whole.usage is not None
    assert whole.usage.prompt_tokens == len(there.tokenizer.prompt_ids(HELLO))
    for cut in (1, 7):
        again = there.submit(replace(asked, begun=whole.token_ids[:cut])).result()
        assert again.token_ids == whole.token_ids
        assert again.text == whole.text


def test_the_pieces_have_the_ids_and_the_text_of_the_end(there: TokenizedServer) -> None:
    for seed in range(3):
        asked = Request(HELLO, Sampling(temperature=1.5, top_p=1, max_new_tokens=40, seed=seed))
        events = list(there.submit(asked))
        deltas = [event for event in events if isinstance(event, TextDelta)]
        end = events[-1]
        assert "".join(delta.text for delta in deltas) == end.text  # type: ignore[union-attr]
        # Ids that the server held back are not claimed
        ids = tuple(i for delta in deltas for i in delta.token_ids)
        assert end.token_ids in (ids, ())  # type: ignore[union-attr]


def test_figures_of_a_given_text_are_those_of_the_whole_distribution(
    there: TokenizedServer,
) -> None:
    ids = there.tokenizer.encode("The fox ran over the hill.")
    (scores,) = scorer_of(there).score_many([ids], top=3)
    reader = reader_of(there)
    answers = list(reader.answer_logits(ids[:2], ids[2:]))
    for at in range(2, len(ids)):
        logits = reader.next_logits(ids[:at])
        assert logits.shape == (there.tokenizer.vocab_size,)
        assert scores[at].logprob == pytest.approx(float(logits[ids[at]]), abs=1e-3)
        np.testing.assert_allclose(np.exp(answers[at - 2]), np.exp(logits), atol=1e-3)


def test_what_does_not_fit_is_refused_before_anything_is_sent(there: TokenizedServer) -> None:
    with pytest.raises(PromptTooLong):
        there.check(Request(tuple([1] * 256), Sampling()))
    with pytest.raises(InvalidInput):
        there.check(Request((there.tokenizer.vocab_size,), Sampling()))
    with pytest.raises(PromptTooLong):
        there.check_text([1] * 257)


def test_another_tokenizer_is_refused_with_what_differs(llama: Server) -> None:
    with pytest.raises(InvalidInput, match="embedded is not the tokenizer of 127"):
        connected(replace(llama, tokenizer="embedded"))


# --- vLLM --------------------------------------------------------------------------------------


def test_vllm_gets_the_exact_prompt_and_its_ids_are_those_of_the_answer(chatglm: Tokenizer) -> None:
    answer = written(chatglm, "你好, hello.")
    model = TableModel(chatglm, answer)
    with serving(model) as server:
        backend = of(server)
        events = list(backend.submit(Request(HELLO, Sampling(top_k=4, seed=7, max_new_tokens=40))))
        backend.close()
    end = events[-1]
    assert (end.text, end.reason) == ("你好, hello.", "stop")  # type: ignore[union-attr]
    assert end.token_ids == tuple(answer)  # type: ignore[union-attr]
    body = model.bodies[-1]
    assert body["prompt"] == chatglm.prompt_ids(HELLO)
    sent = {name: body[name] for name in ("top_k", "seed", "max_tokens", "repetition_penalty")}
    assert sent == {"top_k": 4, "seed": 7, "max_tokens": 40, "repetition_penalty": 1.0}
    assert body["stop_token_ids"] == sorted(chatglm.stop_ids)


def test_tools_go_as_the_model_has_them_and_come_back_as_calls(chatglm: Tokenizer) -> None:
    tools = ({"name": "get_weather", "description": "", "parameters": {}},)
    call = "get_weather\n```python\ntool_call(city='Oslo')\n```"
    answer = [*chatglm.encode(call), min(chatglm.stop_ids)]
    model = TableModel(chatglm, answer)
    with serving(model) as server:
        backend = of(server)
        assert "tools" in backend.can
        end = backend.submit(Request(HELLO, Sampling(max_new_tokens=60), tools=tools)).result()
        backend.close()
    assert model.bodies[-1]["prompt"] == chatglm.prompt_ids(HELLO, [dict(tools[0])])
    calls = [part for part in end.parts if isinstance(part, ToolCall)]
    assert [(one.name, one.arguments) for one in calls] == [("get_weather", {"city": "Oslo"})]


def test_vllm_is_read_by_its_likeliest_tokens_and_the_rest_is_said_to_be_an_estimate(
    chatglm: Tokenizer,
) -> None:
    model = TableModel(chatglm)
    prompt = chatglm.prompt_ids(HELLO)
    answer = [int(np.argsort(-model.logprobs(prompt))[300]), 7, 8]
    with serving(model) as server:
        backend = of(server)
        assert backend.can >= {"logits", "scores", "begun"}
        assert not backend.can & {"exact_next", "exact_answers"}
        assert "20 likeliest" in (lacking(backend, "exact_answers") or "")
        seen = inspect(backend, prompt, answer, Sampling())
        (scores,) = scorer_of(backend).score_many([[*prompt, *answer]], 5, [len(prompt)])
        following = backend.next_logits(prompt)
        backend.close()
    size = chatglm.vocab_size
    for at, token in enumerate(seen.tokens):
        whole = model.logprobs([*prompt, *answer[:at]])
        own = answer[at]
        assert math.log(token.own.raw) == pytest.approx(whole[own], abs=2e-3)
        likely = [i for i in np.argsort(-whole)[:20].tolist() if i < size]
        assert [one.id for one in token.top][: len(likely)] == likely
        rank = int((whole > whole[own]).sum()) + 1
        # Rows that no token has are left out
        assert rank - 3 <= token.rank <= rank
        score = scores[len(prompt) + at]
        assert (score.rank, score.entropy) == (rank, None)
        assert score.logprob == pytest.approx(whole[own])
    assert all(score.logprob is None for score in scores[: len(prompt)])
    assert np.exp(following).sum() == pytest.approx(1, abs=1e-3)


def test_vllm_that_tells_everything_is_exact(chatglm: Tokenizer) -> None:
    model = TableModel(chatglm, most=10**6, extra_rows=0)
    with serving(model) as server:
        backend = of(server)
        assert "exact_next" in backend.can
        found = backend.next_logits([5, 6])
        backend.close()
    np.testing.assert_allclose(found, model.logprobs([5, 6]), atol=1e-4)


def test_a_server_that_tells_no_ids_has_none_claimed_for_it(chatglm: Tokenizer) -> None:
    model = TableModel(chatglm, written(chatglm, "Good day."), tells_ids=False, most=0)
    with serving(model) as server:
        backend = of(server)
        assert "token_ids" in backend.can
        assert not backend.can & {"begun", "logits", "scores"}
        events = list(backend.submit(Request(HELLO, Sampling(max_new_tokens=20))))
        with pytest.raises(NotSupported):
            backend.check(Request(HELLO, Sampling(), begun=(5,)))
        backend.close()
    end = events[-1]
    assert (end.text, end.token_ids) == ("Good day.", ())  # type: ignore[union-attr]
    assert not any(e.token_ids for e in events if isinstance(e, TextDelta))


def test_without_a_tokenizer_of_its_own_to_compare_a_server_is_judged_by_counts(
    chatglm: Tokenizer, small_gguf: object
) -> None:
    with serving(TableModel(chatglm, tokenizes=False)) as server:
        of(server).close()
        with pytest.raises(InvalidInput, match="is not the tokenizer of"):
            of(server, str(small_gguf))


def test_a_server_that_takes_no_ids_is_refused(chatglm: Tokenizer) -> None:
    model = TableModel(chatglm)

    def reply(handler: Handler) -> None:
        if handler.path == "/v1/completions":
            handler.whole({"error": {"message": "prompt must be a text"}}, 400)
        else:
            model(handler)

    with serving(reply) as server, pytest.raises(InvalidInput, match="takes no token ids"):
        of(server)


@pytest.mark.parametrize(
    ("given", "said"),
    [("nothing-of-that-name", "no model"), (str(EMBEDDED_FOLDER / "x"), "no model")],
)
def test_a_tokenizer_that_is_not_here_is_named(chatglm: Tokenizer, given: str, said: str) -> None:
    from core.errors import PromptLabError

    with serving(TableModel(chatglm)) as server, pytest.raises(PromptLabError, match=said):
        of(server, given)


# --- whatever a server sends -------------------------------------------------------------------

ODD: list[object] = [
    {"choices": "x"},
    {"choices": [{"token_ids": "7"}]},
    {"choices": [{"token_ids": [True, -1, 10**12]}]},
    {"choices": [{"text": 5, "finish_reason": 5}]},
    {"choices": [None]},
    [],
    7,
]


def test_what_is_no_id_is_passed_over(chatglm: Tokenizer) -> None:
    model = TableModel(chatglm)
    answer = written(chatglm, "fine")

    def reply(handler: Handler) -> None:
        if not handler.body.get("stream"):
            model(handler)
            return
        handler.begin()
        for event in ODD:
            handler.event(event)
        handler.event({"choices": [{"token_ids": answer, "finish_reason": "stop"}]})

    with serving(reply) as server:
        backend = of(server)
        end = backend.submit(Request(HELLO, Sampling(max_new_tokens=20))).result()
        backend.close()
    assert (end.text, end.reason, end.token_ids) == ("fine", "stop", tuple(answer))


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ([], "ended the connection"),
        ([{"choices": [{"token_ids": [5]}]}], "ended the connection"),
        ([{"choices": [{"token_ids": [5], "finish_reason": "abort"}]}], "abort"),
        ([{"choices": [{"token_ids": [5] * 200}]}], "more than any answer"),
        ([{"choices": [{"text": ""}]}, {"error": {"message": "out of memory"}}], "out of memory"),
    ],
)
def test_what_breaks_off_is_explained(chatglm: Tokenizer, events: list[object], said: str) -> None:
    model = TableModel(chatglm)

    def reply(handler: Handler) -> None:
        if not handler.body.get("stream"):
            model(handler)
            return
        handler.begin()
        for event in events:
            handler.event(event)

    with serving(reply) as server:
        backend = of(server)
        end = backend.submit(Request(HELLO, Sampling(max_new_tokens=20))).result()
        backend.close()
    assert end.reason == "error"
    assert said in (end.error or "")


DRIPPED = {
    "comments": (b": ping\n\n", "error", 1),
    "events with nothing in them": (
        b'data: {"choices": [{"text": "", "token_ids": []}]}\n\n',
        "error",
        1,
    ),
    "tokens": (b'data: {"choices": [{"text": "a", "token_ids": [50]}]}\n\n', "stop", 121),
}


@pytest.mark.parametrize("sign", DRIPPED)
def test_only_tokens_end_a_silence(
    chatglm: Tokenizer, sign: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, (sent, reason, tokens) = TableModel(chatglm), DRIPPED[sign]

    def reply(handler: Handler) -> None:
        if not handler.body.get("stream"):
            model(handler)
            return
        handler.begin()
        handler.event({"choices": [{"text": "a", "token_ids": [50]}]})
        clock.drip(handler, sent, 600)
        handler.event({"choices": [{"text": "", "token_ids": [], "finish_reason": "stop"}]})

    with serving(reply) as server:
        backend = of(server)
        clock = Clock.of_answers(monkeypatch)
        end = backend.submit(Request(HELLO, Sampling(max_new_tokens=200))).result()
        clock.stop()
        backend.close()
    assert (end.reason, len(end.token_ids)) == (reason, tokens)
    assert ("nothing for too long" in (end.error or "")) == (reason == "error")


@pytest.mark.parametrize("told", [None, [], [None], "x", [{}], [{"5": "x"}] * 3])
def test_places_that_are_none_are_explained(chatglm: Tokenizer, told: object) -> None:
    from core.errors import EngineError

    model, odd = TableModel(chatglm), []

    def reply(handler: Handler) -> None:
        if odd and handler.path == "/v1/completions":
            handler.whole({"choices": [{"prompt_logprobs": told, "logprobs": told}]})
        else:
            model(handler)

    with serving(reply) as server:
        backend = of(server)
        odd.append(True)
        with pytest.raises(EngineError):
            list(backend.answer_logits([5], [6, 7]))
        with pytest.raises(EngineError):
            backend.next_logits([5])
        backend.close()


# --- the estimate ------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [0, 3, 19, 20, 21, 150, 498, 499])
def test_an_estimate_has_the_rank_that_was_told(place: int) -> None:
    whole = np.sort(np.random.default_rng(place).normal(size=500) * 3)[::-1]
    whole = whole - np.log(np.exp(whole).sum())
    known = {i: float(whole[i]) for i in {*range(20), place}}
    found = completed_by_rank(known, place, place + 1, 500)
    assert found.shape == (500,)
    assert int((found > found[place]).sum()) == place
    assert found[place] == pytest.approx(whole[place], abs=1e-5)
    assert np.argsort(-found, kind="stable")[:20].tolist() == list(range(20))
