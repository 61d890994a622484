"""The words of this app, explained; see ui/shell/glossary.py."""

from core.i18n import _
from ui import page
from ui.shell.glossary import glossary_page, heading

with page(_("Glossary"), needs_model=False):
    heading(_("Glossary"))
    glossary_page()
