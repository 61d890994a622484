"""What belongs to a visitor, and the bin; see ui/space/page.py."""

from core.i18n import _
from ui import page_without_model
from ui.shell.glossary import heading
from ui.space.page import space_page

with page_without_model(_("Your space")):
    heading(_("Your space"))
    space_page()
