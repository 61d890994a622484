"""Talk to the model; see ui/chat.py."""

from core.i18n import _
from ui import page
from ui.chat import chat_page
from ui.lesson_links import take_chat

with page(_("Chat")):
    take_chat()
    chat_page()
