"""`python -m core`."""

from core.config import terminal_language
from core.i18n import set_language

set_language(terminal_language())

# Only now: the texts of the options are translated while they are read
from core.cli.app import main  # noqa: E402

main()
