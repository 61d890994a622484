"""Learn what the settings do, by experiments on the loaded model; see ui/lessons/page.py."""

from core.i18n import _
from ui import page
from ui.lessons.page import lessons_page, lessons_room

with page(_("Lessons"), room=lessons_room) as backend:
    lessons_page(backend)
