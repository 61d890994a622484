"""Learn what the settings do, by experiments on the loaded model; see ui/lessons/overview.py."""

from core.i18n import _
from ui import page
from ui.lessons.overview import lessons_page

with page(_("Lessons")) as backend:
    lessons_page(backend)
