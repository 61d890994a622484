"""Questions that the model answers by running code; see ui/interpreter/page.py."""

from core.i18n import _
from ui import page
from ui.interpreter.page import interpreter_page, interpreter_room

with page(_("Interpreter"), room=interpreter_room) as backend:
    interpreter_page(backend)
