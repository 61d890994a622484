"""Compare variants of a prompt over many questions; see ui/experiments/page.py."""

from core.i18n import _
from ui import page_without_model
from ui.experiments.page import WORDS, experiments_page

with page_without_model(_("Experiments"), words=WORDS):
    experiments_page()
