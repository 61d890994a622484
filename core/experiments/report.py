"""What an experiment shows, to be taken away: a report to read, as Markdown and as one HTML file,
and all answers as CSV and JSON.

The HTML file has no script and asks for nothing from anywhere (Content-Security-Policy): texts of a
model that stand in it, escaped as they are, could do nothing anyway.
"""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from html import escape
from typing import Any

from core.checks.rule import rule_label
from core.experiments.control import companion, control_name
from core.experiments.records import Answer, Experiment, Place
from core.experiments.results import COPY, FAILED, MISSING, PASSED, UNTOLD, Results, Score
from core.experiments.summary import drift_of, injection_of
from core.grid.export import inert
from core.i18n import _, language, ngettext
from core.sampling.settings import Sampling
from core.statistics.comparison import Comparison
from core.statistics.outcomes import Rate
from core.statistics.sentences import (
    drift_sentence,
    how_it_was_reckoned,
    injection_sentences,
    rate_text,
    small_group,
    span,
    unanswered_sentence,
    verdict_parts,
    what_to_do,
)
from core.suites.titles import row_group_title

FILE_FORMAT, FILE_VERSION = "promptlab-experiment-results", 1
MOST_QUESTIONS = 500
SIGNS = {PASSED: "●", FAILED: "○", UNTOLD: "◐", COPY: "=", MISSING: "◌"}
_STATES = {PASSED: "passed", FAILED: "failed", UNTOLD: "untold", COPY: "copy"}
_STYLE = """
:root {color-scheme: light dark}
body {font: 16px/1.5 system-ui, 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif;
  max-width: 64rem; margin: 0 auto; padding: 1.5rem; color: #1C2430; background: #FFFFFF}
h1 {font-size: 1.7rem} h2 {font-size: 1.3rem; margin-top: 2.5rem} h3 {font-size: 1.05rem}
pre {white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; margin: .3rem 0 .8rem;
  border-left: 3px solid #8886; padding-left: .7rem}
table {border-collapse: collapse; margin: .6rem 0} .wide {overflow-x: auto}
th, td {border: 1px solid #8884; padding: .3rem .6rem; text-align: left; vertical-align: top}
details {border: 1px solid #8884; border-radius: .5rem; padding: .4rem .8rem; margin: .4rem 0}
summary {cursor: pointer} svg text {fill: currentColor; font-size: 14px}
@media (prefers-color-scheme: dark) {body {color: #E6EAF1; background: #12161D}}
"""


# --- the parts of a report ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Heading:
    """level: 1 to 3."""

    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Said:
    """Sentences; as a list where they are several lines of one thing."""

    lines: tuple[str, ...]
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A table."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """A text that is not ours, below what it is."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Bars:
    """Differences with their intervals, by name."""

    named: tuple[tuple[str, Comparison], ...]


@dataclass(frozen=True, slots=True)
class Folded:
    """What stands below a line that opens it."""

    title: str
    blocks: "tuple[Block, ...]"


Block = Heading | Said | Grid | Quote | Bars | Folded


def blocks_of(
    experiment: Experiment,
    results: Results,
    baseline: int = 0,
    model: str = "",
    control: Sequence[Rate] = (),
) -> list[Block]:
    """The report in its order: what may be claimed, the scores, what was asked, every question.
    model: what the experiment's model is called; baseline: what the others are held against.
    control: by turn, what was asked without a system message apart from this experiment."""
    found: list[Block] = [Heading(" ".join(experiment.title.split()), 1)]
    found.append(Said((_facts(experiment, results, model),)))
    found += _verdicts(results, baseline)
    found += _scores(results)
    found += _conduct(experiment, results, baseline, control)
    found += _asked(results)
    found += _questions(results)
    return found


def _facts(experiment: Experiment, results: Results, model: str) -> str:
    spec = results.spec
    return _(
        "{variants} variants × {rows:,} questions × {tries} tries · {answered:,} of {whole:,} "
        "answered · {model} · {date} UTC"
    ).format(
        variants=len(spec.variants),
        rows=len(spec.rows),
        tries=spec.tries,
        answered=results.answered,
        whole=spec.answers,
        model=model or experiment.model or "–",
        date=f"{experiment.updated_at:%Y-%m-%d %H:%M}",
    )


def undecided_sentence(results: Results) -> str:
    """Why nothing passes or fails; "" where something can."""
    spec = results.spec
    if spec.decides or results.rated:
        return ""
    if any(spec.rules_of(row) for row in range(len(spec.rows))):
        return _(
            "No rule is a “must”, so nothing passes or fails. Make one a “must”, or rate answers by "
            "hand."
        )
    return _("There are no rules, so nothing passes or fails. Add rules, or rate answers by hand.")


def _verdicts(results: Results, baseline: int) -> list[Block]:
    undecided = undecided_sentence(results)
    if undecided:
        return [Said((undecided,))]
    names, found = results.names, results.comparisons(baseline)
    blocks: list[Block] = []
    if not found:
        said = _("{name} passed {rate} questions.")
        blocks.append(Said((said.format(name=names[0], rate=rate_text(results.rates[0])),)))
    for place, one in found.items():
        claim, evidence = verdict_parts(one, names[baseline], names[place])
        counts = _("Got better {better:,} · Got worse {worse:,} · Same {same:,}").format(
            better=len(one.better), worse=len(one.worse), same=len(one.same)
        )
        further = (evidence, what_to_do(one), unanswered_sentence(one), counts)
        blocks += [Heading(claim), Said(tuple(line for line in further if line))]
        blocks.append(Said(tuple(how_it_was_reckoned(one)), listed=True))
    drawn = tuple((names[place], one) for place, one in found.items() if one.rows)
    if drawn:
        blocks.insert(0, Bars(drawn))
    if results.rated:
        blocks.append(Said((rated_sentence(results),)))
    return blocks


def _scores(results: Results) -> list[Block]:
    whole = Score(_("All questions"), results.rates)
    groups, rules = results.by_group(), results.by_rule()
    blocks: list[Block] = [Heading(_("Questions that passed"))]
    blocks.append(_grid(results, [whole, *groups], _("Group")))
    hints = [
        f"{score_name(one)}: {said}"
        for one in groups
        if (said := small_group(max(one.rates, key=lambda rate: rate.rows)))
    ]
    if hints:
        blocks.append(Said(tuple(hints), listed=True))
    if rules:
        blocks += [
            Heading(_("Questions that each rule held for")),
            _grid(results, rules, _("Rule")),
        ]
    return blocks


def _conduct(
    experiment: Experiment, results: Results, baseline: int, control: Sequence[Rate]
) -> list[Block]:
    """What happened under attack, and from turn to turn, as far as there was any."""
    answers, names = list(results.answers.values()), results.names
    attacked, drifted = [], []
    other = companion(results.spec, baseline)
    base = drift_of(experiment, answers, other)
    turns, called = (control, control_name()) if control else (base and base.turns, names[other])
    for variant, name in enumerate(names):
        injection = injection_of(experiment, answers, variant)
        if injection:
            attacked.append(f"{name}: {' '.join(injection_sentences(injection))}")
        drift = base if variant == other else drift_of(experiment, answers, variant)
        if drift:
            beside = turns if turns and (control or variant != other) else ()
            drifted.append(f"{name}: {drift_sentence(drift.turns, beside, called)}")
    blocks: list[Block] = []
    for title, lines in ((_("Under attack"), attacked), (_("From turn to turn"), drifted)):
        if lines:
            blocks += [Heading(title), Said(tuple(lines), listed=True)]
    return blocks


def _grid(results: Results, scores: Iterable[Score], what: str) -> Grid:
    rows = [(score_name(one), *map(rate_text, one.rates)) for one in scores]
    return Grid((what, *results.names), tuple(rows))


def score_name(one: Score) -> str:
    """What a score is of, with how much it weighs."""
    own = one.name if one.weight else row_group_title(one.name)
    name = own or _("without a group")
    if one.mixed:
        name = _("{rule} (each question its own)").format(rule=name)
    return f"{name} · {_('should')}" if one.weight == "should" else name


def _asked(results: Results) -> list[Block]:
    blocks: list[Block] = [Heading(_("Variants"))]
    for variant in results.spec.variants:
        blocks.append(Heading(variant.name, 3))
        if variant.system.strip():
            blocks.append(Quote(_("System message"), variant.system))
        blocks.append(Quote(_("Question"), "\n\n".join((variant.template, *variant.follow_ups))))
        line = _settings(variant.sampling)
        blocks.append(Said((f"{line} · {variant.model}" if variant.model else line,)))
    return blocks


def _settings(sampling: Sampling) -> str:
    values = {k: v for k, v in sampling.to_dict().items() if v is not None and k != "seed"}
    return " · ".join(f"{name} {value:g}" for name, value in values.items())


def _questions(results: Results) -> list[Block]:
    rows = results.spec.rows[:MOST_QUESTIONS]
    blocks: list[Block] = [Heading(_("By question")), Said((_signs_explained(),))]
    if len(rows) < len(results.spec.rows):
        said = _("The first {count:,} of {whole:,} questions; the CSV file has all of them.")
        blocks.append(Said((said.format(count=len(rows), whole=len(results.spec.rows)),)))
    for place, row in enumerate(rows):
        dots = " → ".join(
            "".join(SIGNS[state] for state in results.states[variant, place].tolist())
            for variant in range(len(results.names))
        )
        title = " ".join(row.title.split())
        inner: list[Block] = [Quote(_("Expected"), row.expected)] if row.expected else []
        for variant, name in enumerate(results.names):
            inner += _answers(results, variant, place, name)
        cut = title if len(title) <= 120 else f"{title[:119]}…"
        blocks.append(Folded(f"{dots} {cut}", tuple(inner)))
    return blocks


def _answers(results: Results, variant: int, row: int, name: str) -> list[Block]:
    blocks: list[Block] = []
    for one in results.distinct(variant, row):
        given = results.answers[Place(variant, row, one.attempts[0])]
        facts = [name, SIGNS[one.state]]
        if len(one.attempts) > 1:
            facts.append(f"×{len(one.attempts)}")
        facts.append(_("seed {seed}").format(seed=given.seed))
        if given.rating:
            facts.append(_("rated by hand"))
        if given.note:
            facts.append(_("Note: {note}").format(note=given.note))
        blocks.append(Quote(" · ".join(facts), "\n\n".join(given.shown)))
    return blocks or [Said((f"{name}: {_('not answered')}",))]


def _signs_explained() -> str:
    named = {
        PASSED: _("passed"),
        FAILED: _("failed"),
        UNTOLD: _("no rule can tell"),
        COPY: _("a copy: at temperature 0 tries repeat each other"),
        MISSING: _("not answered"),
    }
    return " · ".join(f"{SIGNS[state]} {name}" for state, name in named.items())


def rated_sentence(results: Results) -> str:
    """How many answers were rated by hand, and how far the rules agree."""
    said = ngettext(
        "{count:,} answer was rated by hand, which overrides the rules.",
        "{count:,} answers were rated by hand, which overrides the rules.",
        len(results.rated),
    ).format(count=len(results.rated))
    found = results.agreement()
    if found is None:
        return said
    agree = _(
        "The rules agree on {same:,} of {count:,}: {kind:,} they pass wrongly, {strict:,} they fail "
        "wrongly."
    ).format(
        same=found.count - found.too_kind - found.too_strict,
        count=found.count,
        kind=found.too_kind,
        strict=found.too_strict,
    )
    return _("{claim} {evidence}").format(claim=said, evidence=agree)


# --- Markdown -----------------------------------------------------------------------------


def export_markdown(
    experiment: Experiment,
    results: Results,
    baseline: int = 0,
    model: str = "",
    control: Sequence[Rate] = (),
) -> str:
    """The report to read and to paste."""
    return "\n\n".join(_marked(blocks_of(experiment, results, baseline, model, control))) + "\n"


def _marked(blocks: Iterable[Block]) -> list[str]:
    parts: list[str] = []
    for block in blocks:
        match block:
            case Heading(text, level):
                parts.append(f"{'#' * level} {_plain(text)}")
            case Said(lines, listed):
                parts.append(
                    "\n".join(f"- {_plain(line)}" for line in lines)
                    if listed
                    else (" ".join(map(_plain, lines)))
                )
            case Grid(head, rows):
                table = (head, ("---",) * len(head), *rows)
                parts.append("\n".join(map(_line, table)))
            case Quote(name, text):
                quoted = "\n".join(f"> {line}" for line in text.splitlines() or [""])
                parts.append(f"**{_plain(name)}**\n\n{quoted}")
            case Folded(title, inner):
                parts += [f"### {_plain(title)}", *_marked(inner)]
    return parts


def _plain(text: str) -> str:
    """A name or a sentence on one line, in which nothing is read as a mark."""
    line = " ".join(text.split())
    return "".join(f"\\{char}" if char in "\\`*_[]<>#|$" else char for char in line)


def _line(values: Sequence[str]) -> str:
    if all(value == "---" for value in values):
        return "| " + " | ".join(values) + " |"
    return "| " + " | ".join(map(_plain, values)) + " |"


# --- HTML ---------------------------------------------------------------------------------


def html_report(
    experiment: Experiment,
    results: Results,
    baseline: int = 0,
    model: str = "",
    control: Sequence[Rate] = (),
) -> str:
    """The report as one file, to be opened from a disk without network."""
    blocks = blocks_of(experiment, results, baseline, model, control)
    title = " ".join(experiment.title.split())[:120]
    policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="{escape(language())}"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
            *_tagged(blocks),
            "</body></html>",
        ]
    )


def _tagged(blocks: Iterable[Block]) -> list[str]:
    parts: list[str] = []
    for block in blocks:
        match block:
            case Heading(text, level):
                parts.append(f"<h{level}>{escape(text)}</h{level}>")
            case Said(lines, True):
                parts.append("<ul>" + "".join(f"<li>{escape(x)}</li>" for x in lines) + "</ul>")
            case Said(lines):
                parts.append(f"<p>{escape(' '.join(lines))}</p>")
            case Grid(head, rows):
                cells = "".join(f"<th>{escape(name)}</th>" for name in head)
                body = "".join(
                    "<tr>" + "".join(f"<td>{escape(value)}</td>" for value in row) + "</tr>"
                    for row in rows
                )
                parts.append(f'<div class="wide"><table><tr>{cells}</tr>{body}</table></div>')
            case Quote(name, text):
                parts.append(f"<b>{escape(name)}</b><pre>{escape(text)}</pre>")
            case Bars(named):
                parts.append(_svg(named))
            case Folded(title, inner):
                parts.append(f"<details><summary>{escape(title)}</summary>")
                parts += [*_tagged(inner), "</details>"]
    return parts


_COLOURS = {"b_better": "#2F6FDE", "a_better": "#E07A1F"}
_LEFT, _WIDTH, _ROW = 220, 460, 40


def _svg(named: Sequence[tuple[str, Comparison]]) -> str:
    """A line for each difference, from end to end of its interval, round zero."""
    most = max(max(abs(one.low), abs(one.high)) for _name, one in named)
    end = next((e for e in (0.05, 0.1, 0.2, 0.3, 0.5, 0.75) if e >= most), 1.0)
    height = _ROW * len(named) + 40

    def x(value: float) -> float:
        return round(_LEFT + _WIDTH * (value / end + 1) / 2, 1)

    parts = [
        f'<svg viewBox="0 0 {_LEFT + _WIDTH + 30} {height}" role="img" width="100%">',
        f"<title>{escape(_('Differences in pass rates with their intervals, around zero.'))}</title>",
        f'<line x1="{x(0)}" x2="{x(0)}" y1="0" y2="{height - 26}" stroke="#8C97A8" '
        'stroke-width="2"/>',
    ]
    for tick in (-end, -end / 2, 0.0, end / 2, end):
        label = span(tick, tick, digits=0 if end >= 0.1 else 1)[0]
        parts.append(f'<text x="{x(tick)}" y="{height - 6}" text-anchor="middle">{label}</text>')
    for place, (name, one) in enumerate(named):
        y = _ROW * place + 24
        colour = _COLOURS.get(one.verdict, "#8C97A8")
        short = name if len(name) <= 26 else f"{name[:25]}…"
        parts += [
            f'<text x="0" y="{y + 5}">{escape(short)}</text>',
            f'<line x1="{x(one.low)}" x2="{x(one.high)}" y1="{y}" y2="{y}" stroke="{colour}" '
            'stroke-width="5"/>',
            f'<circle cx="{x(one.difference)}" cy="{y}" r="7" fill="{colour}"/>',
            f'<text x="{x(one.difference)}" y="{y - 11}" text-anchor="middle">'
            f"{span(one.difference, one.difference, digits=0)[0]}</text>",
        ]
    return "".join([*parts, "</svg>"])


# --- all answers --------------------------------------------------------------------------


def export_csv(results: Results) -> str:
    """A line for every answer. A text that would become a formula has an apostrophe before it."""
    rows = [_record(results, answer) for answer in results.answers.values()]
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]) if rows else [])
    writer.writerow({name: inert(name) for name in writer.fieldnames})
    for row in rows:
        writer.writerow({name: inert(value) for name, value in row.items()})
    return out.getvalue()


def _record(results: Results, answer: Answer) -> dict[str, Any]:
    spec, place = results.spec, answer.place
    row = spec.rows[place.row]
    record: dict[str, Any] = {
        "variant": results.names[place.variant],
        "question": row.key,
        "group": row.group,
        "try": place.attempt + 1,
        "outcome": _STATES.get(int(results.states[place]), "not answered"),
        "rating": answer.rating,
        "note": answer.note,
        "doubtful": bool(results.doubtful[place]),
        "asked": row.title,
        "expected": row.expected,
        "answer": "\n\n".join(answer.shown),
        "turns": len(answer.texts),
        "ended": answer.reason,
        "error": answer.error or "",
        "model": answer.model,
        "seed": answer.seed,
        "prompt_tokens": answer.prompt_tokens,
        "new_tokens": answer.new_tokens,
        "seconds": round(answer.seconds, 3),
    }
    for number, rule in enumerate(spec.rules):
        marks = [turn[number].passed for turn in answer.marks if number < len(turn)]
        told = False if False in marks else None if not marks or None in marks else True
        record[f"rule {number + 1}: {rule_label(rule)}"] = "" if told is None else told
    return record


def export_json(experiment: Experiment, results: Results, baseline: int = 0) -> str:
    """All that is kept of the experiment and its answers, and what it comes to, as JSON."""
    content = {
        "format": FILE_FORMAT,
        "version": FILE_VERSION,
        "experiment": {
            "id": experiment.id,
            "title": experiment.title,
            "model": experiment.model,
            "created_at": experiment.created_at.isoformat(),
            **results.spec.to_dict(),
            "rows": [row.to_dict() for row in results.spec.rows],
        },
        "baseline": results.names[baseline],
        "comparisons": {
            results.names[place]: {"verdict": one.verdict, **asdict(one)}
            for place, one in results.comparisons(baseline).items()
        },
        "answers": [asdict(answer) for answer in results.answers.values()],
    }
    return json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False)
