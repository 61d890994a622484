"""Learn what the settings do, by experiments on the loaded model; see ui/lessons/page.py."""

from core.i18n import _
from ui import page
from ui.lessons.page import lessons_page

with page(_("Lessons")) as backend:
    lessons_page(backend)
