"""What an experiment will take, before it starts: answers, tokens, minutes, and the price.

Minutes come from answers that this machine has given: the first dozen of an experiment, or an
earlier experiment with the same model. Reading a token costs a part of what writing one does, as
many are read at a time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.experiments.records import Answer, Experiment, Place, missing
from core.experiments.run import AT_ONCE
from core.experiments.speed import Speed, work

# So many answers are asked for to know how long the rest takes; where there are as many as run at
# once, they run as the rest does
PILOT = AT_ONCE


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is still to come.

    answers: how many. prompt_tokens, new_tokens: of all of them, None where there is nothing to go
    by. most_new_tokens: if each answer reaches its limit; None without limits. seconds: None where
    the speed is not known. price: in the operator's currency, None without prices.
    """

    answers: int
    prompt_tokens: int | None
    new_tokens: int | None
    most_new_tokens: int | None
    seconds: float | None
    price: float | None = None


def estimated(
    experiment: Experiment,
    answers: Sequence[Answer],
    speed: Speed | None = None,
    prices: Mapping[int, tuple[float, float]] | None = None,
) -> Estimate:
    """What an experiment still takes.

    answers: those that are there, from which the length of the others is guessed. prices: by
    variant, of a million tokens read and written.
    """
    left = missing(experiment.spec, answers)
    limits = [_limit(experiment, place) for place in left]
    most = None if None in limits else sum(limit for limit in limits if limit is not None)
    expected = _expected(left, answers, speed)
    read, written = (
        (sum(side) for side in zip(*expected.values(), strict=True)) if expected else (0, 0)
    )
    known = bool(expected) or not left
    price = None
    if prices and known:
        price = sum(
            (expected[variant][0] * cost[0] + expected[variant][1] * cost[1]) / 1e6
            for variant, cost in prices.items()
            if variant in expected
        )
    return Estimate(
        answers=len(left),
        prompt_tokens=round(read) if known else None,
        new_tokens=round(written) if known else None,
        most_new_tokens=most,
        seconds=work(read, written) / speed.work_per_s if speed and known else None,
        price=price,
    )


def _limit(experiment: Experiment, place: Place) -> int | None:
    limit = experiment.spec.variants[place.variant].sampling.max_new_tokens
    rows = experiment.spec.rows[place.row]
    turns = (
        sum(message.role == "user" for message in rows.messages)
        if rows.messages
        else 1 + len(experiment.spec.variants[place.variant].follow_ups)
    )
    return None if limit is None else limit * turns


def _expected(
    left: Sequence[Place], answers: Sequence[Answer], speed: Speed | None
) -> dict[int, tuple[float, float]]:
    """By variant, the tokens that what is left will read and write: as answers of the same variant
    and row were, else of the same variant, else all. Empty where there is nothing to go by."""
    told = [one for one in answers if one.answered and one.new_tokens]
    means = {
        key: (
            sum(one.prompt_tokens for one in group) / len(group),
            sum(one.new_tokens for one in group) / len(group),
        )
        for key, group in _groups(told).items()
    }
    if speed:
        means.setdefault(None, (0.0, speed.new_tokens))
    found: dict[int, tuple[float, float]] = {}
    for place in left:
        mean = means.get((place.variant, place.row)) or means.get(place.variant) or means.get(None)
        if mean is None:
            return {}
        read, written = found.get(place.variant, (0.0, 0.0))
        found[place.variant] = read + mean[0], written + mean[1]
    return found


def _groups(told: Sequence[Answer]) -> dict[Any, list[Answer]]:
    groups: dict[Any, list[Answer]] = {}
    for one in told:
        for key in ((one.place.variant, one.place.row), one.place.variant, None):
            groups.setdefault(key, []).append(one)
    return groups
