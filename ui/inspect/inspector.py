"""The token inspector: an answer as coloured tokens, and what the model thought at each of them.

It stands under chat answers, under cells of the grid, under branches, and alone in the
playground. All numbers are those of the loaded model.
"""

from collections.abc import Sequence

import streamlit as st

from core.backends.backend import Backend, lacking, tokenizer_of
from core.branches.records import Origin
from core.i18n import _, ngettext, sentences
from core.models.plan import called as precision_called
from core.sampling.settings import Sampling
from core.tokens.inspection import (
    MEASURES,
    InspectedToken,
    Inspection,
    TokenMeasure,
    encoded_answer,
    inspect,
)
from core.tokens.pieces import visible
from ui.charts.tokens import (
    NEGLIGIBLE,
    alternatives_figure,
    drawn_rows,
    measure_help,
    measure_name,
)
from ui.charts.words import choice, percent, times
from ui.inspect.branching import branch_controls, branch_left
from ui.inspect.token_strip import token_strip
from ui.shell import resources
from ui.shell.boundary import boundary
from ui.shell.page import can
from ui.shell.plot import plot
from ui.shell.text import label, lines


def inspector(
    backend: Backend,
    prompt_ids: Sequence[int],
    answer_ids: Sequence[int],
    sampling: Sampling,
    key: str,
    origin: Origin,
) -> None:
    """Draw the inspector of one answer; an explained error is shown in its place.

    sampling: what the answer was, or would be, drawn with. key: unique on the page. origin:
    where the answer comes from; its text is encoded anew when another model wrote it, or one that
    gives no tokens.
    """
    if not can(backend, "token_ids", "logits"):
        return
    with boundary():
        answer = _fitting(backend, answer_ids, origin)
        if not answer:
            st.caption(_("There are no tokens to inspect."))
            return
        with st.spinner(_("Reading the answer…")):
            seen = _seen(
                backend.facts.identity, tuple(prompt_ids), answer, _drawing(sampling), backend
            )
        measure = _measure(key)
        picked = token_strip(seen, measure, f"{key}_strip")
        st.caption(_summary(seen))
        estimated = lacking(backend, "exact_answers")
        if estimated:
            st.caption(lines(estimated))
        if picked is None:
            st.caption(_("Choose a token to see its alternatives."))
        else:
            _detail(picked, seen, key)
            branch_controls(backend, picked, sampling, key)
        # Below what was clicked for it
        branch_left(backend, prompt_ids, answer, sampling, key, origin)


def _fitting(backend: Backend, answer_ids: Sequence[int], origin: Origin) -> tuple[int, ...]:
    """The answer's ids in the vocabulary of the loaded model."""
    facts = backend.facts
    called = label(facts.called)
    own = origin.model in ("", facts.name)
    if not own:
        st.info(
            _(
                "{model} wrote this answer, and {loaded} is used here: the numbers are those of "
                "{loaded}, for the same text in its own tokens."
            ).format(model=label(resources.called(origin.model)), loaded=called),
            icon=":material/swap_horiz:",
        )
    elif origin.precision not in ("auto", "", facts.precision):
        st.info(
            _(
                "{model} wrote this text in {before}, and is used here in {now}: the numbers are "
                "those of {now}, and differ slightly."
            ).format(
                model=called,
                before=precision_called(origin.precision),
                now=precision_called(facts.precision),
            ),
            icon=":material/swap_horiz:",
        )
    if own and answer_ids:
        return tuple(answer_ids)
    if origin.model and own and origin.text:
        st.caption(
            _(
                "{model} did not report the tokens of this answer: its text was split into tokens "
                "here, perhaps in another way than it was written."
            ).format(model=called)
        )
    return encoded_answer(tokenizer_of(backend), origin.text, origin.chat) if origin.text else ()


@st.cache_resource(show_spinner=False, max_entries=24)
def _seen(
    model: str,
    prompt_ids: tuple[int, ...],
    answer_ids: tuple[int, ...],
    sampling: Sampling,
    _backend: Backend,
) -> Inspection:
    return inspect(_backend, prompt_ids, answer_ids, sampling)


def _drawing(sampling: Sampling) -> Sampling:
    """The settings that the distributions depend on, and no others: what the cache goes by."""
    return Sampling(temperature=sampling.temperature, top_p=sampling.top_p, top_k=sampling.top_k)


def _measure(key: str) -> TokenMeasure:
    chosen = st.segmented_control(
        _("Colour by"),
        MEASURES,
        default="probability",
        required=True,
        format_func=measure_name,
        key=f"{key}_measure",
        persist_state="session",
    )
    st.caption(measure_help(chosen))
    return chosen


def _summary(seen: Inspection) -> str:
    entropy = sum(token.entropy for token in seen.tokens) / len(seen.tokens)
    likeliest = sum(token.rank == 1 for token in seen.tokens)
    return " · ".join(
        [
            _("{count} tokens").format(count=len(seen.tokens)),
            _("mean log-probability {value:z.2f}").format(value=seen.mean_logprob),
            _("mean entropy {bits:.1f} bits").format(bits=entropy),
            _("{count} ranked first").format(count=likeliest),
        ]
    )


def _detail(token: InspectedToken, seen: Inspection, key: str) -> None:
    st.markdown(
        "#### "
        + _("Token {position}: {piece}").format(
            position=token.position + 1, piece=label(visible(token.own.text))
        )
    )
    facts = [
        (_("Probability"), percent(token.own.raw)),
        (_("Log-probability"), f"{token.own.logprob:z.2f}"),
        (_("Rank"), str(token.rank)),
        (_("Surprisal"), _("{bits:.1f} bits").format(bits=token.surprise)),
        (_("Entropy"), _("{bits:.1f} bits").format(bits=token.entropy)),
        (_("Probability kept"), percent(token.kept_mass)),
    ]
    with st.container(horizontal=True, gap="medium"):
        for name, value in facts:
            st.markdown(f":small[{name}]  \n**{value}**", width="content")
    st.caption(
        _(
            "The model itself would write this token **{often}** here; the choice was {open}."
        ).format(often=times(token.own.raw), open=choice(token.entropy))
        + "  \n"
        + _drawn_from(token, seen.sampling)
    )
    plot(
        alternatives_figure(token, seen.sampling.greedy),
        f"{key}_chart_{token.position}",
        alt=_("The most likely alternatives to the token, before and after the cutoff"),
    )
    folded = len(token.top) - len(drawn_rows(token))
    if folded:
        st.caption(
            ngettext(
                "{count} more alternative below {share} is not shown.",
                "{count} more alternatives below {share} each are not shown.",
                folded,
            ).format(count=folded, share=percent(NEGLIGIBLE))
        )


def _drawn_from(token: InspectedToken, sampling: Sampling) -> str:
    if sampling.greedy:
        said = _("At temperature 0 only the most likely token can be chosen.")
    else:
        said = ngettext(
            "Temperature {temperature:g}, top_p {top_p:g} and top_k {top_k} keep {count} token, "
            "with {share} of the probability.",
            "Temperature {temperature:g}, top_p {top_p:g} and top_k {top_k} keep {count} tokens, "
            "with {share} of the probability.",
            token.kept_count,
        ).format(
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            top_k=sampling.top_k or _("off"),
            count=token.kept_count,
            share=percent(token.kept_mass),
        )
    if not token.own.kept:
        said = sentences((said, _("With these settings this token could not have been sampled.")))
    return said
