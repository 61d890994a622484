"""How often a verdict is wrong, and how often it finds what is there.

    python -m benchmarks.verdicts [--rounds N] [--answers FILE]

Answers are drawn from chances to pass by question: those of a weak, a middling and a strong model,
most of whose questions nearly always pass or nearly always fail. The same variant twice is called
different in at most 5 % of the rounds; a planted difference of 20 points is found in at least 80 %
of them at 100 questions; and the gap that is promised before a run is found about 80 % of the time.

With `--answers`, the answers.csv of an experiment's report, the rounds draw tries that a model has
given, each at most once: of every variant, two halves of the same question's tries.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd

from core.statistics.comparison import Comparison, compare, compare_all
from core.statistics.outcomes import Outcomes, disagreement, share
from core.statistics.planning import LEVEL, POWER, detectable_gap

MOST_FALSE = LEVEL
LEAST_FOUND = POWER
# Beta distributions of the chance to pass
WORLDS = {"weak": (0.3, 2.2), "middling": (0.3, 0.4), "strong": (2.5, 0.28)}


def chances(world: str, rows: int, generator: np.random.Generator) -> np.ndarray:
    """The chance of each question to pass, shape (rows,), 0 to 1."""
    return generator.beta(*WORLDS[world], rows)


def answers(passing: np.ndarray, tries: int, generator: np.random.Generator) -> Outcomes:
    """Outcomes of `tries` independent tries of each question."""
    drawn = generator.random((len(passing), tries)) < passing[:, None]
    return {str(row): own for row, own in enumerate(drawn.tolist())}


def moved(
    passing: np.ndarray, gap: float, everywhere: bool, generator: np.random.Generator
) -> np.ndarray:
    """`passing` with its mean moved by `gap`: up where there is room, else down; of all questions
    alike, or of a few from failing to passing (or back)."""
    down = passing.mean() + gap > 0.95
    own = 1 - passing if down else passing
    room = 1 - own
    if everywhere:
        own = own + room * min(1.0, gap / room.mean())
    else:
        order = generator.permutation(len(own))
        wanted = np.cumsum(room[order]) <= gap * len(own)
        own = own.copy()
        own[order[wanted]] = 1.0
    return 1 - own if down else own


def called_different(
    world: str, rows: int, tries: int, rounds: int, gap: float = 0.0, everywhere: bool = True
) -> float:
    """The share of rounds with a claim, 0 to 1; with a gap, of those in its direction."""
    generator = np.random.default_rng(7)
    claims = 0
    for _round in range(rounds):
        before = chances(world, rows, generator)
        after = moved(before, gap, everywhere, generator) if gap else before
        found = compare(answers(before, tries, generator), answers(after, tries, generator))
        right = "b_better" if after.mean() > before.mean() else "a_better"
        claims += found.verdict in ({right} if gap else {"a_better", "b_better"})
    return claims / rounds


def any_of_several(world: str, variants: int, rows: int, tries: int, rounds: int) -> float:
    """The share of rounds with any claim among `variants` copies of one against the first."""
    generator = np.random.default_rng(8)
    claims = 0
    for _round in range(rounds):
        passing = chances(world, rows, generator)
        copies = {str(one): answers(passing, tries, generator) for one in range(variants)}
        found: list[Comparison] = list(compare_all(copies, "0").values())
        claims += any(one.verdict in ("a_better", "b_better") for one in found)
    return claims / rounds


def stored(file: Path) -> dict[str, Outcomes]:
    """By variant, the tries of each question that passed or failed, of an answers.csv."""
    told = pd.read_csv(file, dtype=str).query("outcome in ('passed', 'failed')")
    passed: pd.Series = told["outcome"].eq("passed")
    by_question = passed.groupby([told["variant"], told["question"]]).agg(tuple)
    return {
        str(variant): {str(key): own for (_name, key), own in of_variant.items()}
        for variant, of_variant in by_question.groupby(level="variant")
    }


def stored_called_different(
    given: Outcomes, rows: int, tries: int, rounds: int, gap: float = 0.0
) -> float:
    """As `called_different`, of tries that were given: in each round `rows` questions with 2 x
    `tries` tries, or all where there are fewer. gap: so much more of the second half pass, whose
    failures turn into passes by chance."""
    generator = np.random.default_rng(9)
    asked = [key for key, own in given.items() if len(own) >= 2 * tries]
    passing = _passing({key: given[key] for key in asked})
    turns = gap / (1 - passing) if gap else 0.0
    claims = 0
    for _round in range(rounds):
        a: dict[str, list[bool]] = {}
        b: dict[str, list[bool]] = {}
        for key in generator.choice(asked, min(rows, len(asked)), replace=False):
            own = generator.permutation(np.asarray(given[key], dtype=bool))
            turned = generator.random(tries) < turns
            a[key], b[key] = own[:tries].tolist(), (own[tries : 2 * tries] | turned).tolist()
        claims += compare(a, b).verdict in ({"b_better"} if gap else {"a_better", "b_better"})
    return claims / rounds


def _passing(given: Outcomes) -> float:
    return float(np.mean([share(own) or 0.0 for own in given.values()]))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="benchmarks.verdicts", description=__doc__)
    parser.add_argument("--rounds", type=int, default=400, help="rounds for each figure")
    parser.add_argument("--answers", type=Path, help="answers.csv of an experiment's report")
    given = parser.parse_args()
    rounds = max(1, given.rounds)
    if given.answers:
        _of_stored(given.answers, rounds)
    else:
        _of_worlds(rounds)
        _speed()


def _of_worlds(rounds: int) -> None:
    for world in WORLDS:
        generator = np.random.default_rng(1)
        sample = answers(chances(world, 2000, generator), 5, generator)
        differ = disagreement(sample)
        print(
            f"{world}: mean chance {np.mean([list(own) for own in sample.values()]):.2f}, two tries differ {differ:.2f}"
        )
        for rows, tries in ((10, 3), (40, 1), (40, 5), (100, 3)):
            _report(
                f"same variant twice, {rows} x {tries}",
                called_different(world, rows, tries, rounds),
                most=MOST_FALSE,
            )
        _report(
            "five copies against the first, 40 x 3",
            any_of_several(world, 6, 40, 3, rounds),
            most=MOST_FALSE,
        )
        for everywhere in (True, False):
            how = "of all questions" if everywhere else "of some questions wholly"
            found = called_different(world, 100, 3, rounds, 0.2, everywhere)
            _report(f"20 points {how}, 100 x 3", found, least=LEAST_FOUND)
        for rows, tries in ((30, 3), (100, 3), (300, 3)):
            gap = detectable_gap(rows, tries, differ or 0.0)
            if gap is not None:
                found = called_different(world, rows, tries, rounds, gap)
                _report(f"promised gap of {100 * gap:.0f} points, {rows} x {tries}", found)


def _of_stored(file: Path, rounds: int) -> None:
    for variant, given in stored(file).items():
        tries = min(5, max(map(len, given.values())) // 2)
        rows = sum(len(own) >= 2 * tries for own in given.values())
        rate = _passing(given)
        print(f"{variant}: {rows} questions, {100 * rate:.0f} % of their tries pass")
        _report(
            f"same variant twice, {min(40, rows)} x {tries}",
            stored_called_different(given, 40, tries, rounds),
            most=MOST_FALSE,
        )
        # Nothing can be planted where too few tries fail
        if rate <= 0.8:
            _report(
                f"20 points planted, {min(100, rows)} x {tries}",
                stored_called_different(given, 100, tries, rounds, 0.2),
                least=LEAST_FOUND,
            )


def _report(name: str, found: float, most: float | None = None, least: float | None = None) -> None:
    verdict = ""
    if most is not None:
        verdict = (
            f"   target at most {100 * most:.0f} %: {'reached' if found <= most else 'MISSED'}"
        )
    if least is not None:
        verdict = (
            f"   target at least {100 * least:.0f} %: {'reached' if found >= least else 'MISSED'}"
        )
    print(f"  {name:48} {100 * found:5.1f} %{verdict}")


def _speed() -> None:
    generator = np.random.default_rng(2)
    for rows in (30, 10_000):
        passing = chances("middling", rows, generator)
        a, b = answers(passing, 3, generator), answers(passing, 3, generator)
        compare(a, b)
        started = time.process_time()
        compare(a, b)
        print(
            f"one comparison of {rows:,} questions: {1000 * (time.process_time() - started):.0f} ms"
        )


if __name__ == "__main__":
    main()
