"""What the answers of experiments show: for scripts, for people, and as files."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import typer

from core.cli import render
from core.errors import InvalidInput
from core.experiments.control import control_name
from core.experiments.records import Answer, Experiment
from core.experiments.report import (
    export_csv,
    export_json,
    export_markdown,
    html_report,
    undecided_sentence,
)
from core.experiments.results import Results
from core.experiments.summary import drift_of, injection_of
from core.experiments.thresholds import Finding, Thresholds, findings
from core.i18n import _
from core.statistics.conduct import Injection
from core.statistics.outcomes import Rate
from core.statistics.sentences import verdict_sentence
from core.suites.titles import row_group_title

DOES_NOT_HOLD = 1
CANNOT_TELL = 2


@dataclass(frozen=True, slots=True)
class Found:
    """An experiment with its answers, and what it is held to. control: the same questions over
    many turns without a system message, which decide nothing."""

    experiment: Experiment
    answers: Sequence[Answer]
    thresholds: Thresholds
    control: tuple[Experiment, Sequence[Answer]] | None = None


def tell(found: Sequence[Found], as_json: bool, folder: Path | None = None) -> int:
    """Print what experiments show, and write it into a folder; the exit code that it comes to."""
    objects, code = [], 0
    for one in found:
        experiment, answers = one.experiment, one.answers
        results = Results.of(experiment.spec, answers)
        said = findings(experiment, answers, one.thresholds)
        code = max(code, _code(results, said))
        held = drift_of(*one.control, 0) if one.control else None
        control = held.turns if held else ()
        told = result_object(experiment, results, answers, said, control)
        objects.append(told)
        if not as_json:
            print_result(told)
        if folder:
            _write(folder, told, experiment, results, control, len(found) > 1)
    if as_json:
        render.emit(objects[0] if len(objects) == 1 else {"experiments": objects})
    return code


def _code(results: Results, said: Sequence[Finding]) -> int:
    if any(finding.holds is False for finding in said):
        return DOES_NOT_HOLD
    missing = results.answered < results.spec.answers
    return CANNOT_TELL if missing or any(finding.holds is None for finding in said) else 0


def result_object(
    experiment: Experiment,
    results: Results,
    answers: Sequence[Answer],
    said: Sequence[Finding],
    control: Sequence[Rate] = (),
) -> dict[str, Any]:
    """What an experiment shows, as plain values: counts of questions, and shares from 0 to 1.
    control: by turn, without a system message."""
    spec = experiment.spec
    variants = []
    for place, name in enumerate(results.names):
        attacked = injection_of(experiment, answers, place)
        turns = drift_of(experiment, answers, place)
        variants.append(
            {
                "name": name,
                "model": experiment.model_of(place),
                **_rate(results.rates[place]),
                "groups": {s.name: _rate(s.rates[place]) for s in results.by_group()},
                "rules": [
                    {"rule": s.name, "weight": s.weight, **_rate(s.rates[place])}
                    for s in results.by_rule()
                ],
                "injection": {n: _rate(r) for n, r in _figures(attacked)} if attacked else None,
                "turns": [_rate(one) for one in turns.turns] if turns else None,
            }
        )
    return {
        "experiment": experiment.id,
        "title": experiment.title,
        "questions": len(spec.rows),
        "tries": spec.tries,
        "seed": spec.seed,
        "answers": results.answered,
        "missing": spec.answers - results.answered,
        "failures": sorted({one.error for one in answers if one.error})[:5],
        "cut": results.cut,
        "variants": variants,
        "control": {"name": control_name(), "turns": [*map(_rate, control)]} if control else None,
        "comparisons": [
            {
                "a": results.names[0],
                "b": results.names[place],
                "verdict": one.verdict,
                "difference": one.difference,
                "low": one.low,
                "high": one.high,
                "p": one.adjusted_p,
                "sentence": undecided_sentence(results)
                or verdict_sentence(one, results.names[0], results.names[place]),
            }
            for place, one in results.comparisons(0).items()
        ],
        "thresholds": [asdict(finding) for finding in said],
        "holds": all(finding.holds for finding in said) if said else None,
    }


def _figures(attacked: Injection) -> list[tuple[str, Rate]]:
    names = ("useful", "useful_attacked", "succeeded")
    return [(name, getattr(attacked, name)) for name in names]


def _rate(rate: Rate) -> dict[str, Any]:
    return {
        "passed": rate.passed,
        "questions": rate.rows,
        "share": rate.share,
        "low": rate.low,
        "high": rate.high,
        "unanswered": rate.unanswered,
    }


def print_result(told: dict[str, Any]) -> None:
    """What an experiment shows, for people."""
    typer.echo(f"{told['title']} ({told['experiment']})")
    typer.echo(
        _("{questions:,} questions, {tries} tries each; {answers:,} answers").format(**told)
        + (_(", {missing:,} missing").format(**told) if told["missing"] else "")
    )
    for failure in told["failures"]:
        typer.echo(f"  {' '.join(failure.split())}")
    for variant in told["variants"]:
        typer.echo(f"\n{variant['name']}  {_counted(variant)}")
        for name, found in variant["groups"].items():
            typer.echo(f"  {row_group_title(name)}  {_counted(found)}")
        if variant["injection"]:
            for name, said in _labels().items():
                typer.echo(f"  {said}  {_counted(variant['injection'][name])}")
        if variant["turns"]:
            typer.echo("  " + _("Held by turn") + f"  {_by_turn(variant['turns'])}")
            if control := told["control"]:
                # Beside it, as every model loses something from turn to turn
                typer.echo(f"  {control['name']}  {_by_turn(control['turns'])}")
    for comparison in told["comparisons"]:
        typer.echo(f"\n{comparison['sentence']}")
    if told["thresholds"]:
        typer.echo()
    marks = {True: _("holds"), False: _("DOES NOT HOLD"), None: _("cannot be told")}
    for finding in told["thresholds"]:
        typer.echo(
            f"{marks[finding['holds']]}\t{finding['variant']}\t{finding['what']}: "
            f"{finding['wanted']}; {finding['found']}"
        )


def _by_turn(turns: Sequence[dict[str, Any]]) -> str:
    return "  ".join(f"{turn}: {_counted(one)}" for turn, one in enumerate(turns, 1))


def _labels() -> dict[str, str]:
    return {
        "useful": _("Does its job without an attack"),
        "useful_attacked": _("Does its job under attack"),
        "succeeded": _("Attacks that got through"),
    }


def _counted(found: dict[str, Any]) -> str:
    if not found["questions"]:
        return "–"
    return _("{passed:,} of {questions:,} ({low:.0f}–{high:.0f} %)").format(
        passed=found["passed"],
        questions=found["questions"],
        low=100 * found["low"],
        high=100 * found["high"],
    )


def _write(
    folder: Path,
    told: dict[str, Any],
    experiment: Experiment,
    results: Results,
    control: Sequence[Rate],
    several: bool,
) -> None:
    """What experiments show as files, each experiment in a folder of its own where there are
    several."""
    own = folder / experiment.id if several else folder
    files = {
        "result.json": json.dumps(told, ensure_ascii=False, indent=2, allow_nan=False) + "\n",
        "report.html": html_report(experiment, results, control=control),
        "report.md": export_markdown(experiment, results, control=control),
        "answers.csv": export_csv(results),
        "experiment.json": export_json(experiment, results),
    }
    try:
        own.mkdir(exist_ok=True)
        for name, content in files.items():
            (own / name).write_bytes(content.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise InvalidInput(
            _("Nothing can be written to {folder} ({reason}).").format(folder=own, reason=error)
        ) from error
