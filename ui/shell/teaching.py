"""What is said where the model is the small one that ships with the project: what it is, and the
way to a real one."""

import streamlit as st

from core.backends.backend import Backend
from core.i18n import _, language
from core.models import catalogue
from core.models.catalogue import CatalogueEntry
from ui.shell import resources
from ui.shell.downloading import download
from ui.shell.membership import in_charge
from ui.shell.text import label


def entry_of(backend: Backend) -> CatalogueEntry | None:
    """The model behind a backend as the catalogue has it, if it does."""
    return catalogue.named(backend.facts.name, resources.settings())


def teaching_note(entry: CatalogueEntry | None) -> None:
    """Draw it, where the model is that one."""
    if entry is None or not entry.embedded:
        return
    real = catalogue.suggested(resources.settings(), language())
    said = _(
        "**This is a teaching model of a small world.** It knows what this app is about (language "
        "models, sampling, its personas) and little else; on other subjects it says that it does "
        "not know, or makes things up."
    )
    with st.container(border=True, key="teaching_note"):
        st.markdown(f":material/school: {said}")
        if real is None or not in_charge():
            return
        if real.on_disk:
            st.page_link(
                page="pages/4_Models.py",
                label=_("Use a real model: {title} is on this machine").format(
                    title=label(real.title)
                ),
                icon=":material/memory:",
            )
            return
        st.caption(
            _("**{title}**: {about} Licence: {licence}. From {source}.").format(
                title=label(real.title),
                about=real.about(language()),
                licence=label(real.licence or ""),
                source=label(real.source or ""),
            )
        )
        download(real, primary=True)
