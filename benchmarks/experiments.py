"""What it takes to read a large experiment, as shares of the time that each step may take.

    python -m benchmarks.experiments [--rounds N]

10,000 questions x 2 variants x 3 tries: from answers to results, comparing, filtering, searching;
target: each in a second. 20 variants x 200 questions: the figure of the matrix, to the JSON that is
sent; target: two seconds. Processor time of one thread; medians of the rounds, after one to warm
up.
"""

import argparse
import random
import time
from collections.abc import Callable
from statistics import median

from core.checks.rule import rule
from core.experiments.records import Answer, Mark, Place
from core.experiments.results import Results
from core.experiments.spec import ExperimentSpec, Row, Variant
from ui.charts.experiments import question_matrix

A_SECOND, TWO_SECONDS = 1.0, 2.0


def experiment(variants: int, rows: int, tries: int) -> tuple[ExperimentSpec, list[Answer]]:
    """Answers of some fifty words, a third of which pass."""
    draw = random.Random(1)
    spec = ExperimentSpec(
        tuple(Variant(f"Variant {n}", f"System message {n}") for n in range(variants)),
        tuple(
            Row(str(n), (("input", f"Question {n} about things?"),), group=f"group {n % 4}")
            for n in range(rows)
        ),
        (rule("contains", words=("yes",)), rule("contains", "should", words=("word",))),
        tries,
    )
    answers = []
    for v in range(variants):
        for r in range(rows):
            for t in range(tries):
                passed = draw.random() < 0.3 + 0.02 * v
                said = ("yes " if passed else "no ") + "word " * draw.randint(20, 80)
                marks = ((Mark(passed), Mark(True, draw.random() < 0.1)),)
                answers.append(Answer(Place(v, r, t), 1, (said,), "stop", marks=marks))
    return spec, answers


def seconds(action: Callable[[], object], rounds: int) -> float:
    """Of the processor, for one run of it."""
    taken = []
    for _round in range(rounds + 1):
        began = time.process_time()
        action()
        taken.append(time.process_time() - began)
    return median(taken[1:])


def main() -> None:
    """Measure, and print each step with its target."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    spec, answers = experiment(2, 10_000, 3)
    results = Results.of(spec, answers)
    comparison = results.comparisons(0)[1]
    words = iter(range(1_000_000))

    def searched() -> None:
        fresh = Results(results.spec, results.answers, results.states, results.doubtful)
        fresh.found("worse", (0, 1), comparison, f"question {next(words)}")

    many, their_answers = experiment(20, 200, 3)
    wide = Results.of(many, their_answers)

    def matrix() -> None:
        outcomes = dict(zip(wide.names, wide.outcomes, strict=True))
        keys = [row.key for row in many.rows]
        notes = [[str(len(wide.distinct(v, r))) for r in range(200)] for v in range(20)]
        question_matrix(outcomes, keys, notes).to_json()

    steps: list[tuple[str, Callable[[], object], float]] = [
        ("10,000 rows: answers to results", lambda: Results.of(spec, answers), A_SECOND),
        ("10,000 rows: comparing", lambda: results.comparisons(0), A_SECOND),
        (
            "10,000 rows: counts of all filters",
            lambda: results.counts((0, 1), comparison),
            A_SECOND,
        ),
        ("10,000 rows: a filter", lambda: results.found("better", (0, 1), comparison), A_SECOND),
        ("10,000 rows: the first search", searched, A_SECOND),
        ("10,000 rows: by rule", results.by_rule, A_SECOND),
        ("20 x 200: the matrix", matrix, TWO_SECONDS),
    ]
    for name, action, most in steps:
        took = seconds(action, rounds)
        verdict = "reached" if took <= most else "MISSED"
        print(f"{name:40} {took:6.3f} s = {took / most:5.2f} of {most:g} s: {verdict}")


if __name__ == "__main__":
    main()
