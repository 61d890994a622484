"""Write, preview and compare system messages; see ui/personas.py."""

from core.i18n import _
from ui import page
from ui.personas import WORDS, personas_page

with page(_("Personas"), words=WORDS):
    personas_page()
