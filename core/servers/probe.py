"""What a server can, measured by small requests: what its pages say is not asked.

Some servers take a setting and ignore it without a word. So each finding comes from answers: two
with one seed, some with top_k 1 where chance would differ, the number of alternatives that really
come. Every request asks for a few tokens.
"""

import json
import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import openai

from core.backends.request import Request
from core.errors import EngineError, InvalidInput
from core.i18n import _
from core.messages import Message
from core.sampling.settings import Sampling
from core.servers.answer import Said, pieces
from core.servers.by_ids import llama_next, vllm_next
from core.servers.calls import messages_of
from core.servers.listed import Server
from core.servers.subjects import REFUSALS, STATUS, Card, Finding, Subject, Verdict
from core.servers.wire import Wire, explained

_ASK = "Name five animals and a colour for each."
_TOKENS = 12
# Where chance is to have a say; some servers take no more than the second
_HOT, _WARM = 1.6, 1.0
_FEW = 3
_SEEDS = (21, 22, 23, 24)
# Of a server that has no time for an answer now: nothing is known of what it can
_BUSY = {408, 429, 502, 503, 504}
# Trials that run side by side: most of them wait
_AT_ONCE = 4
_MOST_LOGPROBS = (100, 20, 10, 5, 1)
# The first is more than any vocabulary has
_MOST_NEXT = (10**6, 1000, 100, 20, 5)
# That every vocabulary has
_SOME_IDS = [100, 200, 300, 400, 500]
_SCHEMA = {
    "type": "object",
    "properties": {"animal": {"type": "string", "maxLength": 12}},
    "required": ["animal"],
    "additionalProperties": False,
}
_WEATHER = '{"degrees": 18, "sky": "clear"}'
_TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}


def models_of(wire: Wire) -> tuple[tuple[str, ...], int | None]:
    """The ids that a server lists, and the window of the first where it tells; raises
    `EngineError`."""
    try:
        listed = wire.client.models.list().data
    except Exception as error:
        raise explained(wire.server, error) from error
    found = [one for one in listed if isinstance(getattr(one, "id", None), str)] if listed else []
    return tuple(one.id for one in found), _window(found)


def _window(found: Sequence[Any]) -> int | None:
    for one in found[:1]:
        extra = one.model_extra or {}
        meta = extra.get("meta")
        told = (extra.get("max_model_len"), meta.get("n_ctx") if isinstance(meta, dict) else None)
        return next((n for n in told if isinstance(n, int) and 0 < n < 10**9), None)
    return None


def named(server: Server, models: Sequence[str]) -> str:
    """The id of the model to ask; raises `InvalidInput` where the server has several and none is
    named."""
    if server.model or len(models) == 1:
        return server.model or models[0]
    raise InvalidInput(
        _("{server} has {count} models. Name one of them: {models}.").format(
            server=server.host, count=len(models), models=", ".join(models[:20])
        )
    )


def probed(server: Server) -> Iterator[Finding | Card]:
    """The findings as they come, and last the card.

    Raises `EngineError` where the server does not answer a plain question, `InvalidInput` where it
    has several models and none is named; whatever else goes wrong is a finding.
    """
    wire = Wire(server)
    try:
        models, window = models_of(wire)
        wire.server = replace(server, model=named(server, models))
        yield from _probed(wire, models, window)
    finally:
        wire.close()


def _probed(wire: Wire, models: Sequence[str], window: int | None) -> Iterator[Finding | Card]:
    findings, refused = _streamed(wire)
    yield from findings
    # Alone: beside other requests a seed may give another text, and be obeyed all the same
    findings.append(refused or _tried("seed", lambda: _seed(wire)))
    yield findings[-1]
    others = _trials(wire, seeded=refused is None)
    with ThreadPoolExecutor(min(_AT_ONCE, wire.server.at_once)) as pool:
        for finding in pool.map(lambda trial: _tried(*trial), others):
            findings.append(finding)
            yield finding
    yield Card(wire.server.model, tuple(models), window, tuple(findings))


def _tried(subject: Subject, trial: Callable[[], tuple[Verdict, str]]) -> Finding:
    try:
        return Finding(subject, *trial())
    except openai.APIStatusError as error:
        verdict: Verdict = "unclear" if error.status_code in _BUSY else "no"
        return Finding(subject, verdict, _status(error))
    except openai.APIConnectionError as error:
        return Finding(subject, "unclear", type(error).__name__)
    except Exception as error:  # a wrong type: the server cannot do this
        return Finding(subject, "no", type(error).__name__)


def _status(error: openai.APIStatusError) -> str:
    return f"{STATUS}{error.status_code}"


def _streamed(wire: Wire) -> tuple[list[Finding], Finding | None]:
    """The first question, as the app asks all of them; and what was found of seeds, where the
    server answers without one only."""
    try:
        try:
            return _answered(wire, 1), None
        except openai.APIStatusError as error:
            if error.status_code not in REFUSALS:
                raise
            return _answered(wire, None), Finding("seed", "no", _status(error))
    except EngineError:
        raise
    except Exception as error:
        raise explained(wire.server, error) from error


def _answered(wire: Wire, seed: int | None) -> list[Finding]:
    said = Said()
    asked = Request((Message("user", _ASK),), Sampling(max_new_tokens=_TOKENS, seed=seed))
    count = sum(1 for _piece in pieces(wire, asked, said))
    if said.reason is None:
        raise EngineError(
            _("{server} ended the connection before the answer was whole. Try again.").format(
                server=wire.server.host
            )
        )
    streams = Finding("streaming", "yes" if count > 1 else "unclear", f"{count}")
    usage = said.usage
    told = f"{usage.prompt_tokens} + {usage.new_tokens}" if usage else ""
    return [streams, Finding("usage", "yes" if usage else "no", told)]


def _trials(wire: Wire, seeded: bool) -> list[tuple[Subject, Callable[[], tuple[Verdict, str]]]]:
    """seeded: whether the server takes a seed."""
    return [
        ("top_k", lambda: _top_k(wire, seeded)),
        ("n", lambda: _n(wire)),
        ("logprobs", lambda: _logprobs(wire)),
        ("distribution", lambda: _distribution(wire)),
        ("token_ids_in", lambda: _ids_in(wire)),
        ("token_ids_out", lambda: _ids_out(wire)),
        ("echo", lambda: _echo(wire)),
        ("tools", lambda: _tools(wire, seeded)),
        ("json_schema", lambda: _json_schema(wire)),
    ]


def _asked(wire: Wire, **given: Any) -> Any:
    """A whole answer of the chat API."""
    messages = given.pop("messages", [{"role": "user", "content": _ASK}])
    body = {"max_tokens": _TOKENS, **given}
    return wire.client.chat.completions.create(
        model=wire.server.model, messages=messages, **body
    ).choices


def _text(choices: Any) -> str:
    text = choices[0].message.content
    return text if isinstance(text, str) else ""


def _hot(wire: Wire, seed: int | None = None, **given: Any) -> Any:
    """As `_asked`, where chance has a say."""
    if seed is not None:
        given["seed"] = seed
    try:
        return _asked(wire, temperature=_HOT, **given)
    except openai.APIStatusError as error:
        if error.status_code not in REFUSALS:
            raise
    return _asked(wire, temperature=_WARM, **given)


def _seed(wire: Wire) -> tuple[Verdict, str]:
    """Whether one seed gives one text, three times; and another seed another. Of a server that has
    taken a seed: what it does not answer here it does not answer for another reason."""
    try:
        same = {_text(_hot(wire, 11)) for _time in range(3)}
        others = {_text(_hot(wire, seed)) for seed in (12, 13, 14)}
    except openai.APIStatusError as error:
        return "unclear", _status(error)
    if len(same) > 1:
        return "no", f"3 x 1: {len(same)}"
    if others == same:
        return "unclear", "3 + 3: 1"
    return "yes", f"3 x 1: 1, 1 x 3: {len(others)}"


def _top_k(wire: Wire, seeded: bool) -> tuple[Verdict, str]:
    """Whether top_k 1 takes chance away where there would be some. Of a few tokens: in half
    precision several may be the likeliest, and a longer text would come to one of those places."""

    def texts(**given: Any) -> set[str]:
        seeds = _SEEDS if seeded else [None] * len(_SEEDS)
        return {_text(_hot(wire, seed, max_tokens=_FEW, **given)) for seed in seeds}

    refused: openai.APIStatusError | None = None
    cut: set[str] = set()
    try:
        free = texts()
        try:
            cut = texts(extra_body={"top_k": 1})
        except openai.APIStatusError as error:
            refused = error
            texts()
    except openai.APIStatusError as error:
        # Not answered without it either
        return "unclear", _status(error)
    if refused:
        raise refused
    obeyed: Verdict = "yes" if len(cut) == 1 else "unclear" if len(cut) < len(free) else "no"
    return ("unclear" if len(free) == 1 else obeyed), f"{len(free)} : {len(cut)}"


def _n(wire: Wire) -> tuple[Verdict, str]:
    count = len(_hot(wire, n=3))
    return ("yes" if count == 3 else "no"), f"{count}"


def _logprobs(wire: Wire) -> tuple[Verdict, str]:
    """How many alternatives really come with each token."""
    for wanted in _MOST_LOGPROBS:
        try:
            choices = _asked(wire, logprobs=True, top_logprobs=wanted, temperature=0, max_tokens=3)
        except openai.APIStatusError:
            continue
        told = choices[0].logprobs
        places = (told.content if told else None) or []
        least = min((len(place.top_logprobs) for place in places), default=0)
        if least:
            return "yes", f"{least}"
    return "no", "0"


def _distribution(wire: Wire) -> tuple[Verdict, str]:
    """How many of the tokens that may follow are told by their ids, and their probability
    together."""
    for tell, counts in ((llama_next, _MOST_NEXT[:1]), (vllm_next, _MOST_NEXT[1:])):
        for count in counts:
            try:
                told = tell(wire, _SOME_IDS, count)
            except openai.APIStatusError:
                continue
            if told:
                whole = sum(map(math.exp, told.values()))
                return "yes", f"{len(told)}: {min(whole, 1):.1%}"
    return "no", "0"


def _completed(wire: Wire, prompt: Any, **given: Any) -> Any:
    """A whole answer of the completions API."""
    body = {"max_tokens": 4, "temperature": 0, **given}
    return wire.client.completions.create(model=wire.server.model, prompt=prompt, **body)


def _ids_in(wire: Wire) -> tuple[Verdict, str]:
    """Whether ids are read as ids: the server counts as many as were sent."""
    answer = _completed(wire, _SOME_IDS)
    read = answer.usage.prompt_tokens if answer.usage else None
    right = read is not None and len(_SOME_IDS) <= read <= len(_SOME_IDS) + 1
    return ("yes" if right else "unclear" if read is None else "no"), f"{read}"


def _ids_out(wire: Wire) -> tuple[Verdict, str]:
    """Whether an answer can have its ids: vLLM and llama.cpp are each asked in their own way."""
    both = {"return_token_ids": True, "return_tokens": True}
    choice = _completed(wire, "Once upon a time", extra_body=both).choices[0]
    extra = choice.model_extra or {}
    found = extra.get("token_ids") or extra.get("tokens") or []
    good = isinstance(found, list) and bool(found) and all(isinstance(i, int) for i in found)
    return ("yes" if good else "no"), f"{len(found)}"


def _echo(wire: Wire) -> tuple[Verdict, str]:
    """Whether a given text is scored: its own tokens come back with their log-probabilities."""
    choice = _completed(wire, "Once upon a time", echo=True, logprobs=1, max_tokens=1).choices[0]
    scores = choice.logprobs.token_logprobs if choice.logprobs else None
    own = [s for s in (scores or [])[1:-1] if isinstance(s, float)]
    return ("yes" if len(own) >= 2 else "no"), f"{len(own)}"


def _tools(wire: Wire, seeded: bool) -> tuple[Verdict, str]:
    """Whether a tool is called as the app asks for one, and what it says is read. Where a call must
    be forced it is not to be told apart: the model is too small for it, or the server leaves it
    out."""
    asked = (Message("user", "What is the weather in Paris? Use the tool."),)
    seed = 1 if seeded else None
    names, _text = _called(wire, asked, seed)
    if "get_weather" not in names:
        # Not by its name, which some servers cannot be told
        (choice,) = _asked(
            wire,
            messages=messages_of(asked),
            tools=[_TOOL],
            tool_choice="required",
            temperature=0,
            max_tokens=60,
        )
        could = [call.function.name for call in choice.message.tool_calls or []]
        return ("unclear" if could == ["get_weather"] else "no"), ", ".join(names)[:40]
    call = Message("assistant", '{"city": "Paris"}', "get_weather")
    names, text = _called(wire, (*asked, call, Message("observation", _WEATHER)), seed)
    return ("yes" if text and not names else "unclear"), "get_weather"


def _called(wire: Wire, messages: tuple[Message, ...], seed: int | None) -> tuple[list[str], str]:
    """The tools that a streamed answer asks for, and its text."""
    said = Said()
    sampling = Sampling(temperature=0, max_new_tokens=60, seed=seed)
    for _piece in pieces(wire, Request(messages, sampling, tools=(_TOOL,)), said):
        pass
    return [call.name for call in said.calls.found()], said.text.strip()


def _json_schema(wire: Wire) -> tuple[Verdict, str]:
    wanted = {
        "type": "json_schema",
        "json_schema": {"name": "animal", "schema": _SCHEMA, "strict": True},
    }
    text = _text(_asked(wire, response_format=wanted, temperature=0, max_tokens=40))
    try:
        found = json.loads(text)
    except ValueError:
        return "no", ""
    fits = isinstance(found, dict) and set(found) == {"animal"} and isinstance(found["animal"], str)
    return ("yes" if fits else "no"), ""
