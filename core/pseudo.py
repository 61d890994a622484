"""A language for looking at layouts: English with accents, longer by two fifths, as German is.

A text without accents on a page was never marked for translation. Fields, icons, links and code
stay as they are.
"""

import gettext
import re

LONGER = 1.4
_ACCENTS = str.maketrans("aceinorsuyzACEINORSUYZ", "åçéîñöŕšüýžÅÇÉÎÑÖŔŠÜÝŽ")
_KEPT = re.compile(
    r"\{[^{}]*\}|:[a-z-]+(?:/[a-z_]+)?:|:[a-z-]+\[|\]\([^)]*\)|`[^`]*`|https?://\S+|--[a-z-]+"
)
_VOWEL = re.compile(r"[åéîöüÅÉÎÖÜ]")


class PseudoTranslations(gettext.NullTranslations):
    """Translates whatever it is given."""

    def gettext(self, message: str) -> str:
        return pseudo(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return pseudo(msgid1 if n == 1 else msgid2)


def pseudo(text: str) -> str:
    """`text` with accents, and with vowels drawn out until it is longer by two fifths."""
    parts, at = [], 0
    for kept in _KEPT.finditer(text):
        parts += [_longer(text[at : kept.start()]), kept.group()]
        at = kept.end()
    return "".join([*parts, _longer(text[at:])])


def _longer(text: str) -> str:
    accented = text.translate(_ACCENTS)
    lacking = round(len(text) * (LONGER - 1))
    vowels = len(_VOWEL.findall(accented))
    if not vowels:
        return accented
    each, more = divmod(lacking, vowels)
    done = 0

    def draw_out(vowel: re.Match[str]) -> str:
        nonlocal done
        done += 1
        return vowel.group() + vowel.group().lower() * (each + (done <= more))

    return _VOWEL.sub(draw_out, accented)
