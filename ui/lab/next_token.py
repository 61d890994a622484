"""What the lab and stepping share: the settings, the distribution of the next token, its words.

Settings are in the URL. The logits after a text are kept, so that a slider costs arithmetic only.
"""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from core.backends.backend import Backend, Logits, lacking, reader_of
from core.backends.tokenizer import Tokenizer
from core.i18n import _, ngettext, sentences
from core.sampling.distribution import Distribution, distribution, entropy_bits, tail_mass
from core.sampling.settings import MAX_SEED, MAX_TEMPERATURE, Sampling
from ui.charts.distribution import TokenBar
from ui.charts.tokens import token_label
from ui.charts.words import openness, percent
from ui.shell.text import lines

_MOST_TOP_K = 100


def temperature_slider() -> float:
    return st.slider(
        _("Temperature"),
        0.0,
        MAX_TEMPERATURE,
        0.8,
        0.05,
        key="lab_temperature",
        bind="query-params",
        help=_("Divides the logits: 0 always chooses the most likely token, 2 is wild."),
    )


def top_p_slider() -> float:
    return st.slider(
        _("top_p"),
        0.01,
        1.0,
        0.8,
        0.01,
        key="lab_top_p",
        bind="query-params",
        help=_(
            "Keeps the smallest set of most likely tokens whose probabilities add up to p; 1 "
            "is off."
        ),
    )


def top_k_slider() -> int:
    return st.slider(
        _("top_k"),
        0,
        _MOST_TOP_K,
        0,
        key="lab_top_k",
        bind="query-params",
        help=_("Keeps the k most likely tokens; 0 is off."),
    )


def seed_input() -> int:
    return st.number_input(
        _("Seed"), 0, MAX_SEED, 0, key="lab_seed", bind="query-params", step=1, width=180
    )


def estimate_said(backend: Backend) -> None:
    """Say that a part of the distribution is an estimate, where it is."""
    reason = lacking(backend, "exact_next")
    if reason:
        st.caption(lines(reason))


def logits_after(backend: Backend, ids: Sequence[int]) -> Logits:
    """The logits of the token after `ids`, (vocabulary,), from a forward pass or from before.

    A text that goes on from the last one is not read anew. Raises what `Scorer.check_text` raises.
    """
    return _logits(backend.facts.identity, tuple(ids), backend)


@st.cache_resource(max_entries=256, show_spinner=False)
def _logits(model: str, ids: tuple[int, ...], _backend: Backend) -> Logits:
    return reader_of(_backend).going_on_logits(ids)


def distribution_after(backend: Backend, ids: Sequence[int], sampling: Sampling) -> Distribution:
    """The distribution of the token after `ids`."""
    return distribution(logits_after(backend, ids), sampling)


def token_name(tokenizer: Tokenizer, token_id: int) -> str:
    """A token in a word: its label, or what it does where it ends an answer."""
    if token_id in tokenizer.stop_ids:
        return _("(the end)")
    return token_label(tokenizer.piece(token_id))


def token_bars(tokenizer: Tokenizer, shown: Distribution, ids: Sequence[int]) -> list[TokenBar]:
    """The tokens `ids` as bars."""
    raw = shown.raw
    return [
        TokenBar(
            label=token_name(tokenizer, i),
            before=float(raw[i]),
            warmed=float(shown.tempered[i]),
            after=float(shown.probabilities[i]),
        )
        for i in ids
    ]


def chart_in_words(bars: Sequence[TokenBar]) -> str:
    """The chart of these bars for who cannot see it."""
    said = ", ".join(f"{one.label} {percent(one.after)}" for one in bars[:3])
    return _("The most likely next tokens, before and after the settings: {tokens}, …").format(
        tokens=said
    )


def cut_by(shown: Distribution) -> str:
    """Which setting cuts the likeliest of the tokens that are cut; empty where none is."""
    if shown.sampling.greedy or shown.kept.all():
        return ""
    first = int(np.where(shown.kept, -np.inf, shown.logprobs).argmax())
    by_top_k = not shown.in_top_k[first]
    name = f"top_k {shown.sampling.top_k}" if by_top_k else f"top_p {shown.sampling.top_p:g}"
    return _("cut off by {setting}").format(setting=name)


def figures(shown: Distribution, count: int) -> None:
    """Draw the figures of a distribution: after the settings, and how that differs from before."""
    before, after = entropy_bits(shown.raw), entropy_bits(shown.probabilities)
    size = len(shown.kept)
    with st.container(horizontal=True, gap="medium"):
        _figure(
            _("Entropy (bits)"),
            f"{after:.2f}",
            _("before {bits:.2f}").format(bits=before),
            _(
                "How open the choice is: 0 is certain, 1 is a coin flip, {most:.0f} means that all "
                "tokens are equally likely."
            ).format(most=np.log2(size)),
        )
        _figure(
            _("Perplexity"),
            f"{2**after:.1f}",
            _("before {value:.1f}").format(value=2**before),
            _(
                "2 to the power of the entropy: the number of equally likely tokens that would "
                "leave the choice just as open."
            ),
        )
        _figure(
            _("Nucleus"),
            f"{shown.kept_count:,}",
            _("of {size:,} tokens").format(size=size),
            _("How many tokens can be sampled after top_k and top_p."),
        )
        _figure(
            _("Probability kept"),
            percent(shown.kept_mass),
            _("{mass} cut off").format(mass=percent(shown.cut_mass)),
            _("The probability, after temperature, of all tokens that are kept."),
        )
        _figure(
            _("Tail"),
            percent(tail_mass(shown.probabilities, count)),
            _("before {mass}").format(mass=percent(tail_mass(shown.raw, count))),
            _("The probability of all tokens that are not among the {count} shown.").format(
                count=count
            ),
        )


def _figure(label: str, value: str, note: str, explained: str) -> None:
    st.metric(
        label,
        value,
        delta=note,
        delta_color="off",
        delta_arrow="off",
        help=explained,
        width="content",
    )


def cut_explained(shown: Distribution, best: TokenBar) -> str:
    """What the settings did to this distribution, in two sentences, a line each.

    best: the bar of the likeliest token, so that the words and the chart say the same of it.
    """
    return f"{_heat_sentence(shown, best)}  \n{_cut_sentence(shown, best)}"


def openness_explained(shown: Distribution) -> str:
    """How open the choice is after the settings, and before, in one sentence."""
    return openness(entropy_bits(shown.raw), entropy_bits(shown.probabilities))


def _heat_sentence(shown: Distribution, best: TokenBar) -> str:
    heat = shown.sampling.temperature
    if shown.sampling.greedy:
        return _("Temperature 0 always chooses the most likely token.")
    if heat == 1:
        return _("Temperature 1 leaves the model's probabilities unchanged.")
    said = (
        _("Temperature {heat:g} sharpens: the most likely token goes from {before} to {after}.")
        if heat < 1
        else _(
            "Temperature {heat:g} flattens: the most likely token goes from {before} to {after}."
        )
    )
    return said.format(heat=heat, before=percent(best.before), after=percent(best.warmed))


def _cut_sentence(shown: Distribution, best: TokenBar) -> str:
    sampling, size = shown.sampling, len(shown.kept)
    if sampling.greedy:
        return _("top_k and top_p have no effect then.")
    names = []
    if 0 < sampling.top_k < size:
        names.append(f"top_k {sampling.top_k}")
    if sampling.top_p < 1:
        names.append(f"top_p {sampling.top_p:g}")
    if not names or shown.kept_count == size:
        return _("Nothing is cut off: any of the {size:,} tokens can be sampled.").format(size=size)
    said = ngettext(
        "The cutoff ({settings}) keeps {count:,} of {size:,} tokens, which holds {mass} of the "
        "probability.",
        "The cutoff ({settings}) keeps {count:,} of {size:,} tokens, which hold {mass} of the "
        "probability.",
        shown.kept_count,
    ).format(
        settings=", ".join(names),
        count=shown.kept_count,
        size=size,
        mass=percent(shown.kept_mass),
    )
    shared = ngettext(
        "What was cut goes to it: it now has {after}.",
        "What was cut is shared among them: the most likely token goes on to {after}.",
        shown.kept_count,
    ).format(after=percent(best.after))
    return sentences((said, shared))
