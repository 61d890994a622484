"""Comparing two variants blind: question by question, by keyboard, and no name on the page.

It takes the place of the whole page (`?blind=1`). Choices are kept as they are made; once the names
are told, the comparison has ended.
"""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from core.experiments.blind import (
    Blind,
    Choice,
    Pairing,
    pairings,
    tally,
    tally_sentences,
)
from core.experiments.records import Answer, Experiment
from core.experiments.results import Results
from core.i18n import _, ngettext, sentences
from ui.experiments.reading_state import BLIND, linked_pair
from ui.shell import resources
from ui.shell.boundary import boundary, explained
from ui.shell.stream import say
from ui.shell.text import label

_KIND = "blind"


def blinded() -> bool:
    """Whether the page is to show a blind comparison, and no name."""
    return BLIND in st.query_params


def begin_blind() -> None:
    """Put a blind comparison in the place of the page."""
    st.query_params[BLIND] = "1"


def kept(experiment: Experiment, pair: tuple[int, int]) -> Blind | None:
    """The comparison of this pair that was begun, if there is one."""
    found = resources.store().drafts.get(_KIND, _about(experiment, pair))
    return Blind.from_dict(found) if found else None


def blind_view(experiment: Experiment, answers: Sequence[Answer]) -> None:
    """Draw the comparison of the pair that the URL names, or what it came to."""
    results = Results.of(experiment.spec, answers)
    pair = linked_pair(results.names)
    with st.container(key="blind"), boundary():
        blind = kept(experiment, pair)
        if blind is None:
            blind = Blind.new()
            _keep(experiment, pair, blind)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("### " + _("Blind comparison"), width="stretch")
            st.button(
                _("Back to the results"),
                key="blind_leave",
                icon=":material/arrow_back:",
                on_click=explained(_leave),
            )
        if blind.revealed:
            _revealed(experiment, results, pair, blind)
        else:
            _ask(experiment, results, pair, blind)


@st.fragment
def _ask(experiment: Experiment, results: Results, pair: tuple[int, int], blind: Blind) -> None:
    blind = kept(experiment, pair) or blind
    if blind.revealed:
        st.rerun()
    asked = pairings(results, pair, blind.seed)
    if not asked:
        st.info(
            _("Nothing to compare yet: both variants need an answer to a question, in other words.")
        )
        return
    left = [one for one in asked if one.key not in blind.choices]
    done = len(asked) - len(left)
    st.progress(
        done / len(asked),
        ngettext(
            "{done:,} of {count:,} question", "{done:,} of {count:,} questions", len(asked)
        ).format(done=done, count=len(asked)),
    )
    if left:
        _pairing(experiment, results, pair, left[0])
    else:
        st.markdown(_("All questions are compared."))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            _("Undo"),
            key="blind_undo",
            shortcut="z",
            disabled=not blind.choices,
            on_click=explained(lambda: _undo(experiment, pair)),
        )
        st.button(
            _("Reveal the names"),
            key="blind_reveal",
            type="secondary" if left else "primary",
            disabled=not blind.choices,
            help=_("This ends the comparison."),
            on_click=explained(lambda: _change(experiment, pair, revealed=True)),
        )


def _pairing(experiment: Experiment, results: Results, pair: tuple[int, int], one: Pairing) -> None:
    """One question, and its two answers."""
    row = one.left.place.row
    turns = results.spec.turns(one.left.place.variant, row)
    last = next((m.content for m in reversed(turns[-1]) if m.role == "user"), "")
    st.caption(_("Question"))
    say("user", last)
    expected = results.spec.rows[row].expected
    if expected:
        st.caption(_("Expected: {answer}").format(answer=label(expected)))
    columns = st.columns(2)
    for column, name, given in zip(
        columns, (_("Left"), _("Right")), (one.left, one.right), strict=True
    ):
        with column, st.container(border=True, height=360 if _long(one) else "stretch"):
            st.markdown(f"**{name}**")
            for text in given.shown:
                say("assistant", text)

    def choose(choice: Choice) -> None:
        _change(experiment, pair, (one.key, choice))

    with st.container(horizontal=True, gap="small"):
        named: tuple[tuple[Choice, str, str], ...] = (
            ("left", _("Left is better"), "1"),
            ("right", _("Right is better"), "2"),
            ("equal", _("Equally good"), "3"),
        )
        for choice, name, shortcut in named:
            st.button(
                name,
                key=f"blind_{choice}",
                shortcut=shortcut,
                on_click=explained(choose),
                args=(choice,),
            )


def _long(one: Pairing) -> bool:
    return max(sum(map(len, given.shown)) for given in (one.left, one.right)) > 700


def _revealed(
    experiment: Experiment, results: Results, pair: tuple[int, int], blind: Blind
) -> None:
    claim, *grounds = _said(results, pair, blind)
    st.markdown("#### " + label(claim))
    st.markdown(sentences(map(label, grounds)))
    st.button(
        _("Compare again"),
        key="blind_again",
        help=_("In another order; these choices are forgotten."),
        on_click=explained(lambda: _keep(experiment, pair, Blind.new())),
    )


def blind_line(experiment: Experiment, results: Results, pair: tuple[int, int]) -> str:
    """What a comparison of this pair came to, where it has ended; "" otherwise."""
    blind = kept(experiment, pair)
    if blind is None or not blind.revealed:
        return ""
    return label(_("Blind: {said}").format(said=sentences(_said(results, pair, blind))))


def _said(results: Results, pair: tuple[int, int], blind: Blind) -> list[str]:
    a, b = (results.names[variant] for variant in pair)
    return tally_sentences(tally(results, pair, blind), a, b)


# --- what is kept ------------------------------------------------------------------------


def _about(experiment: Experiment, pair: tuple[int, int]) -> str:
    return "/".join((experiment.id, *(experiment.spec.variant_keys[v] for v in pair)))


def _keep(experiment: Experiment, pair: tuple[int, int], blind: Blind) -> None:
    resources.store().drafts.put(_KIND, _about(experiment, pair), blind.to_dict())


def _change(
    experiment: Experiment,
    pair: tuple[int, int],
    chosen: tuple[str, Choice] | None = None,
    *,
    revealed: bool = False,
) -> None:
    blind = kept(experiment, pair)
    if blind is None or blind.revealed:
        return
    choices = {**blind.choices, chosen[0]: chosen[1]} if chosen else blind.choices
    _keep(experiment, pair, replace(blind, choices=choices, revealed=revealed))


def _undo(experiment: Experiment, pair: tuple[int, int]) -> None:
    blind = kept(experiment, pair)
    if blind is not None and blind.choices and not blind.revealed:
        _keep(experiment, pair, replace(blind, choices=dict([*blind.choices.items()][:-1])))


def _leave() -> None:
    st.query_params.pop(BLIND, None)
