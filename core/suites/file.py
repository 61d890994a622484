"""Suite files: to keep a suite beside one's own code, and to give it to others.

A file is YAML or JSON: `format: promptlab-suite`, `version: 1`, name, kind, language, and a list of
`cases`, each with a key, a question or messages, and perhaps rules, expected, family and source.
"""

from core.errors import InvalidInput
from core.i18n import _
from core.plain_files import known_only, read_plain, write_plain
from core.suites.suite import Suite

FORMAT, VERSION = "promptlab-suite", 1
_EXAMPLE = "python -m core suite export injection-en"


def file_content(suite: Suite) -> str:
    """The file that has this suite."""
    return write_plain({"name": suite.name, **suite.to_dict()}, FORMAT, VERSION)


def parse_file(content: str | bytes, id: str = "") -> Suite:
    """The suite of a file's content; raises `InvalidInput` with what is wrong. id: what rows are
    named after; its name, where that is not said."""
    item = read_plain(content, FORMAT, VERSION, _("{command} shows one.").format(command=_EXAMPLE))
    known_only(item, ("name", "kind", "language", "cases"), _("a suite file"))
    name = item.pop("name", "")
    if not isinstance(name, str) or not name.strip():
        raise InvalidInput(_("A suite file needs a name. Write one under name:."))
    return Suite.from_dict(id or name.strip()[:60], name.strip()[:80], item)
