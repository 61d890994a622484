"""What an experiment will take, before it starts: answers, tokens, minutes, and the price.

Minutes come from answers that this machine has given: the first dozen of an experiment, or an
earlier experiment with the same model. Reading a token costs a part of what writing one does, as
many are read at a time.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.experiments.records import Answer, Experiment, missing
from core.experiments.run import AT_ONCE
from core.experiments.spec import ExperimentSpec
from core.experiments.speed import Speed, work
from core.servers.prices import PER, Price

# So many answers are asked for to know how long the rest takes; where there are as many as run at
# once, they run as the rest does
PILOT = AT_ONCE
# Tokens of a chat format around a question
_FRAME = 12


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is still to come.

    answers: how many. prompt_tokens, new_tokens: of all of them, None where there is nothing to go
    by. most_new_tokens: if each answer reaches its limit; None without limits. seconds: None where
    the speed is not known. costs: by currency, each apart; empty without prices.
    """

    answers: int
    prompt_tokens: int | None
    new_tokens: int | None
    most_new_tokens: int | None
    seconds: float | None
    costs: Mapping[str, float] = field(default_factory=dict)


def estimated(
    experiment: Experiment,
    answers: Sequence[Answer],
    speed: Speed | None = None,
    prices: Mapping[int, Price] | None = None,
    speeds: Mapping[str, Speed] | None = None,
) -> Estimate:
    """What an experiment still takes.

    answers: those that are there, from which the length of the others is guessed. prices: by
    variant. speeds: by the value of a model, where there are several; `speed` is that of all
    others.
    """
    left = missing(experiment.spec, answers)
    asked = Counter((place.variant, place.row) for place in left)
    limits = [(_limit(experiment, *one), times) for one, times in asked.items()]
    if any(limit is None for limit, _times in limits):
        most = None
    else:
        most = sum((limit or 0) * times for limit, times in limits)
    quick = {
        variant: (speeds or {}).get(experiment.model_of(variant), speed)
        for variant in range(len(experiment.spec.variants))
    }
    expected = _expected(experiment.spec, asked, answers, quick)
    known = bool(expected) or not left
    return Estimate(
        answers=len(left),
        prompt_tokens=round(sum(read for read, _w in expected.values())) if known else None,
        new_tokens=round(sum(written for _r, written in expected.values())) if known else None,
        most_new_tokens=most,
        seconds=_seconds(expected, quick) if known else None,
        costs=_costs(expected, prices or {}),
    )


def _costs(
    expected: Mapping[int, tuple[float, float]], prices: Mapping[int, Price]
) -> dict[str, float]:
    """By currency, as amounts of several are no sum."""
    found: dict[str, float] = {}
    for variant, (read, written) in expected.items():
        price = prices.get(variant)
        if price:
            cost = (read * price.read + written * price.written) / PER
            found[price.currency] = found.get(price.currency, 0.0) + cost
    return found


def _seconds(
    expected: Mapping[int, tuple[float, float]], quick: Mapping[int, Speed | None]
) -> float | None:
    """None where a model's speed is not known. Models answer one after the other."""
    seconds = 0.0
    for variant, tokens in expected.items():
        speed = quick[variant]
        if speed is None:
            return None
        seconds += work(*tokens) / speed.work_per_s
    return seconds


def _limit(experiment: Experiment, variant: int, row: int) -> int | None:
    limit = experiment.spec.variants[variant].sampling.max_new_tokens
    return None if limit is None else limit * _turns(experiment.spec, variant, row)


def _turns(spec: ExperimentSpec, variant: int, row: int) -> int:
    messages = spec.rows[row].messages
    if messages:
        return sum(message.role == "user" for message in messages)
    return 1 + len(spec.variants[variant].follow_ups)


def _expected(
    spec: ExperimentSpec,
    asked: Mapping[tuple[int, int], int],
    answers: Sequence[Answer],
    quick: Mapping[int, Speed | None],
) -> dict[int, tuple[float, float]]:
    """By variant, the tokens that what is left (how often by variant and row) will read and write:
    as answers of the same variant and row were, else of the same variant, else all; else as long as
    those of the model lately, to prompts of this length. Empty where there is nothing to go by."""
    told = [one for one in answers if one.answered and one.new_tokens]
    means = {
        key: (
            sum(one.prompt_tokens for one in group) / len(group),
            sum(one.new_tokens for one in group) / len(group),
        )
        for key, group in _groups(told).items()
    }
    found: dict[int, tuple[float, float]] = {}
    for (variant, row), times in asked.items():
        mean = means.get((variant, row)) or means.get(variant) or means.get(None)
        if mean is None:
            speed = quick[variant]
            if speed is None:
                return {}
            turns = _turns(spec, variant, row)
            mean = _length(spec, variant, row) * turns, speed.new_tokens * turns
        read, written = found.get(variant, (0.0, 0.0))
        found[variant] = read + mean[0] * times, written + mean[1] * times
    return found


def _length(spec: ExperimentSpec, variant: int, row: int) -> float:
    """About how many tokens the prompt has: English has four letters to one, Chinese one or two."""
    asked, by = spec.rows[row], spec.variants[variant]
    question = "".join(one.content for one in asked.messages) or asked.title
    text = by.system + question
    wide = len(text.encode()) - len(text)
    return _FRAME + (len(text) - wide / 2) / 4 + wide / 2 * 0.7


def _groups(told: Sequence[Answer]) -> dict[Any, list[Answer]]:
    groups: dict[Any, list[Answer]] = {}
    for one in told:
        for key in ((one.place.variant, one.place.row), one.place.variant, None):
            groups.setdefault(key, []).append(one)
    return groups
