"""Talk to the model; see ui/chat.py."""

from core.i18n import _
from ui import page
from ui.chat import chat_page

with page(_("Chat")):
    chat_page()
