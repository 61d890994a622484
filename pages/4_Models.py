"""Choose the model that this server loads; see ui/models/page.py."""

from core.i18n import _
from ui import page
from ui.models.page import WORDS, models_page

with page(_("Models"), needs_model=False, words=WORDS):
    models_page()
