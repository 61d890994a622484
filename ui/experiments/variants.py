"""The first step of the form: the variants, side by side or one a tab."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import streamlit as st

from core.backends.backend import tokenizer_of
from core.backends.tokenizer import Tokenizer
from core.checks.rule import Rule
from core.engine.choices import split_model
from core.errors import NotFound
from core.experiments.draft import ExperimentForm, VariantForm
from core.experiments.prompt import Prompt, taken_from
from core.experiments.records import Experiment
from core.experiments.spec import MAX_VARIANTS
from core.experiments.template import PLAIN
from core.i18n import _
from core.personas.book import PersonaBook
from core.personas.text import PersonaEntry
from core.sampling.settings import MAX_TEMPERATURE
from ui.experiments.called import tools_field
from ui.experiments.models import against, loaded, offered, usual_model
from ui.experiments.state import Change, mine, typed_form, writing
from ui.prompts.shelf import prompt_shelf
from ui.shell import resources
from ui.shell.boundary import explained
from ui.shell.glossary import term
from ui.shell.held import held, held_choice, held_inside
from ui.shell.text import label, spoken

# More would be too narrow to write in
_SIDE_BY_SIDE = 3
_MOST_TOKENS = 4096
_LONGEST = 16
_MOST_TOP_K = 1000
# What the widgets of settings can show
_LIMITS: dict[str, tuple[float, float]] = {
    "temperature": (0.0, MAX_TEMPERATURE),
    "top_p": (0.05, 1.0),
    "top_k": (0, _MOST_TOP_K),
    "max_new_tokens": (1, _MOST_TOKENS),
}


def apply_change(saved: Experiment | None) -> None:
    """Do what a button asked of the variants, once all that was typed before it is kept."""
    change, mine().change = mine().change, None
    if change is None:
        return
    what, place = change
    form = typed_form(saved)
    if place < len(form.variants):
        changed = form.without(place) if what == "remove" else form.with_copy(place)
        writing(saved).keep(changed)


def variants_step(saved: Experiment | None, form: ExperimentForm) -> None:
    """Draw the variants."""
    many = len(form.variants)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("**" + _("1 · Variants") + "**", width="stretch")
        st.button(
            _("Add variant"),
            key="ex_add",
            icon=":material/add:",
            type="tertiary",
            disabled=many >= MAX_VARIANTS,
            help=_("A copy of the last one, to change one thing in. At most {most}.").format(
                most=MAX_VARIANTS
            ),
            on_click=explained(_ask_for),
            args=(("copy", many - 1),),
        )
    names = [label(one.name.strip() or "–") for one in form.variants]
    places = st.columns(many, gap="small") if many <= _SIDE_BY_SIDE else st.tabs(names)
    for number, (place, variant) in enumerate(zip(places, form.variants, strict=True)):
        with place, st.container(key=f"typed_variant_{number}", gap="xsmall"):
            _variant(saved, form, number, variant)


def _ask_for(change: Change) -> None:
    mine().change = change


def _keep(saved: Experiment | None, place: int, name: str) -> Callable[[Any], None]:
    def keep(value: Any) -> None:
        # The others as they are then: another tab may have changed them
        form, changed = typed_form(saved), {name: value}
        if place >= len(form.variants):
            return
        own = taken_from(form.variants[place].origin) is not None
        if name == "system" or (own and name in ("template", "follow_ups")):
            changed["origin"] = ""  # it is not what it was taken from any more
        writing(saved).keep(form.with_variant(place, **changed))

    return keep


def _variant(
    saved: Experiment | None, form: ExperimentForm, place: int, variant: VariantForm
) -> None:
    def field(name: str) -> dict[str, Any]:
        return held(f"ex_{name}_{place}", getattr(variant, name), _keep(saved, place, name))

    def inside(name: str) -> dict[str, Any]:
        key, limits = f"ex_{name}_{place}", _LIMITS.get(name, (None, None))
        return held_inside(key, getattr(variant, name), _keep(saved, place, name), *limits)

    usual = form.model or usual_model()
    no_tools, no_top_k = against(variant.model or usual)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.text_input(
            _("Name of the variant"),
            label_visibility="collapsed",
            placeholder=_("Name"),
            width="stretch",
            **field("name"),
        )
        _from_persona(saved, place, variant)
        tools_field(variant, place, _keep(saved, place, "tools"), inside("valid_calls"), no_tools)
        _more(saved, form, place)
    st.text_area(
        _("System message"),
        label_visibility="collapsed",
        placeholder=_("System message; empty for none"),
        height=104,
        **field("system"),
    )
    with st.container(horizontal=True, gap="xsmall", key=f"ex_line_{place}"):
        _question(variant, place, inside)
        _from_shelf(saved, place, variant, variant.model or usual)
        # The last, as it can be long
        keep_model = _keep(saved, place, "model")
        _settings(
            variant,
            place,
            inside,
            held_choice(f"ex_model_{place}", variant.model, keep_model),
            usual,
            no_top_k,
        )


def _more(saved: Experiment | None, form: ExperimentForm, place: int) -> None:
    with st.popover(
        spoken(_("More about this variant")),
        icon=":material/more_horiz:",
        type="tertiary",
        help=_("More about this variant"),
        key=f"ex_more_{place}",
    ):
        st.button(
            _("Copy"),
            key=f"ex_copy_{place}",
            icon=":material/content_copy:",
            type="tertiary",
            disabled=len(form.variants) >= MAX_VARIANTS,
            on_click=explained(_ask_for),
            args=(("copy", place),),
        )
        st.button(
            _("Remove"),
            key=f"ex_remove_{place}",
            icon=":material/delete:",
            type="tertiary",
            disabled=len(form.variants) == 1,
            on_click=explained(_ask_for),
            args=(("remove", place),),
        )


def _question(variant: VariantForm, place: int, field: Callable[[str], dict[str, Any]]) -> None:
    changed = variant.template != PLAIN or variant.follow_ups.strip()
    popover = st.popover(
        _("Question") + (" ●" if changed else ""),
        icon=":material/help:",
        type="tertiary",
        key=f"ex_question_{place}",
    )
    with popover, st.container(key=f"typed_question_{place}"):
        st.text_area(
            _("Question template"),
            height=90,
            help=_(
                "{example} stands for the question as you typed it. With a table, use any column "
                "by its name: {other}."
            ).format(example="`{{ input }}`", other="`{{ city }}`"),
            **field("template"),
        )
        st.text_area(
            _("Follow-up questions, one a line"),
            height=90,
            help=_("Each is asked after the answer to the one before, in the same conversation."),
            **field("follow_ups"),
        )


def _settings(
    variant: VariantForm,
    place: int,
    field: Callable[[str], dict[str, Any]],
    model: dict[str, Any],
    usual: str,
    no_top_k: str | None,
) -> None:
    """A popover with the settings of a variant. model: the key and so on of its model. no_top_k:
    why that is not sent, where it is not."""
    with st.popover(
        _settings_line(variant, usual),
        icon=":material/tune:",
        type="tertiary",
        key=f"ex_settings_{place}",
    ):
        st.slider(
            _("temperature"), 0.0, 2.0, step=0.05, help=term("temperature"), **field("temperature")
        )
        st.slider(_("top_p"), 0.05, 1.0, step=0.05, help=term("top_p"), **field("top_p"))
        st.number_input(
            _("top_k"),
            0,
            _MOST_TOP_K,
            disabled=no_top_k is not None,
            help=_("0 is off."),
            **field("top_k"),
        )
        if no_top_k:
            st.caption(label(no_top_k))
        st.number_input(
            _("max_new_tokens"),
            1,
            _MOST_TOKENS,
            step=32,
            help=term("max_new_tokens"),
            **field("max_new_tokens"),
        )
        names = {"": _("as the experiment"), **offered(variant.model)}
        st.selectbox(
            _("Model"),
            list(names),
            index=list(names).index(variant.model),
            format_func=names.__getitem__,
            **model,
        )


def _settings_line(variant: VariantForm, usual: str) -> str:
    """What it is asked with; the model where it is another than that of the experiment."""
    said = _("temperature {temperature:g} · top_p {top_p:g}").format(
        temperature=variant.temperature, top_p=variant.top_p
    )
    name, precision = split_model(usual)
    if split_model(variant.model or usual) not in ((name, precision), (name, "auto")):
        said = f"{label(resources.called(variant.model))} · {said}"
    return said


# --- from a persona -----------------------------------------------------------------------


def _from_persona(saved: Experiment | None, place: int, variant: VariantForm) -> None:
    book = PersonaBook(resources.store().personas)
    taken = _origin(book, variant)
    with st.popover(
        label(_cut(taken.text.name)) if taken else _("Persona"),
        icon=":material/theater_comedy:",
        type="tertiary",
        help=_("Take the system message from a persona"),
    ):
        entries = {entry.id: entry for entry in book.list()}
        key = f"ex_persona_{place}"
        # Chosen once, to be changed afterwards: the box offers it again
        st.session_state[key] = None

        def take() -> None:
            entry = entries.get(st.session_state[key])
            if entry:
                _take(saved, place, book, entry)

        st.selectbox(
            _("Take the system message from"),
            list(entries),
            format_func=lambda id: entries[id].text.name,
            placeholder=_("Choose a persona"),
            key=key,
            on_change=explained(take),
        )


def _take(saved: Experiment | None, place: int, book: PersonaBook, entry: PersonaEntry) -> None:
    form = typed_form(saved)
    versions = book.versions(entry.id)
    version = versions[0][0].number if versions else 0
    names = {one.name for one in form.variants}
    changed: dict[str, Any] = {
        "system": entry.text.system,
        "origin": f"persona {entry.id} {version}",
    }
    # A name of its own stays
    if len(form.variants[place].name.strip()) < 2 and entry.text.name not in names:
        changed["name"] = entry.text.name
    writing(saved).keep(form.with_variant(place, **changed))


def persona_rules(form: ExperimentForm) -> tuple[str, tuple[Rule, ...]] | None:
    """The contract of the first persona among the variants that has one, and its name."""
    book = PersonaBook(resources.store().personas)
    for variant in form.variants:
        entry = _origin(book, variant)
        if entry and entry.text.contract:
            return entry.text.name, entry.text.contract
    return None


def _origin(book: PersonaBook, variant: VariantForm) -> PersonaEntry | None:
    kind, _space, rest = variant.origin.partition(" ")
    with suppress(NotFound):
        return book.get(rest.rsplit(" ", 1)[0]) if kind == "persona" else None
    return None


def _from_shelf(saved: Experiment | None, place: int, variant: VariantForm, model: str) -> None:
    def tokenizer() -> Tokenizer | None:
        backend = loaded(model)
        return tokenizer_of(backend) if backend and "token_ids" in backend.can else None

    def use(prompt: dict[str, Any]) -> None:
        writing(saved).keep(typed_form(saved).with_variant(place, **prompt))

    said, popover = _("Keep this prompt, or take one that you kept"), f"ex_shelf_{place}"

    def close() -> None:
        st.session_state[popover] = False

    with st.popover(
        spoken(said),
        icon=":material/bookmarks:",
        type="tertiary",
        help=said,
        key=popover,
        on_change="rerun",
    ):
        now = Prompt(variant.system, variant.template, variant.follow_ups)
        current = now.to_dict() | {"origin": variant.origin}
        prompt_shelf(str(place), current, use, tokenizer, close)


def _cut(name: str) -> str:
    """A name that leaves room for that of the variant."""
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"
