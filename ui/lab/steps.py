"""Stepping: an answer taken token by token by hand; the drawn one, the best one, or any other."""

import math
from itertools import takewhile

import numpy as np
import numpy.typing as npt
import streamlit as st

from core.i18n import _, ngettext
from core.sampling.distribution import Distribution, log_softmax, surprise_bits
from core.sampling.settings import Sampling
from ui.charts.distribution import distribution_bars, percent
from ui.charts.draws import surprise_line
from ui.lab.next_token import (
    cut_by,
    distribution_after,
    explained,
    loaded_model,
    logits_after,
    seed_input,
    temperature_slider,
    token_bars,
    token_name,
    top_k_slider,
    top_p_slider,
)
from ui.lab.prefix_form import context_form
from ui.lab.steps_onward import further, write_on, write_on_buttons
from ui.lab.steps_position import Position, keep, on_url, restart
from ui.shell import resources
from ui.shell.page import boundary
from ui.shell.session import session
from ui.shell.stream import plain

SHOWN = 10
OFFERED = 50
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def steps_view() -> None:
    """Draw the view."""
    with boundary():
        context = context_form(on_change=restart)
        tokenizer = resources.engine().tokenizer
        _steps(
            Position(
                tuple(context.prompt_ids(tokenizer)),
                tuple(context.begun_ids(tokenizer)),
                (),
                context.prompt,
                context.form == "chat",
            )
        )


@st.fragment
def _steps(start: Position) -> None:
    """The part that a step draws anew."""
    heat, nucleus, likeliest, seed_place = st.columns(4, gap="medium")
    with heat:
        temperature = temperature_slider()
    with nucleus:
        top_p = top_p_slider()
    with likeliest:
        top_k = top_k_slider()
    with seed_place:
        seed = seed_input()
    sampling = Sampling(temperature, top_p, top_k, seed=seed)
    with boundary():
        position = write_on(on_url(start), sampling)
        _text(position)
        if position.ended or position.full:
            _at_the_end(position)
        else:
            shown = distribution_after(position.ids, sampling)
            drawn = _drawn(shown, position)
            _actions(position, drawn, shown.top(1)[0], seed)
            _choice(position, shown, drawn)
        if position.path:
            _so_far(position)
            further(position, sampling)


def _drawn(shown: Distribution, position: Position) -> int:
    from core.engine.repeated_draws import drawn_token

    return drawn_token(shown.probabilities, shown.sampling.seed or 0, position.step)


# --- what is on screen --------------------------------------------------------------------


def _text(position: Position) -> None:
    """The text so far, its newest token marked."""
    tokenizer = resources.engine().tokenizer
    given = position.begun or position.prompt[2:]
    taken = position.path[:-1] if position.ended else position.path
    whole = tokenizer.decode((*given, *taken))
    before = tokenizer.decode((*given, *taken[:-1]))
    if not taken or not whole.startswith(before):
        before = whole
    newest = whole[len(before) :]
    marked = newest.strip()
    if marked:
        start = newest.index(marked)
        newest = f"{newest[:start]}:blue-background[{plain(marked)}]{newest[start + len(marked) :]}"
    text = (plain(before) + newest).strip()
    with st.container(border=True, key="steps_text"):
        st.markdown(text.replace("\n", "  \n") or _("*(nothing yet)*"))


def _at_the_end(position: Position) -> None:
    if position.ended:
        st.success(_("The answer ends here."), icon=":material/flag:")
    else:
        st.info(
            _("The context window of {window} tokens is full.").format(
                window=resources.engine().window
            )
        )
    with st.container(horizontal=True):
        _undo_and_restart(position)


def _actions(position: Position, drawn: int, best: int, seed: int) -> None:
    with st.container(horizontal=True):
        st.button(
            _("Use sampled: {token}").format(token=plain(token_name(drawn))),
            key="steps_drawn",
            type="primary",
            icon=":material/casino:",
            shortcut="D",
            help=_("What seed {seed} samples as token {number} of the answer.").format(
                seed=seed, number=position.step + 1
            ),
            on_click=keep,
            args=((*position.path, drawn),),
        )
        st.button(
            _("Use most likely: {token}").format(token=plain(token_name(best))),
            key="steps_best",
            icon=":material/trophy:",
            shortcut="B",
            on_click=keep,
            args=((*position.path, best),),
        )
        write_on_buttons()
        _undo_and_restart(position)


def _undo_and_restart(position: Position) -> None:
    st.button(
        _("Undo"),
        key="steps_undo",
        type="tertiary",
        icon=":material/undo:",
        shortcut="U",
        disabled=not position.path,
        on_click=keep,
        args=(position.path[:-1],),
    )
    st.button(
        _("Start over"),
        key="steps_restart",
        type="tertiary",
        icon=":material/restart_alt:",
        disabled=not position.path,
        on_click=restart,
    )


def _choice(position: Position, shown: Distribution, drawn: int) -> None:
    """The distribution, a bar of which can be clicked, and a list of more tokens."""
    top = shown.top(SHOWN)
    figure = distribution_bars(
        token_bars(shown, top),
        cut_by=cut_by(shown),
        marked=top.index(drawn) if drawn in top else None,
    )
    st.plotly_chart(figure, key="steps_bars", config={"displayModeBar": False})
    st.caption(explained(shown))
    offered = shown.top(OFFERED)
    chosen = f"steps_other_{len(position.path)}"
    st.selectbox(
        _("Use another token"),
        offered,
        index=None,
        format_func=lambda i: f"{token_name(i)}  ·  {percent(float(shown.raw[i]))}",
        key=chosen,
        placeholder=_("One of the {count} most likely").format(count=len(offered)),
        on_change=lambda: keep((*position.path, st.session_state[chosen])),
    )


def _so_far(position: Position) -> None:
    """How likely the model finds what was taken, as a whole and token by token."""
    logprobs = _logprobs(position)
    total = math.fsum(logprobs)
    st.subheader(_("Chosen tokens"))
    st.caption(
        ngettext(
            "The probability of the {count} token is {probability}: its log-probability is "
            "{total:z.2f}. This is the model's own probability: temperature 1, nothing cut off.",
            "The probability of the {count} tokens is {probability}: their log-probabilities add "
            "up to {total:z.2f}, {mean:z.2f} per token. These are the model's own probabilities: "
            "temperature 1, nothing cut off.",
            len(logprobs),
        ).format(
            count=len(logprobs),
            probability=_tiny(total),
            total=total,
            mean=total / len(logprobs),
        )
    )
    figure = surprise_line(
        [token_name(i) for i in position.path], [surprise_bits(value) for value in logprobs]
    )
    st.plotly_chart(figure, key="steps_surprise", config={"displayModeBar": False})


def _tiny(logprob: float) -> str:
    """A probability that may be far too small for a float."""
    power = logprob / math.log(10)
    if power > -6:
        return percent(math.exp(logprob))
    exponent = math.floor(power)
    raised = str(exponent).translate(_SUPERSCRIPT)
    return f"{10 ** (power - exponent):.1f} × 10{raised}"


def _logprobs(position: Position) -> list[float]:
    """The log-probability of each token that was taken.

    After a step or an undo the others are known, and so are the logits of the new one; anything
    else is read as a whole.
    """
    given, path = (loaded_model(), position.prompt, position.begun), position.path
    before = session().results.get("steps_logprobs")
    known: list[float] = []
    if before and before[0] == given:
        pairs = zip(before[1], path, strict=False)
        known = before[2][: len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))]
    if len(known) == len(path) - 1:
        logits = logits_after(position.on_path(path[:-1]).ids)
        known = [*known, _logprob(logits, path[-1])]
    elif len(known) < len(path):
        from core.engine.logits import answer_logits

        rows = answer_logits(resources.engine(), position.prompt + position.begun, path)
        known = [_logprob(row, i) for row, i in zip(rows, path, strict=True)]
    session().results["steps_logprobs"] = (given, path, known)
    return known


def _logprob(logits: npt.NDArray[np.float32], token_id: int) -> float:
    return float(log_softmax(logits.astype("float64"))[token_id])
