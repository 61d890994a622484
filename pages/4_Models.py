"""Choose the model that this server loads; see ui/models.py."""

from core.i18n import _
from ui import page
from ui.models import models_page

with page(_("Models"), needs_model=False):
    models_page()
