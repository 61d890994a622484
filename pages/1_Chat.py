"""Talk to the model; see ui/chat/page.py."""

from core.i18n import _
from ui import page
from ui.chat.page import chat_page, chat_room
from ui.lessons.links import take_chat

with page(_("Chat"), room=chat_room) as backend:
    take_chat()
    chat_page(backend)
