"""What stands above the form of a first experiment: what one gets, and points to start from."""

from collections.abc import Sequence, Set
from dataclasses import dataclass

import streamlit as st

from core.engine.choices import usable
from core.experiments.draft import ExperimentForm, VariantForm
from core.experiments.samples import Sample, samples
from core.experiments.spec import Row
from core.experiments.table import rows_of
from core.i18n import _, language
from ui.experiments.state import writing
from ui.shell import resources
from ui.shell.boundary import explained


@dataclass(frozen=True, slots=True)
class StartingPoint:
    """An experiment to start from, ready to run. about: what it shows, in a sentence."""

    name: str
    title: str
    about: str
    form: ExperimentForm
    rows: tuple[Row, ...]


def starting_points(here: Set[str]) -> Sequence[StartingPoint]:
    """All of them, the best first. here: the names of the models that are."""
    questions = (
        _("What is temperature?"),
        _("What does top_p do?"),
        _("What is a token?"),
        _("What is a seed?"),
        _("Who are you?"),
        _("Tell me a short story about a fox."),
    )
    cold, warm = (
        VariantForm(name, temperature=temperature, max_new_tokens=64)
        for name, temperature in ((_("cold"), 0.2), (_("warm"), 1.2))
    )
    own = StartingPoint(
        "temperature",
        _("Cold or warm"),
        _("Six questions at two temperatures: does a low one keep answers steadier?"),
        ExperimentForm(title=_("Cold or warm"), variants=(cold, warm)),
        rows_of({"input": question} for question in questions),
    )
    shipped = [_of(one) for one in samples() if set(one.models) <= here]
    # Those that ship ask in English
    return [own, *shipped] if language() == "zh" else shipped or [own]


def _of(sample: Sample) -> StartingPoint:
    spec = sample.spec
    form = ExperimentForm(
        title=sample.title,
        variants=tuple(VariantForm.of(one) for one in spec.variants),
        rules=spec.rules,
        tries=spec.tries,
        seed=spec.seed,
    )
    return StartingPoint(sample.name, sample.title, sample.about, form, spec.rows)


def start() -> None:
    """Draw it, as long as nothing is written."""
    st.write(
        _(
            "Compare wordings, settings or models over the same questions, several tries each. You "
            "read **which differences are real and which are luck**, and every figure leads to the "
            "answers behind it."
        )
    )
    here = {entry.name for entry in usable(resources.settings())}
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="ex_samples"):
        st.caption(_("Start from:"), width="content")
        for point in starting_points(here):
            st.button(
                point.title,
                key=f"sample_{point.name}",
                icon=":material/science:",
                type="tertiary",
                help=point.about,
                on_click=explained(_take),
                args=(point,),
            )


def _take(point: StartingPoint) -> None:
    new = writing(None)
    new.keep(point.form)
    new.keep_rows(point.rows)
    new.keep_typed("lines", None)
