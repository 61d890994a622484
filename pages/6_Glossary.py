"""The words of this app, explained; see ui/shell/glossary.py."""

from core.i18n import _
from ui import page_without_model
from ui.shell.glossary import glossary_page, heading

with page_without_model(_("Glossary")):
    heading(_("Glossary"))
    glossary_page()
