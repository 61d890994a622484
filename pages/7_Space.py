"""What belongs to a visitor, and the bin; see ui/space/page.py."""

from core.i18n import _
from ui import page_without_model
from ui.space.page import WORDS, space_page

with page_without_model(_("Your space"), words=WORDS):
    space_page()
