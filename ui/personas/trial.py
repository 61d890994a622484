"""Trying a persona out: a preview that talks to it, its exact prompt, and a comparison of two."""

from collections.abc import Generator, Hashable, Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd
import streamlit as st

from core.backends.backend import Backend, tokenizer_of
from core.backends.events import Event, Finished
from core.cases.case import Case
from core.cases.run import stream
from core.i18n import _
from core.jobs import Job
from core.messages import Message, with_system
from core.personas.book import PersonaBook
from core.personas.text import PersonaEntry
from core.sampling.settings import Sampling
from ui.personas.state import Comparison, PersonaState
from ui.shell import resources
from ui.shell.completion import continues_text
from ui.shell.membership import check_may_start
from ui.shell.page import boundary, can
from ui.shell.session import state
from ui.shell.stream import bubble, draw, draw_many, plain, safe_markdown, stop_button

ALONE = "without"
_MAX_NEW_TOKENS = 256


def trial(backend: Backend, book: PersonaBook, entry: PersonaEntry, system: str) -> None:
    """Draw the tabs; `system` is the text of the editor, saved or not."""
    if continues_text(backend):
        _nothing_to_try(backend)
        return
    preview, prompt, compare = st.tabs([_("Preview"), _("Exact prompt"), _("Compare")])
    with preview:
        _preview(backend, entry, system)
    with prompt:
        said = state(PersonaState).preview or [Message("user", _first_example(entry))]
        _exact_prompt(backend, with_system(system, said))
    with compare, boundary():
        _compare(backend, book, entry, system)


def _nothing_to_try(backend: Backend) -> None:
    """In place of the preview, the prompt and the comparison."""
    st.info(
        _(
            "**{name}** has no chat format: it continues text and does not read system messages. "
            "You can still write personas here; to try one, load a chat model on the Models page."
        ).format(name=resources.called(backend.facts.name)),
        icon=":material/edit_note:",
    )


def _first_example(entry: PersonaEntry) -> str:
    return entry.text.examples[0] if entry.text.examples else _("Hello!")


# --- the preview --------------------------------------------------------------------------


def clear_preview() -> None:
    """Forget what was said in it, and end what is being said."""
    now = state(PersonaState)
    resources.jobs().forget(("preview", now.visitor))
    now.preview, now.asked = [], None


def _name(backend: Backend) -> str:
    return resources.called(backend.facts.name, backend.facts.precision)


def _send(text: str) -> None:
    state(PersonaState).asked = text


def _preview(backend: Backend, entry: PersonaEntry, system: str) -> None:
    now = state(PersonaState)
    key = ("preview", now.visitor)
    model = _name(backend)
    if now.model not in ("", model):
        # What another model said is no preview of this one
        asked = now.asked
        clear_preview()
        now.asked = asked
    now.model = model
    with st.container(horizontal=True):
        for number, text in enumerate(entry.text.examples or (_("Hello!"),)):
            st.button(text, key=f"example_{entry.id}_{number}", on_click=_send, args=(text,))
    question, now.asked = now.asked, None
    if question:
        check_may_start()
        resources.jobs().forget(key)
        now.preview.append(Message("user", question))
        work = partial(_answer, backend, with_system(system, now.preview), now.preview)
        resources.start(key, backend, work)
    job = resources.jobs().get(key)
    # Read before what was said: an answer that ends in between is drawn twice, not never
    running = job is not None and job.running
    for message in [*now.preview]:
        with bubble(message.role):
            st.markdown(safe_markdown(message.content) or _("*(no text)*"))
    if job and running:
        stop_button(job)
        with bubble("assistant"), boundary():
            draw(job, st.empty())
        st.rerun()
    if job:
        _explain(job)
    if now.preview:
        st.button(
            _("Clear"), key="clear_preview", icon=":material/refresh:", on_click=clear_preview
        )
    else:
        st.caption(
            _(
                "No messages yet. Click a question, or write your own: the answer follows the "
                "system message in the editor."
            )
        )
    typed = st.chat_input(_("Chat with this persona"), key="preview_input", submit_mode="disable")
    if typed:
        _send(typed)
        st.rerun()


def _answer(
    backend: Backend, prompt: Sequence[Message], said: list[Message]
) -> Generator[tuple[Hashable, Event], None, str | None]:
    """Say the answer; what went wrong in the middle of it, if anything."""
    case = Case(None, tuple(prompt), Sampling(max_new_tokens=_MAX_NEW_TOKENS))
    kept = _Said(said)
    yield from stream(backend, [case.request], kept)
    return kept.error


@dataclass(slots=True)
class _Said:
    """Adds an answer, whatever ended it, to what was said."""

    messages: list[Message]
    error: str | None = None

    def grown(self, tag: Hashable, text: str, token_ids: Sequence[int]) -> None:
        """The page has it from the job."""

    def ended(self, tag: Hashable, end: Finished) -> None:
        self.error = end.error
        self.messages.append(Message("assistant", end.text))


def _explain(job: Job) -> None:
    error = job.error or job.result
    if error:
        st.error(str(error), icon=":material/error:")


# --- the prompt ---------------------------------------------------------------------------


def _exact_prompt(backend: Backend, messages: Sequence[Message]) -> None:
    """What goes to the model, role by role and token by token."""
    if not can(backend, "token_ids"):
        return
    tokenizer = tokenizer_of(backend)
    ids = tokenizer.prompt_ids(messages)
    st.caption(
        _(
            "{count} tokens. Roles have ids of their own: no text that is typed can become one."
        ).format(count=len(ids))
    )
    role, rows = "", []
    for position, token_id in enumerate(ids):
        special = tokenizer.is_control(token_id)
        piece = tokenizer.piece(token_id)
        if special:
            role = piece
        rows.append(
            {
                _("Position"): position,
                _("Part"): role,
                _("Token"): piece,
                _("ID"): token_id,
                _("Kind"): _("control") if special else _("text"),
            }
        )
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch", height=360, key="prompt")


# --- comparing ----------------------------------------------------------------------------


def _compare(backend: Backend, book: PersonaBook, entry: PersonaEntry, system: str) -> None:
    st.write(_("The same question, the same seed, two system messages."))
    others = {e.id: e.text for e in book.list() if e.id != entry.id}
    names = {ALONE: _("no system message"), **{i: text.name for i, text in others.items()}}
    other = st.selectbox(
        _("Compare with"), list(names), key="compare_with", format_func=lambda i: names[i]
    )
    question = st.text_input(_("Question"), _first_example(entry), key="compare_question")
    columns = st.columns(2)
    titles = (entry.text.name, names[other])
    places = {}
    for tag, (column, title) in enumerate(zip(columns, titles, strict=True)):
        with column, st.container(border=True, height="stretch"):
            st.caption(title)
            places[tag] = st.empty()
    now = state(PersonaState)
    key = ("compare", now.visitor)
    if st.button(_("Compare"), key="compare", type="primary", icon=":material/compare_arrows:"):
        resources.jobs().forget(key)
        sampling = Sampling(max_new_tokens=_MAX_NEW_TOKENS).with_seed()
        systems = (system, "" if other == ALONE else others[other].system)
        asked = [Message("user", question)]
        requests = [
            Case(tag, tuple(with_system(text, asked)), sampling).request
            for tag, text in enumerate(systems)
        ]
        for request in requests:
            backend.check(request)
        now.compared = Comparison(entry.id, other, question, sampling, _name(backend))
        kept = _Texts(now.compared)
        resources.start(key, backend, partial(stream, backend, requests, kept))
    last = now.compared
    if not last or (last.persona, last.other, last.question) != (entry.id, other, question):
        return
    job = resources.jobs().get(key)
    if job and job.running:
        stop_button(job)
        with boundary():
            draw_many(job, places)
        st.rerun()
    for tag, text in enumerate(last.texts):
        places[tag].markdown(safe_markdown(text) or _("*(no text)*"))
    failed = [*last.errors, *([str(job.error)] if job and job.error else [])]
    for reason in dict.fromkeys(failed):
        st.error(reason, icon=":material/error:")
    st.caption(
        _("Both by {model} with seed {seed}.").format(
            model=plain(last.model), seed=last.sampling.seed
        )
    )


@dataclass(frozen=True, slots=True)
class _Texts:
    """Keeps the texts of a comparison by their tags."""

    comparison: Comparison

    def grown(self, tag: Hashable, text: str, token_ids: Sequence[int]) -> None:
        self.comparison.texts[tag] = text  # type: ignore[call-overload]

    def ended(self, tag: Hashable, end: Finished) -> None:
        self.comparison.texts[tag] = end.text  # type: ignore[call-overload]
        if end.error:
            self.comparison.errors.append(end.error)
