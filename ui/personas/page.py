"""The persona page: choose and edit a system message, talk to it, see the prompt, compare two.

The chosen persona is in the URL (`?persona=ID`); the preview talks to the text as it stands in
the editor, saved or not.
"""

from collections.abc import Generator, Hashable, Iterable
from contextlib import closing

import streamlit as st

from core.backends.events import Event, Finished, TextDelta
from core.chat import turn as chat
from core.errors import NotFound
from core.i18n import _
from core.messages import Message
from core.personas.book import PersonaBook, PersonaEntry, PersonaText
from core.sampling.settings import Sampling
from ui.personas.prompt_view import prompt_view
from ui.shell import resources
from ui.shell.completion import continues_text
from ui.shell.page import boundary
from ui.shell.session import session
from ui.shell.stream import bubble, draw, draw_many, plain, safe_markdown, stop_button

ALONE = "without"
WORDS = ("persona", "system_message", "role", "prompt_injection", "chat_template", "token")


def personas_page() -> None:
    """Draw the page."""
    st.write(
        _(
            "A **system message** tells the model who it is before the conversation starts. Write "
            "one, try it out, and test how well the model sticks to it."
        )
    )
    book = PersonaBook(resources.store())
    entry = _chosen(book)
    left, right = st.columns([5, 6], gap="large")
    with left:
        _file_actions(book)
        system = _editor(book, entry)
    if continues_text():
        with right:
            _nothing_to_try()
        return
    with right:
        preview, prompt, compare = st.tabs([_("Preview"), _("Exact prompt"), _("Compare")])
        with preview:
            _preview(entry, system)
        with prompt:
            prompt_view(system, _said() or [Message("user", _first_example(entry))])
        with compare, boundary():
            _compare(book, entry, system)


def _nothing_to_try() -> None:
    """In place of the preview, the prompt and the comparison."""
    st.info(
        _(
            "**{name}** has no chat format: it continues text and does not read system messages. "
            "You can still write personas here; to try one, load a chat model on the Models page."
        ).format(name=resources.engine().loaded.facts.name),
        icon=":material/edit_note:",
    )


def _chosen(book: PersonaBook) -> PersonaEntry:
    entries = book.list()
    wanted = st.query_params.get("persona", entries[0].id)
    try:
        entry = book.get(wanted)
    except NotFound as error:
        st.warning(str(error))
        entry = entries[0]
    with st.sidebar, st.container(key="list_personas"):
        for item in entries:
            current = item.id == entry.id
            st.button(
                plain(item.text.name),
                key=f"{'current' if current else 'choose'}_{item.id}",
                icon=":material/theater_comedy:" if item.builtin else ":material/person:",
                type="secondary" if current else "tertiary",
                width="stretch",
                help=item.text.description or None,
                on_click=_choose,
                args=(item.id,),
            )
    return entry


def _choose(persona_id: str) -> None:
    st.query_params["persona"] = persona_id
    session().preview = []


# --- the editor ---------------------------------------------------------------------------


def _editor(book: PersonaBook, entry: PersonaEntry) -> str:
    own = not entry.builtin
    name = st.text_input(_("Name"), entry.text.name, key=f"name_{entry.id}", disabled=not own)
    description = st.text_input(
        _("Description"), entry.text.description, key=f"description_{entry.id}", disabled=not own
    )
    system = st.text_area(
        _("System message"),
        entry.text.system,
        key=f"system_{entry.id}",
        height=160,
        help=_("Edit it and try it right away; save it when it works."),
    )
    examples = st.text_area(
        _("Questions to try, one per line"),
        "\n".join(entry.text.examples),
        key=f"examples_{entry.id}",
        disabled=not own,
        height=110,
    )
    lines = tuple(line.strip() for line in examples.splitlines() if line.strip())
    with boundary(), st.container(horizontal=True):
        if own and st.button(_("Save"), key="save", type="primary", icon=":material/save:"):
            book.update(entry.id, PersonaText(name, system, description, lines))
            st.toast(_("Saved."), icon=":material/check:")
        if not own and st.button(
            _("Save as a copy"), key="save_copy", type="primary", icon=":material/save:"
        ):
            copy = book.duplicate(entry.id)
            book.update(copy.id, PersonaText(copy.text.name, system, description, lines))
            _choose(copy.id)
            st.rerun()
        if st.button(_("Duplicate"), key="duplicate", icon=":material/content_copy:"):
            _choose(book.duplicate(entry.id).id)
            st.rerun()
        if own and st.button(_("Delete"), key="delete", icon=":material/delete:"):
            book.delete(entry.id)
            st.query_params.pop("persona", None)
            st.rerun()
    return system


def _file_actions(book: PersonaBook) -> None:
    with st.container(horizontal=True):
        if st.button(_("New"), key="new_persona", icon=":material/add:"):
            with boundary():
                _choose(book.add(_blank()).id)
                st.rerun()
        with st.popover(_("Import and export"), icon=":material/swap_vert:"):
            _import(book)
            ids = [entry.id for entry in book.list()]
            for form, mime in (("yaml", "application/yaml"), ("json", "application/json")):
                st.download_button(
                    _("Export all as {form}").format(form=form.upper()),
                    book.export(ids, form),  # type: ignore[arg-type]
                    file_name=f"personas.{form}",
                    mime=mime,
                    key=f"export_{form}",
                    icon=":material/download:",
                    on_click="ignore",
                )


def _blank() -> PersonaText:
    return PersonaText(_("New persona"), _("You are a … You only talk about …"))


def _import(book: PersonaBook) -> None:
    file = st.file_uploader(
        _("Persona file"), type=["yaml", "yml", "json"], key="persona_file", max_upload_size=1
    )
    if file and st.button(_("Import"), key="import_personas"):
        with boundary():
            added = book.import_(file.getvalue())
            st.success(_("Imported: {names}").format(names=", ".join(e.text.name for e in added)))


# --- the preview --------------------------------------------------------------------------


def _said() -> list[Message]:
    return [Message(role, content) for role, content in session().preview]  # type: ignore[arg-type]


def _first_example(entry: PersonaEntry) -> str:
    return entry.text.examples[0] if entry.text.examples else _("Hello!")


def _send(text: str) -> None:
    session().preview.append(("user", text))


def _clear() -> None:
    session().preview = []


def _preview(entry: PersonaEntry, system: str) -> None:
    with st.container(horizontal=True):
        for number, text in enumerate(entry.text.examples or (_("Hello!"),)):
            st.button(text, key=f"example_{entry.id}_{number}", on_click=_send, args=(text,))
    for message in _said():
        with bubble(message.role):
            st.markdown(safe_markdown(message.content) or _("*(no text)*"))
    said = _said()
    if said and said[-1].role == "user":
        engine = resources.engine()
        stop_button()
        with boundary(), bubble("assistant"):
            request = chat.chat_request(engine, system, said, Sampling(max_new_tokens=256))
            stream = engine.submit(request)
            with closing(stream), closing(_kept(stream, session().preview)) as events:
                panel = draw(events, st.empty())
            if not (panel.end and panel.end.error):
                st.rerun()
    if said:
        st.button(_("Clear"), key="clear_preview", icon=":material/refresh:", on_click=_clear)
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


def _kept(events: Iterable[Event], preview: list[tuple[str, str]]) -> Generator[Event, None, None]:
    """Pass events on and keep their text in `preview` as it grows, so that a stop loses nothing."""
    text, place = "", len(preview)
    # There from the start: a rerun must not take the question for one without an answer
    preview.append(("assistant", text))
    for event in events:
        if isinstance(event, TextDelta):
            text += event.text
        elif isinstance(event, Finished):
            text = event.text
        preview[place] = ("assistant", text)
        yield event


# --- comparing ----------------------------------------------------------------------------


def _compare(book: PersonaBook, entry: PersonaEntry, system: str) -> None:
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
    results = session().results
    asked = (entry.id, other, question)
    if st.button(_("Compare"), key="compare", type="primary", icon=":material/compare_arrows:"):
        engine = resources.engine()
        sampling = Sampling(max_new_tokens=256).with_seed()
        systems = (system, "" if other == ALONE else others[other].system)
        requests = [
            chat.chat_request(engine, text, [Message("user", question)], sampling, tag)
            for tag, text in enumerate(systems)
        ]
        stop_button()
        texts = ["", ""]
        results["compare"], results["compare_of"] = texts, (*asked, sampling.seed)
        with closing(engine.submit_many(requests)) as stream:
            draw_many(_kept_many(stream, texts), places)
    if results.get("compare_of", ())[:-1] == asked:
        for tag, text in enumerate(results["compare"]):
            places[tag].markdown(safe_markdown(text) or _("*(no text)*"))
        st.caption(_("Both with seed {seed}.").format(seed=results["compare_of"][-1]))


def _kept_many(
    events: Iterable[tuple[Hashable, Event]], texts: list[str]
) -> Generator[tuple[Hashable, Event], None, None]:
    """Pass tagged events on and keep each text as it grows, so that a stop loses nothing."""
    for tag, event in events:
        if isinstance(event, TextDelta):
            texts[tag] += event.text  # type: ignore[call-overload]
        elif isinstance(event, Finished):
            texts[tag] = event.text  # type: ignore[call-overload]
        yield tag, event
