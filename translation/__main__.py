"""`python -m translation`: bring every catalogue up to date, compile it, and say what is
lacking."""

import sys

from translation.catalogues import TARGETS, faults, lacking, mo_bytes, po_bytes, po_file, updated
from translation.sources import template


def main() -> int:
    """Write the files; 1 where a message has no translation or a wrong one."""
    messages, wrong = template(), 0
    for language in TARGETS:
        catalogue = updated(language, messages)
        file = po_file(language)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(po_bytes(catalogue))
        file.with_suffix(".mo").write_bytes(mo_bytes(catalogue))
        missing, bad = lacking(catalogue), list(faults(catalogue))
        wrong += len(missing) + len(bad)
        print(f"{language}: {len(catalogue)} messages, {len(missing)} to translate in {file.name}")
        for text in missing:
            print(f"  lacks: {text!r}")
        for text in bad:
            print(f"  wrong: {text}")
    return 1 if wrong else 0


sys.exit(main())
