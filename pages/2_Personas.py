"""Write, preview and compare system messages; see ui/personas.py."""

from core.i18n import _
from ui import page
from ui.personas import personas_page

with page(_("Personas")):
    personas_page()
