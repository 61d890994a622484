"""What a model may call: the tools, tried by hand, and new ones without code; see
ui/tools/page.py."""

from core.i18n import _
from ui import page_without_model
from ui.tools.page import WORDS, tools_page

with page_without_model(_("Tools"), words=WORDS):
    tools_page()
