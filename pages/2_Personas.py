"""Write, preview and compare system messages; see ui/personas/page.py."""

from core.i18n import _
from ui import page
from ui.personas.page import WORDS, personas_page, personas_room

with page(_("Personas"), words=WORDS, room=personas_room) as backend:
    personas_page(backend)
