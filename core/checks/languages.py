"""The language of an answer: by its script where that says it, otherwise by py3langid.

py3langid is naive Bayes over sequences of bytes (Lui & Baldwin 2012,
https://aclanthology.org/P12-3005); what it says of fewer than some 20 letters is marked doubtful.
"""

from functools import lru_cache, partial
from typing import TYPE_CHECKING

from core.checks.fields import Field
from core.checks.kind import Kind, Outcome, Seen, Values, text_of
from core.errors import InvalidInput
from core.i18n import _

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

# Each by its own name, which needs no translation
LANGUAGE_NAMES = {
    "en": "English",
    "zh": "中文",
    "ja": "日本語",
    "ko": "한국어",
    "es": "Español",
    "pt": "Português",
    "fr": "Français",
    "de": "Deutsch",
    "it": "Italiano",
    "nl": "Nederlands",
    "pl": "Polski",
    "cs": "Čeština",
    "sv": "Svenska",
    "da": "Dansk",
    "fi": "Suomi",
    "hu": "Magyar",
    "ro": "Română",
    "el": "Ελληνικά",
    "ru": "Русский",
    "uk": "Українська",
    "bg": "Български",
    "tr": "Türkçe",
    "ar": "العربية",
    "fa": "فارسی",
    "he": "עברית",
    "ur": "اردو",
    "hi": "हिन्दी",
    "mr": "मराठी",
    "ne": "नेपाली",
    "bn": "বাংলা",
    "pa": "ਪੰਜਾਬੀ",
    "gu": "ગુજરાતી",
    "ta": "தமிழ்",
    "te": "తెలుగు",
    "kn": "ಕನ್ನಡ",
    "ml": "മലയാളം",
    "th": "ไทย",
    "vi": "Tiếng Việt",
    "id": "Bahasa Indonesia",
    "sw": "Kiswahili",
}
FEW_LETTERS = 20


@lru_cache(maxsize=1)
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(LANGUAGE_NAMES))
    return identifier


def language_of(text: str) -> tuple[str, bool]:
    """The language of a text, as a code, and whether that is sure; "" where there are no words.

    Blocks of code, addresses and numbers do not count.
    """
    import regex

    prose = regex.sub(r"(?s)```.*?(?:```|$)|`[^`\n]*`|https?://\S+", " ", text)
    han = len(regex.findall(r"\p{Han}", prose))
    kana = len(regex.findall(r"[\p{Hiragana}\p{Katakana}]", prose))
    hangul = len(regex.findall(r"\p{Hangul}", prose))
    others = len(regex.findall(r"\p{L}", prose)) - han - kana - hangul
    if not han + kana + hangul + others:
        return "", False
    # One such character stands for two letters and more of others
    eastern = 2 * (han + kana + hangul)
    if eastern >= others:
        largest = "ko" if hangul > han + kana else "ja" if kana > han / 10 else "zh"
        return largest, others < eastern / 2
    code, share = _identifier().classify(prose.lower())
    return code, others >= FEW_LETTERS and share > 0.5 and eastern < others / 4


def _in_language(values: Values, seen: Seen) -> Outcome:
    wanted = text_of(values, "language")
    found, sure = language_of(seen.text)
    if not found:
        raise InvalidInput(_("The answer has no words to tell a language by."))
    why = _("It reads as {language}.").format(language=LANGUAGE_NAMES[found])
    return Outcome(found == wanted, why, doubtful=not sure)


def _name(code: str) -> str:
    return LANGUAGE_NAMES[code]


KINDS: tuple[Kind, ...] = (
    Kind(
        "language",
        "behaviour",
        lambda: _("Is in a language"),
        lambda: _("The answer as a whole is written in this language; code does not count."),
        (
            Field(
                "language",
                "choice",
                lambda: _("Language"),
                "en",
                choices=tuple((code, partial(_name, code)) for code in LANGUAGE_NAMES),
            ),
        ),
        lambda v: _("is in {language}").format(language=_name(text_of(v, "language"))),
        _in_language,
    ),
)
