"""See what the sampling settings do; see ui/playground.py."""

from core.i18n import _
from ui import page
from ui.lessons.links import take_playground
from ui.playground import playground_page, playground_room, view_words

with page(_("Sampling playground"), words=view_words(), room=playground_room) as backend:
    take_playground(backend)
    playground_page(backend)
