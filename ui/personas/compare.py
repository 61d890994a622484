"""The comparison: one question, one seed, two system messages. The last one stays on the page."""

from collections.abc import Hashable, Sequence
from functools import partial
from typing import Any

import streamlit as st

from core.backends.backend import Backend, tokenizer_of
from core.cases.run import stream
from core.errors import PromptLabError
from core.i18n import _
from core.jobs import Job
from core.personas.book import PersonaBook
from core.personas.default_system import default_system
from core.personas.edits import Edits
from core.personas.text import PersonaEntry
from core.personas.trials import Comparison, ComparisonKeeper, Trials, Tried
from ui.personas.answer import answer_facts, answer_text, settings_line
from ui.personas.contract import Promise
from ui.personas.preview import first_question, open_in_chat, shown
from ui.personas.settings import trial_settings
from ui.personas.state import PersonaState
from ui.shell import resources
from ui.shell.boundary import boundary, explained
from ui.shell.held import held
from ui.shell.membership import check_may_start
from ui.shell.session import state
from ui.shell.stream import draw_many, say
from ui.shell.text import label, lines

ALONE = "without"
SAVED = "as saved"


def compare(
    backend: Backend,
    book: PersonaBook,
    edits: Edits,
    entry: PersonaEntry,
    system: str,
    questions: Sequence[str],
    promise: Promise,
) -> None:
    """Draw the form and the last comparison. system, questions, promise: as they stand in the
    editor."""
    now, trials = state(PersonaState), Trials(resources.store().drafts)
    trial_settings(trials)
    others = _others(backend, book, edits, entry)
    other = _other(backend, entry, others)
    last = trials.comparison(entry.id)
    _form(backend, trials, entry, questions, last)
    question, refused = now.to_compare.pop(entry.id, None), None
    if question is not None:
        titles = (plain_title(edits, entry), others[other][0])
        try:
            last = _begin(backend, trials, entry.id, question, titles, (system, others[other][1]))
        except PromptLabError as error:
            refused = str(error)
    if refused:
        st.error(lines(refused), icon=":material/error:")
    if last:
        _results(entry, last, promise)


def plain_title(edits: Edits, entry: PersonaEntry) -> str:
    """What a persona is called on its side of a comparison."""
    name = edits.now(entry)["name"].strip() or entry.text.name
    return _("{name}, unsaved").format(name=name) if "system" in edits.changed(entry) else name


def _key(persona_id: str) -> Hashable:
    return "compare", resources.store().space, persona_id


# --- the form -----------------------------------------------------------------------------


def _others(
    backend: Backend, book: PersonaBook, edits: Edits, entry: PersonaEntry
) -> dict[str, tuple[str, str]]:
    """What can stand on the other side, by its id: what it is called, and its system message."""
    found = {}
    if "system" in edits.changed(entry):
        found[SAVED] = _("{name}, as saved").format(name=entry.text.name), entry.text.system
    own = _own_system(backend)
    found[ALONE] = (_("the model's default") if own else _("no system message"), "")
    for one in book.list():
        if one.id != entry.id:
            found[one.id] = plain_title(edits, one), edits.now(one)["system"]
    return found


def _own_system(backend: Backend) -> str:
    return default_system(tokenizer_of(backend)) if "token_ids" in backend.can else ""


def _other(backend: Backend, entry: PersonaEntry, others: dict[str, tuple[str, str]]) -> str:
    """The choice of the other side: two wordings of one persona, where there are two."""
    now = state(PersonaState)

    def keep(other: str) -> None:
        now.others[entry.id] = other

    wanted = now.others.get(entry.id)
    chosen: str = st.selectbox(
        _("Compare with"),
        list(others),
        format_func=lambda one: others[one][0],
        **held(
            f"compare_with_{entry.id}", wanted if wanted in others else next(iter(others)), keep
        ),
    )
    own = _own_system(backend) if chosen == ALONE else ""
    if own:
        st.caption(
            _(
                "Without a system message the chat format of {model} adds one of its own: "
                "“{message}”"
            ).format(model=label(backend.facts.called), message=label(own))
        )
    return chosen


def _form(
    backend: Backend,
    trials: Trials,
    entry: PersonaEntry,
    questions: Sequence[str],
    last: Comparison | None,
) -> None:
    now = state(PersonaState)
    said = shown(backend, trials, entry.id)
    typed = [one.question for one in said if one.question not in questions][-1:]
    offered = [*(questions or (first_question(()),)), *typed]

    def ask(question: str) -> None:
        now.questions[entry.id] = now.to_compare[entry.id] = question

    def keep(question: str) -> None:
        now.questions[entry.id] = question

    def ask_typed() -> None:
        ask(st.session_state[f"compare_question_{entry.id}"])

    with st.container(key="persona_questions", horizontal=True, gap="xsmall"):
        for number, text in enumerate(offered):
            st.button(
                label(text),
                key=f"compare_{entry.id}_{number}",
                on_click=explained(ask),
                args=(text,),
            )
    before = last.sides[0].question if last else (typed or offered)[0]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            _("Question"),
            label_visibility="collapsed",
            placeholder=_("Another question"),
            **held(f"compare_question_{entry.id}", now.questions.get(entry.id, before), keep),
        )
        st.button(
            _("Compare"),
            key="compare",
            type="primary",
            icon=":material/compare_arrows:",
            on_click=explained(ask_typed),
        )


def _begin(
    backend: Backend,
    trials: Trials,
    persona_id: str,
    question: str,
    titles: tuple[str, str],
    systems: tuple[str, str],
) -> Comparison:
    """Ask both; what is refused leaves the last comparison as it is."""
    facts, sampling = backend.facts, trials.settings().with_seed()
    one, other = (
        Tried(question, system, sampling, facts.name, facts.precision) for system in systems
    )
    requests = [one.request(tag=0), other.request(tag=1)]
    for request in requests:
        backend.check(request)
    key = _key(persona_id)
    check_may_start()
    resources.jobs().forget(key)
    before = trials.comparison(persona_id)
    keeper = ComparisonKeeper(trials, persona_id, Comparison(titles, (one, other)))
    keeper.begin()
    try:
        resources.start(key, backend, partial(stream, backend, requests, keeper))
    except PromptLabError:
        if before:
            trials.keep_comparison(persona_id, before)
        raise
    return keeper.comparison


# --- the answers --------------------------------------------------------------------------


def _results(entry: PersonaEntry, last: Comparison, promise: Promise) -> None:
    job = resources.jobs().get(_key(entry.id))
    running = job if job and job.running else None
    if not running:
        # It may have ended since it was read
        last = Trials(resources.store().drafts).comparison(entry.id) or last
    first = last.sides[0]
    say("user", first.question)
    places = {}
    for tag, (column, title, side) in enumerate(
        zip(st.columns(2, gap="small"), last.titles, last.sides, strict=True)
    ):
        with column, st.container(border=True, height="stretch", key=f"side_{tag}"):
            with st.popover(label(title), type="tertiary", wrap=True):
                st.text(side.system.strip() or _("No system message was sent."))
            if running:
                places[tag] = st.empty()
            else:
                _side(entry, tag, side, promise)
    foot = st.empty()
    if running:
        _attend(running, places, foot)
    errors = [*(side.error for side in last.sides), str(job.error) if job and job.error else None]
    for error in dict.fromkeys(errors):
        if error:
            st.error(lines(error), icon=":material/error:")
    foot.caption(
        _("Both by {model} with {settings}.").format(
            model=label(resources.called(first.model, first.precision)),
            settings=settings_line(first.sampling),
        )
    )


def _attend(running: Job, places: dict, foot: Any) -> None:
    foot.button(
        _("Stop"), key="stop", icon=":material/stop_circle:", on_click=explained(running.stop)
    )
    with boundary():
        draw_many(running, places)
    st.rerun()


def _side(entry: PersonaEntry, tag: int, side: Tried, promise: Promise) -> None:
    answer_text(side)
    answer_facts(side, f"copy_side_{tag}")
    promise.line(side, f"holds_side_{tag}")
    if side.text and st.button(
        _("Go on in Chat"), key=f"compare_chat_{tag}", icon=":material/chat:", type="tertiary"
    ):
        with boundary():
            open_in_chat([side], entry.id if tag == 0 else None)
