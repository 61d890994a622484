"""The inspector of one answer of an experiment, under what it was opened from."""

import streamlit as st

from core.backends.backend import tokenizer_of
from core.branches.records import Origin
from core.engine.choices import split_model
from core.experiments.records import Experiment
from core.experiments.run import request_of
from core.i18n import _
from ui.experiments.models import loaded
from ui.experiments.reading_state import INSPECT, open_answer, open_place, question_title
from ui.inspect.inspector import inspector
from ui.shell import resources
from ui.shell.boundary import boundary, explained
from ui.shell.page import can
from ui.shell.text import label

_SCROLL = "document.querySelector('.st-key-answer_panel')?.scrollIntoView({block: 'start'})"


def inspected_answer(experiment: Experiment) -> None:
    """Draw the inspector of the last turn of the answer that the URL names."""
    place = open_place(experiment.spec)
    if place is None:
        st.query_params.pop(INSPECT, None)
        return
    with st.container(border=True, key="answer_panel"), boundary():
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"#### {question_title(experiment.spec, place.row)} · "
                + label(experiment.spec.variants[place.variant].name),
                width="stretch",
            )
            st.button(
                _("Read"),
                key="answer_read",
                type="tertiary",
                on_click=explained(open_answer),
                args=(place,),
            )
            st.button(
                _("Close the inspector"),
                key="answer_close",
                icon=":material/close:",
                type="tertiary",
                on_click=explained(open_answer),
                args=(None,),
            )
        given = resources.store().experiments.answer(experiment, place)
        backend = loaded(experiment.model_of(place.variant))
        if backend is None:
            st.info(_("Load the model to look at the answer token by token."))
            return
        if not can(backend, "token_ids", "logits") or not any(given.texts[-1:]):
            return
        st.html(f"<script>{_SCROLL}</script>", unsafe_allow_javascript=True)
        request = request_of(
            experiment.spec,
            place,
            given.texts[:-1],
            given.between[:-1],
            [one.message for one in given.called(len(given.texts) - 1)],
        )
        name, precision = split_model(experiment.model_of(place.variant))
        origin = Origin(
            "cell",
            f"{experiment.id}/{'/'.join(map(str, place))}",
            experiment.spec.rows[place.row].title,
            given.model or name,
            given.texts[-1],
            precision=precision,
        )
        with resources.host().keep(backend):
            inspector(
                backend,
                tokenizer_of(backend).prompt_ids(
                    list(request.messages or ()), [dict(one) for one in request.tools] or None
                ),
                (),
                request.sampling,
                "answer_" + "_".join(map(str, place)),
                origin,
            )
