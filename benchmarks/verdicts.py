"""How often a verdict is wrong, and how often it finds what is there.

    python -m benchmarks.verdicts [--rounds N]

Answers are drawn from chances to pass by question: those of a weak, a middling and a strong model,
most of whose questions nearly always pass or nearly always fail. The same variant twice is called
different in at most 5 % of the rounds; a planted difference of 20 points is found in at least 80 %
of them at 100 questions; and the gap that is promised before a run is found about 80 % of the time.
"""

import argparse
import time

import numpy as np

from core.statistics.comparison import Comparison, compare, compare_all
from core.statistics.outcomes import Outcomes, disagreement
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


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="benchmarks.verdicts", description=__doc__)
    parser.add_argument("--rounds", type=int, default=400, help="rounds for each figure")
    rounds = max(1, parser.parse_args().rounds)
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
    _speed()


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
