"""Draws what an experiment gave: answers, next tokens, pieces, precisions."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.i18n import _, ngettext
from core.lessons.experiment import Experiment
from core.lessons.results import (
    Answer,
    Answers,
    Distributions,
    Pieces,
    PrecisionRow,
    Precisions,
    Result,
    Tokenised,
)
from core.models.plan import gigabytes
from ui.charts.lessons import counts, next_token_bars
from ui.charts.words import times
from ui.shell import resources
from ui.shell.plot import plot
from ui.shell.presenting import presented
from ui.shell.stream import finish_label
from ui.shell.text import answer, label

_COLOURS = ("blue", "gray")


def column_height() -> int:
    """Of the texts side by side: on one screen with their chart before a class."""
    return 170 if presented() else 420


def places(experiment: Experiment) -> dict[Any, Any]:
    """An empty place for every answer that is to come, in a column per group."""
    groups = experiment.groups()
    found = {}
    for column, (name, tags) in zip(st.columns(len(groups)), groups, strict=True):
        with column:
            st.markdown(f"**{label(name)}**")
            with st.container(height=column_height(), border=True):
                for tag in tags:
                    found[tag] = st.empty()
    return found


def draw_result(result: Result) -> None:
    """Draw a result of any kind."""
    if isinstance(result, Answers):
        _answers(result)
    elif isinstance(result, Distributions):
        _distributions(result)
    elif isinstance(result, Pieces):
        for index, text in enumerate(result.texts):
            _pieces(index, text)
    elif isinstance(result, Precisions):
        _precisions(result)


# --- answers ------------------------------------------------------------------------------


def _answers(result: Answers) -> None:
    groups = list(result.labels)
    labels = list(result.labels.values())
    by_group = {name: [a for a in result.answers if a.group == name] for name in groups}
    most = max(len(own) for own in by_group.values())
    if result.marks:
        rows: Mapping[str, Sequence[float]] = {
            label: [result.figures[f"{mark}_{group}"] for group in groups]
            for mark, label in result.marks.items()
        }
        said = _("Matches in the answers, out of {count}").format(count=most)
    else:
        rows = {_("different texts"): [result.figures[f"different_{group}"] for group in groups]}
        said = _("Different texts out of {count}").format(count=most)
    st.caption(said)
    figure = counts(labels, rows, most)
    plot(figure, "lesson_counts", alt=said)
    for column, group in zip(st.columns(len(groups)), groups, strict=True):
        with column:
            st.markdown(f"**{label(result.labels[group])}**")
            with st.container(height=column_height(), border=True):
                if result.marks:
                    _asked(by_group[group], result.marks)
                else:
                    _grouped(by_group[group])


def _grouped(answers: Sequence[Answer]) -> None:
    """Equal texts once, with how often they came."""
    times = Counter(answer.text for answer in answers)
    for text, count in times.most_common():
        first = next(answer for answer in answers if answer.text == text)
        st.markdown(answer(text) or _("*(no text)*"))
        seen = ngettext("{count} time", "{count} times", count).format(count=count)
        st.caption(
            " · ".join(
                [
                    seen,
                    finish_label(first.reason),
                    _("{count} tokens").format(count=first.tokens),
                    _("seed {seed}").format(seed=first.seed),
                ]
            )
        )


def _asked(answers: Sequence[Answer], marks: Mapping[str, str]) -> None:
    """Each question with its answers, and the marks that were found."""
    asked = ""
    for given in answers:
        if given.question != asked:
            asked = given.question
            st.markdown(f":gray[{label(asked)}]")
        found = [f":blue-badge[{label(marks[name])}]" for name in given.marks]
        st.markdown("\n\n".join([answer(given.text) or _("*(no text)*"), " ".join(found)]))


# --- next tokens, pieces, precisions ------------------------------------------------------


def _distributions(result: Distributions) -> None:
    contexts = list(dict.fromkeys(table.context for table in result.tables))
    st.caption(_("Possible next tokens. In colour: those that are kept."))
    for column, context in zip(st.columns(len(contexts)), contexts, strict=True):
        with column:
            own = [table for table in result.tables if table.context == context]
            st.markdown(f"**{label(context)}**")
            st.markdown(f":gray[…{label(own[0].begun)}] ▁▁▁" if own[0].begun else "▁▁▁")
            for table in own:
                kept = ngettext("{count} token kept", "{count} tokens kept", table.kept)
                said = f"{table.setting} · {kept.format(count=table.kept)}"
                st.caption(label(said))
                first = table.candidates[0]
                st.markdown(
                    _("At this temperature, **{token}** comes {often}.").format(
                        token=label(first.piece), often=times(first.probability)
                    )
                )
                figure = next_token_bars(
                    [candidate.piece for candidate in table.candidates],
                    [candidate.probability for candidate in table.candidates],
                    [candidate.kept for candidate in table.candidates],
                )
                key = f"lesson_next_{context}_{table.setting}"
                plot(figure, key, alt=said)


def _pieces(index: int, text: Tokenised) -> None:
    with st.container(border=True):
        st.markdown(f"**{label(text.label)}**")
        st.text(text.text)
        chips = []
        for place, piece in enumerate(text.pieces):
            colour = "orange" if piece.control else _COLOURS[place % 2]
            chips.append(f":{colour}-background[{label(piece.piece)}]")
        st.markdown(" ".join(chips))
        control = sum(piece.control for piece in text.pieces)
        said = ngettext("{count} token", "{count} tokens", len(text.pieces))
        parts = [said.format(count=len(text.pieces))]
        if control:
            parts.append(
                ngettext("{count} control token", "{count} control tokens", control).format(
                    count=control
                )
            )
        st.caption(" · ".join(parts))
        with st.expander(_("IDs")):
            rows = [
                {_("Position"): n, _("Token"): piece.piece, _("ID"): piece.id}
                for n, piece in enumerate(text.pieces)
            ]
            st.dataframe(rows, hide_index=True, key=f"lesson_ids_{index}", height=240)


def _in_words(row: PrecisionRow) -> str:
    """What a precision changes, in the words of a class."""
    if row.agree >= 1:
        return _("**{precision}** always makes the same choice as fp32.").format(
            precision=row.precision
        )
    return _("**{precision}** makes another choice than fp32 {often}.").format(
        precision=row.precision, often=times(1 - row.agree)
    )


def _precisions(result: Precisions) -> None:
    if result.loaded != result.model:
        st.info(
            _(
                "This was measured on {model}, not on the loaded model {loaded}: to compare "
                "precisions, a large model would have to be in memory twice."
            ).format(
                model=label(resources.called(result.model)),
                loaded=label(resources.called(result.loaded)),
            ),
            icon=":material/info:",
        )
    said = [_in_words(row) for row in result.rows if row.precision != "fp32"]
    st.markdown("  \n".join(said))
    st.dataframe(
        [
            {
                _("Precision"): row.precision,
                _("Weights"): gigabytes(row.bytes),
                _("Same choice as fp32"): row.agree,
                _("Divergence (nats)"): row.kl,
                _("ChatGLM3-6B, planned"): gigabytes(row.six_b) if row.precision != "fp32" else "",
            }
            for row in result.rows
        ],
        column_config={
            _("Same choice as fp32"): st.column_config.ProgressColumn(
                format="percent", min_value=0, max_value=1
            ),
            _("Divergence (nats)"): st.column_config.NumberColumn(format="%.5f"),
        },
        hide_index=True,
        width="stretch",
        key="lesson_precisions",
    )
