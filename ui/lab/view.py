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
    draws_figure,
    temperature_animation,
)
from ui.lab.next_token import (
    cut_by,
    distribution_after,
    explained,
    figures,
    logits_after,
    seed_input,
    temperature_slider,
    token_bars,
    token_name,
    top_k_slider,
    top_p_slider,
)
from ui.lab.prefix_form import prefix_form
from ui.shell.page import boundary, can, still

DRAWS = 1000
HEATS = tuple(round(0.1 * i, 1) for i in range(1, 21))
_CERTAINTY = 1.96  # standard deviations that hold 95 of 100 trials


def lab_view(backend: Backend) -> None:
    """Draw the view."""
    if not can(backend, "token_ids", "logits"):
        return
    with boundary():
        prefix, tokenizer = prefix_form(), tokenizer_of(backend)
        begun = prefix.begun_ids(tokenizer)
        ids = (*prefix.prompt_ids(tokenizer), *begun)
        with st.spinner(_("Reading the prompt…")):
            logits_after(backend, ids)
        _lab(backend, ids, len(begun))


@st.fragment
def _lab(backend: Backend, ids: tuple[int, ...], step: int) -> None:
    """The part that a slider draws anew. ids: what comes before the next token, which is token
    number `step` of an answer."""
    still(backend)
    head = st.container()
    controls, results = st.columns([1, 2.6], gap="large")
    with controls:
        sampling = Sampling(temperature_slider(), top_p_slider(), top_k_slider())
        count = st.slider(_("Tokens shown"), 5, 50, 20, key="lab_count", bind="query-params")
        log = st.toggle(_("Log scale"), key="lab_log", bind="query-params")
    with results, boundary():
        shown = distribution_after(backend, ids, sampling)
        top = shown.top(count)
        with head:
            figures(shown, count)
            st.caption(explained(shown))
        settings, heat, draws = st.tabs(
            [
                _("Before and after"),
                _("By temperature"),
                _("Sample {count:,} times").format(count=DRAWS),
            ],
            key="lab_tab",
            on_change="rerun",
        )
        if settings.open:
            with settings:
                figure = distribution_bars(
                    token_bars(tokenizer_of(backend), shown, top), log, cut_by(shown)
                )
                st.plotly_chart(figure, key="lab_bars", config={"displayModeBar": False})
        if heat.open:
            with heat:
                _over_temperature(backend, ids, sampling, top, log)
        if draws.open:
            with draws:
                _draws(backend, shown, top, step)


def _over_temperature(
    backend: Backend, ids: tuple[int, ...], sampling: Sampling, top: list[int], log: bool
) -> None:
    st.caption(
        _(
            "The same tokens at temperatures from {least:g} to {most:g}, with top_p and top_k as "
            "set."
        ).format(least=HEATS[0], most=HEATS[-1])
    )
    logits = logits_after(backend, ids)
    heats = []
    for temperature in HEATS:
        shown = distribution(logits, replace(sampling, temperature=temperature))
        caption = _("temperature {heat:g}: {bits:.2f} bits, {count:,} tokens kept").format(
            heat=temperature,
            bits=entropy_bits(shown.probabilities),
            count=shown.kept_count,
        )
        heats.append(Heat(temperature, token_bars(tokenizer_of(backend), shown, top), caption))
    start = min(range(len(HEATS)), key=lambda i: abs(HEATS[i] - sampling.temperature))
    st.plotly_chart(
        temperature_animation(heats, start, log), key="lab_heat", config={"displayModeBar": False}
    )


def _draws(backend: Backend, shown: Distribution, top: list[int], step: int) -> None:
    tokenizer = tokenizer_of(backend)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        seed = seed_input()
        st.button(
            _("Sample again"), key="lab_again", icon=":material/casino:", on_click=_next_seeds
        )
    counts = reader_of(backend).draw_counts(shown.probabilities, seed, step, DRAWS)
    st.caption(
        _(
            "Sampled exactly as in the chat, once with each seed from {first} to {last}, as token "
            "{number} of the answer."
        ).format(first=seed, last=(seed + DRAWS - 1) % (MAX_SEED + 1), number=step + 1)
    )
    st.caption(_verdict(chi_square(counts.tolist(), shown.probabilities.tolist())))
    named = [i for i in top if shown.kept[i]]
    rows = [
        _draw_count(token_name(tokenizer, i), int(counts[i]), float(shown.probabilities[i]))
        for i in named
    ]
    if len(named) < shown.kept_count:
        rest = max(0.0, 1 - float(shown.probabilities[named].sum()))
        rows.append(_draw_count(_("all others"), DRAWS - int(counts[named].sum()), rest))
    st.plotly_chart(draws_figure(rows), key="lab_draws", config={"displayModeBar": False})


def _next_seeds() -> None:
    st.session_state["lab_seed"] = (st.session_state["lab_seed"] + DRAWS) % (MAX_SEED + 1)


def _draw_count(label: str, observed: int, probability: float) -> DrawCount:
    """The count of a token; its margin is that of a binomial count, normally approximated."""
    deviation = math.sqrt(DRAWS * probability * (1 - probability))
    return DrawCount(label, observed, DRAWS * probability, _CERTAINTY * deviation)


def _verdict(result: ChiSquare) -> str:
    if result.p_value is None:
        return _("One outcome is practically certain: there is nothing to test.")
    return _(
        "χ² = {statistic:.1f} with {degrees} degrees of freedom: fair sampling differs this much "
        "or more in {share} of trials."
    ).format(
        statistic=result.statistic, degrees=result.degrees, share=f"{100 * result.p_value:.0f} %"
    )
