"""The distribution lab: what the settings do to the next token, before and after, live."""

import math
from dataclasses import replace

import streamlit as st

from core.backends.backend import Backend, reader_of, tokenizer_of
from core.i18n import _
from core.sampling.chi_square import ChiSquare, chi_square
from core.sampling.distribution import Distribution, distribution, entropy_bits
from core.sampling.settings import MAX_SEED, Sampling
from ui.charts.distribution import (
    DrawCount,
    Heat,
    distribution_bars,
    distribution_legend,
    draws_figure,
    draws_legend,
    temperature_animation,
)
from ui.charts.words import fairness
from ui.lab.go_on import go_on
from ui.lab.guess import guess_judged
from ui.lab.next_token import (
    chart_in_words,
    cut_by,
    cut_explained,
    distribution_after,
    estimate_said,
    figures,
    logits_after,
    openness_explained,
    seed_input,
    temperature_slider,
    token_bars,
    token_name,
    top_k_slider,
    top_p_slider,
)
from ui.lab.prefix_form import prefix_form
from ui.shell.boundary import boundary, explained
from ui.shell.page import can, still
from ui.shell.plot import plot
from ui.shell.presenting import bar, guess_first, presented, reveal, revealed
from ui.shell.url_choice import from_url

SHOWN = 10
PRESENTED = 7  # as many large bars have room beside the sliders
DRAWS = 1000
HEATS = tuple(round(0.1 * i, 1) for i in range(1, 21))
_STAGES = ("guess", "bars", "heat", "draws")  # of presenting, one revealed after the other
_CERTAINTY = 1.96  # standard deviations that hold 95 of 100 trials


def lab_view(backend: Backend) -> None:
    """Draw the view."""
    if not can(backend, "token_ids", "logits"):
        return
    with boundary():
        prefix, tokenizer = prefix_form(backend), tokenizer_of(backend)
        begun = prefix.begun_ids(tokenizer)
        ids = (*prefix.prompt_ids(tokenizer), *begun)
        with st.spinner(_("Reading the prompt…")):
            logits_after(backend, ids)
        estimate_said(backend)
        if presented():
            # A click there may change the whole page
            _lab(backend, ids, len(begun))
            _presenting_bar()
        else:
            _live_lab(backend, ids, len(begun))
            go_on(prefix, "lab")


def _lab(backend: Backend, ids: tuple[int, ...], step: int) -> None:
    """The sliders and the chart beside them, both in sight; what it says below. ids: what comes
    before the next token, which is token number `step` of an answer."""
    still(backend)
    controls, results = st.columns([1, 2.6], gap="medium")
    with controls, st.container(key="lab_controls"):
        sampling = Sampling(temperature_slider(), top_p_slider(), top_k_slider())
        with st.popover(_("Chart options"), icon=":material/tune:", width="stretch"):
            count = st.slider(_("Tokens shown"), 5, 50, SHOWN, key="lab_count", bind="query-params")
            log = st.toggle(_("Log scale"), key="lab_log", bind="query-params")
    with boundary():
        shown = distribution_after(backend, ids, sampling)
        top = shown.top(min(count, PRESENTED) if presented() else count)
        bars = token_bars(tokenizer_of(backend), shown, top)
        with results:
            part = _stage() if presented() else _tab()
            if part == "guess":
                guess_first("lab_reveal", lambda: reveal("bars"))
                return
            if part == "bars":
                st.caption(distribution_legend(cut_by(shown)))
                plot(distribution_bars(bars, log), "lab_bars", alt=chart_in_words(bars))
                if presented():
                    judged = guess_judged(tokenizer_of(backend), shown)
                    st.caption(judged or cut_explained(shown, bars[0]))
            elif part == "heat":
                _over_temperature(backend, ids, sampling, top if not presented() else top[:-1], log)
            else:
                _draws(backend, shown, top, step)
        if not presented():
            st.caption(f"{cut_explained(shown, bars[0])}  \n{openness_explained(shown)}")
            figures(shown, count)


_live_lab = st.fragment(_lab)


def _parts() -> dict[str, str]:
    return {
        "bars": _("Before and after"),
        "heat": _("By temperature"),
        "draws": _("Sample {count:,} times").format(count=DRAWS),
    }


def _tab() -> str:
    """The part of the results that was chosen."""
    names = _parts()
    chosen = st.segmented_control(
        _("Part"),
        list(names),
        required=True,
        format_func=names.__getitem__,
        key="lab_part",
        on_change=explained(from_url("lab_part", list(names))),
        label_visibility="collapsed",
        wrap=True,
    )
    return chosen or "bars"


# --- before a class -----------------------------------------------------------------------


def _stage() -> str:
    return revealed() if revealed() in _STAGES else _STAGES[0]


def _presenting_bar() -> None:
    place = _STAGES.index(_stage())
    following, before = _STAGES[place + 1 : place + 2], _STAGES[:place][-1:]
    names = _parts() | {"bars": _("Reveal")}
    bar(
        names[following[0]] if following else _("Next"),
        (lambda: reveal(following[0])) if following else None,
        (lambda: reveal("" if before[0] == _STAGES[0] else before[0])) if before else None,
    )


# --- by temperature, and drawn ------------------------------------------------------------


def _over_temperature(
    backend: Backend, ids: tuple[int, ...], sampling: Sampling, top: list[int], log: bool
) -> None:
    logits = logits_after(backend, ids)
    heats = []
    for temperature in HEATS:
        shown = distribution(logits, replace(sampling, temperature=temperature))
        caption = _("T = {heat:g} · {bits:.2f} bits · {count:,} kept").format(
            heat=temperature,
            bits=entropy_bits(shown.probabilities),
            count=shown.kept_count,
        )
        heats.append(Heat(temperature, token_bars(tokenizer_of(backend), shown, top), caption))
    start = min(range(len(HEATS)), key=lambda i: abs(HEATS[i] - sampling.temperature))
    said = _(
        "The same tokens at temperatures from {least:g} to {most:g}, with top_p and top_k as set."
    ).format(least=HEATS[0], most=HEATS[-1])
    st.caption(distribution_legend(_("cut off")))
    plot(temperature_animation(heats, start, log), "lab_heat", alt=said)
    if not presented():
        st.caption(said)


def _draws(backend: Backend, shown: Distribution, top: list[int], step: int) -> None:
    tokenizer = tokenizer_of(backend)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        seed = seed_input()
        st.button(
            _("Sample again"),
            key="lab_again",
            icon=":material/casino:",
            on_click=explained(_next_seeds),
        )
    counts = reader_of(backend).draw_counts(shown.probabilities, seed, step, DRAWS)
    named = [i for i in top if shown.kept[i]]
    rows = [
        _draw_count(token_name(tokenizer, i), int(counts[i]), float(shown.probabilities[i]))
        for i in named
    ]
    if len(named) < shown.kept_count:
        rest = max(0.0, 1 - float(shown.probabilities[named].sum()))
        rows.append(_draw_count(_("all others"), DRAWS - int(counts[named].sum()), rest))
    said = verdict(chi_square(counts.tolist(), shown.probabilities.tolist()))
    st.markdown(said)
    st.caption(draws_legend())
    plot(draws_figure(rows), "lab_draws", alt=said)
    if not presented():
        st.caption(
            _(
                "Sampled exactly as in the chat, once with each seed from {first} to {last}, as "
                "token {number} of the answer."
            ).format(first=seed, last=(seed + DRAWS - 1) % (MAX_SEED + 1), number=step + 1)
        )


def _next_seeds() -> None:
    st.session_state["lab_seed"] = (st.session_state["lab_seed"] + DRAWS) % (MAX_SEED + 1)


def _draw_count(label: str, observed: int, probability: float) -> DrawCount:
    """The count of a token; its margin is that of a binomial count, normally approximated."""
    deviation = math.sqrt(DRAWS * probability * (1 - probability))
    return DrawCount(label, observed, DRAWS * probability, _CERTAINTY * deviation)


def verdict(result: ChiSquare) -> str:
    """What the test of the counts says in words, and the figures that it rests on."""
    if result.p_value is None:
        return _("One outcome is practically certain: there is nothing to test.")
    exact = _("χ² = {statistic:.1f}, {degrees} degrees of freedom, p = {p:.3f}").format(
        statistic=result.statistic, degrees=result.degrees, p=result.p_value
    )
    return f"{fairness(result.p_value)} :small[({exact})]"
