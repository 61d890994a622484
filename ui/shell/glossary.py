"""The glossary page, the "Words" popover at a page's title, and tooltips with a term's meaning.

The term that a link asks for is in the URL (`?term=nucleus`).
"""

from collections.abc import Iterable, Sequence

import streamlit as st

from core.errors import NotFound
from core.glossary import Term, find_term, terms
from core.i18n import LANGUAGES, _, language
from ui.shell.languages import link_parameter
from ui.shell.text import label, lines

# Relative, so that it also holds where the app is served below a path. It opens beside the page.
_PAGE = "Glossary"


def term(term_id: str) -> str:
    """What a word means, with a link into the glossary: for the help of a label."""
    found = find_term(term_id)
    return f"{found.text} [{_('Glossary')}]({_link(term_id)})"


def heading(title: str, words: Sequence[str] = ()) -> None:
    """Draw a page's title, and beside it a popover that explains these words, ids of terms."""
    if not words:
        st.title(title, anchor=False)
        return
    with st.container(key="page_heading", horizontal=True, vertical_alignment="center"):
        st.title(title, anchor=False, width="stretch")
        with st.popover(_("Terms"), icon=":material/help:", type="tertiary"):
            for found in map(find_term, words):
                st.markdown(f"**{found.name}**  \n{found.text}")
            st.markdown(f"[{_('Open the glossary')}]({_PAGE}?{link_parameter()})")


def glossary_page() -> None:
    """Draw the page."""
    st.write(_("The terms used in this app, two sentences each."))
    wanted = st.text_input(
        _("Search the glossary"),
        key="glossary_search",
        placeholder=_("a word in English or Chinese"),
        icon=":material/search:",
        live=True,
    )
    _asked_for(wanted)
    found = [entry for entry in terms().values() if entry.about(wanted)]
    if not found:
        st.info(
            _("No entry has “{word}”. Try a shorter word, or clear the search.").format(
                word=label(wanted)
            ),
            icon=":material/search_off:",
        )
    shown = {entry.id for entry in found}
    if found:
        st.header(
            _("Search results") if wanted else _("All terms, starting with the basics"),
            anchor=False,
        )
    for entry in found:
        st.subheader(_both_names(entry), anchor=entry.id)
        _explain(entry, shown)


def _asked_for(searched: str) -> None:
    """The entry that the link asked for, above all others, until something is searched for."""
    asked = st.query_params.get("term")
    if not asked or searched:
        return
    try:
        entry = find_term(asked)
    except NotFound as error:
        st.warning(lines(str(error)))
        return
    with st.container(border=True, key="term_asked"):
        st.header(_both_names(entry), anchor=False)
        _explain(entry, terms())


def _explain(entry: Term, shown: Iterable[str]) -> None:
    st.markdown(entry.text)
    if entry.see:
        here = set(shown)
        links = ", ".join(
            f"[{find_term(other).name}]({'#' + other if other in here else _link(other)})"
            for other in entry.see
        )
        st.caption(_("See also: {links}").format(links=links))


def _both_names(entry: Term) -> str:
    """The word, and what it is called in the other languages where that differs."""
    others = [
        entry.names[code]
        for code in LANGUAGES
        if code != language() and entry.names[code].casefold() != entry.name.casefold()
    ]
    return " · ".join([entry.name, *others])


def _link(term_id: str) -> str:
    return f"{_PAGE}?term={term_id}&{link_parameter()}"
