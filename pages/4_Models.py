"""Choose the model that this server loads; see ui/models/page.py."""

from core.i18n import _
from ui import page_without_model
from ui.models.page import WORDS, models_page

with page_without_model(_("Models"), words=WORDS):
    models_page()
