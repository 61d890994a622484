"""Write, preview and compare system messages; see ui/personas/page.py."""

from core.i18n import _
from ui import page
from ui.personas.page import WORDS, personas_page

with page(_("Personas"), words=WORDS) as backend:
    personas_page(backend)
