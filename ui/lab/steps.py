"""Stepping: an answer taken token by token by hand; the drawn one, the best one, or any other.

A text that was stepped through can be written on by the model, inspected token by token, and opened
as a tree of branches.
"""

import math
from collections.abc import Sequence
from itertools import takewhile
from typing import Any

import streamlit as st

from core.backends.backend import Backend, Logits, reader_of, tokenizer_of
from core.backends.reply import answer_text
from core.backends.tokenizer import Tokenizer
from core.branches.records import Origin
from core.i18n import _, ngettext
from core.sampling.distribution import Distribution, log_softmax, surprise_bits
from core.sampling.settings import Sampling
from ui.charts.distribution import distribution_bars, distribution_legend, surprise_line
from ui.charts.words import choice, once_in, percent
from ui.inspect.inspector import inspector
from ui.inspect.state import BranchState
from ui.lab.go_on import go_on
from ui.lab.guess import guess_judged
from ui.lab.next_token import (
    chart_in_words,
    cut_by,
    cut_explained,
    distribution_after,
    estimate_said,
    logits_after,
    openness_explained,
    seed_input,
    temperature_slider,
    token_bars,
    token_name,
    top_k_slider,
    top_p_slider,
)
from ui.lab.path import on_url, restart, take, write_on_buttons, written_on
from ui.lab.prefix_form import prefix_form
from ui.lab.state import Known, LabState, Position
from ui.shell import resources
from ui.shell.boundary import boundary, explained
from ui.shell.page import can, still
from ui.shell.plot import plot
from ui.shell.presenting import bar, forget_guess, guess_first, presented, reveal, revealed
from ui.shell.session import state
from ui.shell.text import label

SHOWN = 8
PRESENTED = 6
OFFERED = 50
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def steps_view(backend: Backend) -> None:
    """Draw the view."""
    if not can(backend, "token_ids", "logits"):
        return
    with boundary():
        prefix = prefix_form(backend, on_change=explained(restart))
        start = Position.after(backend, prefix)
        estimate_said(backend)
        if presented():
            # A click there may change the whole page
            _steps(backend, start)
        else:
            _live_steps(backend, start)
            go_on(prefix, "steps")


def _steps(backend: Backend, start: Position) -> None:
    """The part that a step draws anew."""
    still(backend)
    if presented():
        top = st.container(horizontal=True, vertical_alignment="center", gap="small")
        text = top.container(width="stretch")
        with top.popover(_("Sampling settings"), icon=":material/tune:"):
            sampling, seed = _settings([st.container()] * 4)
    else:
        sampling, seed = _settings(st.columns(4, gap="medium"))
        text = st.container()
    with boundary():
        position = written_on(backend, on_url(backend, start), sampling)
        with text:
            _text(tokenizer_of(backend), position)
        if position.ended or position.full:
            _at_the_end(position)
            _bar(position, None)
        else:
            _next(backend, position, sampling, seed)
        if presented():
            return
        if position.path:
            _so_far(backend, position)
            _further(backend, position, sampling)


_live_steps = st.fragment(_steps)


def _settings(places: Sequence[Any]) -> tuple[Sampling, int]:
    """Draw the settings in these four places; they, and the seed."""
    heat, nucleus, likeliest, seed_place = places
    with heat:
        temperature = temperature_slider()
    with nucleus:
        top_p = top_p_slider()
    with likeliest:
        top_k = top_k_slider()
    with seed_place:
        seed = seed_input()
    return Sampling(temperature, top_p, top_k, seed=seed), seed


def _next(backend: Backend, position: Position, sampling: Sampling, seed: int) -> None:
    """What can be taken, beside how likely it is; a class guesses first."""
    shown = distribution_after(backend, position.ids, sampling)
    drawn = reader_of(backend).drawn_token(shown.probabilities, seed, position.step)
    _bar(position, drawn)
    if presented() and not _revealed(position):
        guess_first("steps_reveal", lambda: reveal(len(position.path)))
        return
    actions, chart = st.columns([1, 2.2], gap="medium")
    with actions:
        _actions(backend, position, drawn, shown, seed)
    with chart:
        _choice(tokenizer_of(backend), position, shown, drawn)


# --- before a class -----------------------------------------------------------------------


def _revealed(position: Position) -> bool:
    """Whether the class sees what comes next: it has been revealed at this very step."""
    return revealed() == str(len(position.path))


def _bar(position: Position, drawn: int | None) -> None:
    """The bar of a presented page. drawn: the token that comes next; None at the end."""
    if not presented():
        return
    shown, path = _revealed(position), position.path

    def further() -> None:
        if drawn is not None:
            take((*path, drawn))
            forget_guess()

    def back() -> None:
        if shown and drawn is not None:
            reveal("")
            return
        take(path[:-1])
        reveal(len(path) - 1)

    bar(
        _("Use the sampled token") if shown else _("Reveal"),
        None if drawn is None else further if shown else (lambda: reveal(len(path))),
        back if path or shown else None,
    )


# --- what is on screen --------------------------------------------------------------------


def _text(tokenizer: Tokenizer, position: Position) -> None:
    """The text so far, its newest token marked."""
    taken = position.path[:-1] if position.ended else position.path
    whole = tokenizer.decode((*position.shown, *taken))
    before = tokenizer.decode((*position.shown, *taken[:-1]))
    if not taken or not whole.startswith(before):
        before = whole
    newest = whole[len(before) :]
    marked = newest.strip()
    if marked:
        start = newest.index(marked)
        newest = f"{newest[:start]}:blue-background[{label(marked)}]{newest[start + len(marked) :]}"
    text = (label(before) + newest).strip()
    with st.container(border=True, key="steps_text"):
        st.markdown(text.replace("\n", "  \n") or _("*(nothing yet)*"))


def _at_the_end(position: Position) -> None:
    if position.ended:
        st.success(_("The answer ends here."), icon=":material/flag:")
    else:
        st.info(_("The context window of {window} tokens is full.").format(window=position.window))
    with st.container(horizontal=True):
        _undo_and_restart(position)


def _actions(
    backend: Backend, position: Position, drawn: int, shown: Distribution, seed: int
) -> None:
    tokenizer, best = tokenizer_of(backend), shown.top(1)[0]
    with st.container(gap="small", key="steps_actions"):
        st.button(
            _("Use sampled: {token}").format(token=label(token_name(tokenizer, drawn))),
            key="steps_drawn",
            type="primary",
            icon=":material/casino:",
            shortcut="D",
            help=_("What seed {seed} samples as token {number} of the answer.").format(
                seed=seed, number=position.step + 1
            ),
            width="stretch",
            on_click=explained(take),
            args=((*position.path, drawn),),
        )
        st.button(
            _("Use most likely: {token}").format(token=label(token_name(tokenizer, best))),
            key="steps_best",
            icon=":material/trophy:",
            shortcut="B",
            width="stretch",
            on_click=explained(take),
            args=((*position.path, best),),
        )
        _another(tokenizer, position, shown)
        if presented():
            return
        write_on_buttons(backend)
        with st.container(horizontal=True, gap="small"):
            _undo_and_restart(position)


def _another(tokenizer: Tokenizer, position: Position, shown: Distribution) -> None:
    offered = shown.top(OFFERED)
    chosen = f"steps_other_{len(position.path)}"
    st.selectbox(
        _("Use another token"),
        offered,
        index=None,
        format_func=lambda i: f"{token_name(tokenizer, i)}  ·  {percent(float(shown.raw[i]))}",
        key=chosen,
        placeholder=_("Use another token"),
        label_visibility="collapsed",
        on_change=explained(lambda: take((*position.path, st.session_state[chosen]))),
    )


def _undo_and_restart(position: Position) -> None:
    st.button(
        _("Undo"),
        key="steps_undo",
        type="tertiary",
        icon=":material/undo:",
        shortcut="U",
        disabled=not position.path,
        on_click=explained(take),
        args=(position.path[:-1],),
    )
    st.button(
        _("Start over"),
        key="steps_restart",
        type="tertiary",
        icon=":material/restart_alt:",
        disabled=not position.path,
        on_click=explained(restart),
    )


def _choice(tokenizer: Tokenizer, position: Position, shown: Distribution, drawn: int) -> None:
    """The distribution, and what the settings did to it."""
    top = shown.top(PRESENTED if presented() else SHOWN)
    bars = token_bars(tokenizer, shown, top)
    st.caption(distribution_legend(cut_by(shown)))
    figure = distribution_bars(bars, marked=top.index(drawn) if drawn in top else None)
    plot(figure, "steps_bars", alt=chart_in_words(bars))
    if presented():
        if judged := guess_judged(tokenizer, shown):
            st.caption(judged)
    else:
        st.caption(f"{cut_explained(shown, bars[0])}  \n{openness_explained(shown)}")


def _so_far(backend: Backend, position: Position) -> None:
    """How likely the model finds what was taken, as a whole and token by token."""
    logprobs, tokenizer = _logprobs(backend, position), tokenizer_of(backend)
    total, count = math.fsum(logprobs), len(logprobs)
    st.subheader(_("Chosen tokens"))
    st.markdown(
        ngettext(
            "Sampled freely, the model would write just this token **{often}**.",
            "Sampled freely, the model would write just these {count} tokens **{often}**; each was "
            "{open}, on average.",
            count,
        ).format(count=count, often=once_in(total), open=choice(surprise_bits(total / count)))
    )
    st.caption(
        ngettext(
            "The probability of the {count} token is {probability}: its log-probability is "
            "{total:z.2f}. This is the model's own probability: temperature 1, nothing cut off.",
            "The probability of the {count} tokens is {probability}: their log-probabilities add "
            "up to {total:z.2f}, {mean:z.2f} per token. These are the model's own probabilities: "
            "temperature 1, nothing cut off.",
            count,
        ).format(count=count, probability=_tiny(total), total=total, mean=total / count)
    )
    figure = surprise_line(
        [token_name(tokenizer, i) for i in position.path],
        [surprise_bits(value) for value in logprobs],
    )
    plot(figure, "steps_surprise", alt=_("The surprisal of each chosen token, in bits"))


def _tiny(logprob: float) -> str:
    """A probability that may be far too small for a float."""
    power = logprob / math.log(10)
    if power > -6:
        return percent(math.exp(logprob))
    exponent = math.floor(power)
    raised = str(exponent).translate(_SUPERSCRIPT)
    return f"{10 ** (power - exponent):.1f} × 10{raised}"


def _logprobs(backend: Backend, position: Position) -> list[float]:
    """The log-probability of each token that was taken.

    After a step or an undo the others are known, and so are the logits of the new one; anything
    else is read as a whole.
    """
    mine, path = state(LabState), position.path
    given = (backend.facts.identity, position.prompt, position.begun)
    known: list[float] = []
    if mine.known and mine.known.given == given:
        pairs = zip(mine.known.path, path, strict=False)
        shared = len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
        known = [*mine.known.logprobs[:shared]]
    if len(known) == len(path) - 1:
        logits = logits_after(backend, position.on_path(path[:-1]).ids)
        known = [*known, _logprob(logits, path[-1])]
    elif len(known) < len(path):
        rows = reader_of(backend).answer_logits(position.prompt + position.begun, path)
        known = [_logprob(row, i) for row, i in zip(rows, path, strict=True)]
    mine.known = Known(given, path, known)
    return known


def _logprob(logits: Logits, token_id: int) -> float:
    return float(log_softmax(logits.astype("float64"))[token_id])


# --- what can be done with the text -------------------------------------------------------


def _further(backend: Backend, position: Position, sampling: Sampling) -> None:
    """What can be done with the text so far, and its inspector where it is open."""
    mine = state(LabState)
    text = answer_text(tokenizer_of(backend), position.answer, position.chat)
    origin = Origin("typed", title=position.asked, text=text, chat=position.chat)
    with st.container(horizontal=True):
        st.button(
            _("Close the inspector") if mine.inspected else _("Inspect token by token"),
            key="steps_inspect",
            icon=":material/troubleshoot:",
            on_click=explained(_toggle_inspector),
        )
        branch = st.button(
            _("Open as tree"),
            key="steps_tree",
            icon=":material/account_tree:",
            help=_(
                "Keeps the text under Branches, where you can name it, continue it, and branch off "
                "at any token."
            ),
        )
    if branch:
        _open_as_tree(backend, position, sampling, origin)
    if mine.inspected:
        with st.container(border=True):
            inspector(backend, position.prompt, position.answer, sampling, "steps", origin)


def _toggle_inspector() -> None:
    mine = state(LabState)
    mine.inspected = not mine.inspected


def _open_as_tree(backend: Backend, position: Position, sampling: Sampling, origin: Origin) -> None:
    root = resources.store().branches.plant(
        origin,
        position.prompt,
        position.answer,
        sampling,
        backend.facts.name,
        "stop" if position.ended else "cancelled",
        backend.facts.precision,
    )
    state(BranchState).shown = root.id
    st.switch_page("pages/3_Playground.py", query_params={"view": "branches", "tree": root.tree_id})
