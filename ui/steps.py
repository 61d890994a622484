"""Stepping: an answer taken token by token by hand; the drawn one, the best one, or any other.

What was taken is in the URL as token ids, so that a refresh and a link open the same.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core.distribution import Distribution, log_softmax, surprise_bits
from core.errors import InvalidInput
from core.i18n import _, ngettext
from core.sampling import Sampling
from core.stepping import format_path, parse_path
from ui import resources
from ui.charts_distribution import distribution_bars, percent
from ui.charts_draws import surprise_line
from ui.context_form import context_form
from ui.next_token import (
    cut_by,
    distribution_after,
    explained,
    loaded_model,
    seed_input,
    temperature_slider,
    token_bars,
    token_name,
    top_k_slider,
    top_p_slider,
)
from ui.session import session
from ui.shell import boundary
from ui.stream import plain

SHOWN = 10
OFFERED = 50
ALONE = 10
_PATH = "path"
_GO_ON = "steps_go_on"
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, slots=True)
class Position:
    """Where stepping is. prompt, begun: what is given. path: what was taken after it."""

    prompt: tuple[int, ...]
    begun: tuple[int, ...]
    path: tuple[int, ...]

    @property
    def ids(self) -> tuple[int, ...]:
        return self.prompt + self.begun + self.path

    @property
    def step(self) -> int:
        """The number of the next token in the answer, from 0."""
        return len(self.begun) + len(self.path)

    @property
    def ended(self) -> bool:
        return bool(self.path) and self.path[-1] in resources.engine().tokenizer.stop_ids

    @property
    def full(self) -> bool:
        return len(self.ids) >= resources.engine().window


def steps_view() -> None:
    """Draw the view."""
    with boundary():
        context = context_form(on_change=_restart)
        tokenizer = resources.engine().tokenizer
        _steps(tuple(context.prompt_ids(tokenizer)), tuple(context.begun_ids(tokenizer)))


@st.fragment
def _steps(prompt: tuple[int, ...], begun: tuple[int, ...]) -> None:
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
        position = _position(prompt, begun)
        position = _go_on(position, sampling)
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


def _position(prompt: tuple[int, ...], begun: tuple[int, ...]) -> Position:
    """The position of the URL; where it cannot be used, the beginning, and why."""
    engine = resources.engine()
    room = max(0, engine.window - len(prompt) - len(begun))
    try:
        path = parse_path(st.query_params.get(_PATH, ""), engine.tokenizer, room)
    except InvalidInput as error:
        st.warning(str(error), icon=":material/link_off:")
        path = ()
    return Position(prompt, begun, path)


def _drawn(shown: Distribution, position: Position) -> int:
    from core.engine.draws import drawn_token

    return drawn_token(shown.probabilities, shown.sampling.seed or 0, position.step)


def _go_on(position: Position, sampling: Sampling) -> Position:
    """Take drawn tokens where that is wanted, kept one by one: a click ends it without loss."""
    if not session().results.pop(_GO_ON, False):
        return position
    progress = st.progress(0.0)
    for done in range(ALONE):
        if position.ended or position.full:
            break
        progress.progress(
            done / ALONE, _("{done} of {whole} tokens").format(done=done, whole=ALONE)
        )
        drawn = _drawn(distribution_after(position.ids, sampling), position)
        _keep((*position.path, drawn))
        position = Position(position.prompt, position.begun, (*position.path, drawn))
    progress.empty()
    return position


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
        st.success(_("The model ends here."), icon=":material/flag:")
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
            _("Take drawn: {token}").format(token=plain(token_name(drawn))),
            key="steps_drawn",
            type="primary",
            icon=":material/casino:",
            shortcut="D",
            help=_("What seed {seed} draws as token {number} of the answer.").format(
                seed=seed, number=position.step + 1
            ),
            on_click=_keep,
            args=((*position.path, drawn),),
        )
        st.button(
            _("Take best: {token}").format(token=plain(token_name(best))),
            key="steps_best",
            icon=":material/trophy:",
            shortcut="B",
            on_click=_keep,
            args=((*position.path, best),),
        )
        st.button(
            _("Go on for {count}").format(count=ALONE),
            key="steps_go",
            icon=":material/fast_forward:",
            shortcut="G",
            help=_("Take the drawn token {count} times.").format(count=ALONE),
            on_click=lambda: session().results.update({_GO_ON: True}),
        )
        _undo_and_restart(position)


def _undo_and_restart(position: Position) -> None:
    st.button(
        _("Undo"),
        key="steps_undo",
        icon=":material/undo:",
        shortcut="U",
        disabled=not position.path,
        on_click=_keep,
        args=(position.path[:-1],),
    )
    st.button(
        _("Start anew"),
        key="steps_restart",
        icon=":material/restart_alt:",
        disabled=not position.path,
        on_click=_restart,
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
        _("Take any other token"),
        offered,
        index=None,
        format_func=lambda i: f"{token_name(i)}  ·  {percent(float(shown.raw[i]))}",
        key=chosen,
        placeholder=_("One of the {count} likeliest").format(count=len(offered)),
        on_change=lambda: _keep((*position.path, st.session_state[chosen])),
    )


def _so_far(position: Position) -> None:
    """How likely the model finds what was taken, as a whole and token by token."""
    logprobs = _logprobs(loaded_model(), position.prompt + position.begun, position.path)
    total = math.fsum(logprobs)
    st.subheader(_("What was taken"))
    st.caption(
        ngettext(
            "The probability of the {count} token is {probability}: its log-probability is "
            "{total:.2f}. That is by the model itself: temperature 1, nothing cut.",
            "The probability of the {count} tokens is {probability}: the sum of their "
            "log-probabilities is {total:.2f}, {mean:.2f} a token. All of it by the model itself: "
            "temperature 1, nothing cut.",
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


@st.cache_resource(max_entries=256, show_spinner=False)
def _logprobs(
    model: tuple[str, str, str], given: tuple[int, ...], path: tuple[int, ...]
) -> list[float]:
    from core.engine.logits import answer_logits

    rows = answer_logits(resources.engine(), given, path)
    return [float(log_softmax(row.astype("float64"))[i]) for row, i in zip(rows, path, strict=True)]


# --- the path in the URL ------------------------------------------------------------------


def _keep(path: Sequence[int]) -> None:
    if path:
        st.query_params[_PATH] = format_path(path)
    else:
        _restart()


def _restart() -> None:
    st.query_params.pop(_PATH, None)
