"""Kinds of rules on the words and characters of an answer."""

from collections.abc import Callable

from core.checks.fields import Field
from core.checks.kind import (
    Kind,
    Outcome,
    Seen,
    Values,
    counting,
    text_of,
    words_of,
)
from core.checks.patterns import phrases_in, plain, searched
from core.checks.reading import around, listed, negated, shown
from core.errors import InvalidInput
from core.i18n import _

_MATCH_CASE = Field("match_case", "flag", lambda: _("Upper and lower case differ"), False)
_WHOLE = Field(
    "whole_words",
    "flag",
    lambda: _("Whole words only"),
    True,
    lambda: _("“refund” is not found in “refunds”. Chinese has no such borders."),
)
_WORDS = Field(
    "words", "words", lambda: _("Words"), (), lambda: _("One word or phrase on each line.")
)
_PATTERN = Field("pattern", "pattern", lambda: _("Regular expression"), "")


def _places(values: Values, seen: Seen, words: tuple[str, ...]) -> "list[tuple[int, int]]":
    whole, case = bool(values["whole_words"]), bool(values["match_case"])
    return [found.span() for found in phrases_in(seen.text, words, whole, case)]


def _contains(values: Values, seen: Seen) -> Outcome:
    words = words_of(values, "words")
    wanted = {word: _places(values, seen, (word,)) for word in words}
    found = [word for word, places in wanted.items() if places]
    missing = [word for word in words if word not in found]
    if missing and (values["which"] == "all" or not found):
        return Outcome(False, _("Not found: {words}.").format(words=listed(missing)))
    denied = [word for word in found if all(negated(seen.text, at) for at, _end in wanted[word])]
    at = wanted[(denied or found)[0]][0]
    why = _("Found: {words} in “{place}”.").format(
        words=listed(found), place=around(seen.text, *at)
    )
    return Outcome(True, why, doubtful=bool(denied))


def _lacks(values: Values, seen: Seen) -> Outcome:
    places = _places(values, seen, words_of(values, "words"))
    if not places:
        return Outcome(True, _("None of the words was found."))
    start, end = places[0]
    why = _("Found: {words} in “{place}”.").format(
        words=listed([seen.text[start:end]]), place=around(seen.text, start, end)
    )
    return Outcome(False, why, doubtful=all(negated(seen.text, at) for at, _end in places))


def _pattern(wanted: bool) -> Callable[[Values, Seen], Outcome]:
    def look(values: Values, seen: Seen) -> Outcome:
        pattern = text_of(values, "pattern")
        found = searched(pattern, seen.text, not values["match_case"])
        if found is None:
            return Outcome(not wanted, _("The expression matches nowhere."))
        why = _("The expression matches “{place}”.").format(place=shown(found[0]) or "∅")
        return Outcome(wanted, why)

    return look


def _begins(values: Values, seen: Seen) -> Outcome:
    return _at_an_end(values, seen, str.startswith, seen.text.strip()[:80])


def _ends(values: Values, seen: Seen) -> Outcome:
    return _at_an_end(values, seen, str.endswith, seen.text.strip()[-80:])


def _at_an_end(
    values: Values, seen: Seen, stands: Callable[[str, str], bool], part: str
) -> Outcome:
    text = plain(seen.text).strip()
    # Marks that only set a text off are no words of it
    bare = text.strip("\"'*_# \n")
    match_case = bool(values["match_case"])
    for word in words_of(values, "words"):
        wanted = plain(word).strip()
        for own in (text, bare):
            one, other = (own, wanted) if match_case else (own.casefold(), wanted.casefold())
            if stands(one, other):
                return Outcome(True, _("It does: “{part}”.").format(part=shown(part)))
    return Outcome(False, _("It does not: “{part}”.").format(part=shown(part)))


def _count_word(values: Values, seen: Seen) -> int:
    return len(_places(values, seen, (text_of(values, "word"),)))


def _count_letter(values: Values, seen: Seen) -> int:
    return seen.text.lower().count(text_of(values, "letter").lower())


def _one_letter(values: Values) -> None:
    if len(text_of(values, "letter").strip()) != 1:
        raise InvalidInput(
            _("“{letter}” is not one letter. Write a single one.").format(
                letter=shown(text_of(values, "letter"))
            )
        )


def _letter_and_span() -> Kind:
    kind = counting(
        "letter_count",
        "words",
        lambda: _("Uses a letter so often"),
        lambda: _("How often a letter stands in the answer, in upper or lower case."),
        _count_letter,
        lambda values: _("The letter “{letter}”").format(letter=text_of(values, "letter")),
        (Field("letter", "text", lambda: _("Letter"), "e"),),
    )
    span = kind.check
    assert span is not None

    def check(values: Values) -> None:
        span(values)
        _one_letter(values)

    return Kind(
        kind.name, kind.group, kind.title, kind.help, kind.fields, kind.says, kind.look, check
    )


def _lacks_characters(values: Values, seen: Seen) -> Outcome:
    unwanted = set(text_of(values, "characters")) - {" "}
    at = next((i for i, letter in enumerate(seen.text) if letter in unwanted), None)
    if at is None:
        return Outcome(True, _("None of these characters was found."))
    why = _("Found: {words} in “{place}”.").format(
        words=f"“{seen.text[at]}”", place=around(seen.text, at, at + 1)
    )
    return Outcome(False, why)


def _case(values: Values, seen: Seen) -> Outcome:
    upper = values["case"] == "upper"
    if seen.text.isupper() if upper else seen.text.islower():
        return Outcome(True, _("All letters are."))
    odd = next((w for w in seen.text.split() if (w.upper() if upper else w.lower()) != w), "")
    if not odd:
        return Outcome(False, _("The answer has no letters with a case."))
    return Outcome(False, _("Not “{word}”.").format(word=shown(odd)))


def _count_capitals(values: Values, seen: Seen) -> int:
    return sum(word.strip(".,;:!?\"'()[]{}…*_").isupper() for word in seen.text.split())


def _quoted(values: Values, seen: Seen) -> Outcome:
    text = seen.text.strip()
    pairs = {'"': '"', "“": "”", "「": "」", "『": "』", "«": "»"}
    held = len(text) > 1 and pairs.get(text[0]) == text[-1]
    ends = f"{text[:1]} … {text[-1:]}" if text else "∅"
    return Outcome(held, _("It begins and ends with: {ends}").format(ends=ends))


def _repeats(values: Values, seen: Seen) -> Outcome:
    wanted = (text_of(values, "text") or seen.question).strip()
    if not wanted:
        raise InvalidInput(_("There is no question to compare with."))
    held = seen.text.strip().lower().startswith(wanted.lower())
    part = shown(seen.text.strip())
    said = _("It does: “{part}”.") if held else _("It does not: “{part}”.")
    return Outcome(held, said.format(part=part))


KINDS: tuple[Kind, ...] = (
    Kind(
        "contains",
        "words",
        lambda: _("Contains"),
        lambda: _("Words or phrases that must stand in the answer."),
        (
            _WORDS,
            Field(
                "which",
                "choice",
                lambda: _("How many of them"),
                "all",
                None,
                choices=(("all", lambda: _("All")), ("any", lambda: _("At least one"))),
            ),
            _WHOLE,
            _MATCH_CASE,
        ),
        lambda v: (
            _("contains {words}") if v["which"] == "all" else _("contains one of {words}")
        ).format(words=listed(words_of(v, "words"))),
        _contains,
    ),
    Kind(
        "lacks",
        "words",
        lambda: _("Does not contain"),
        lambda: _("Words or phrases that must not stand in the answer."),
        (_WORDS, _WHOLE, _MATCH_CASE),
        lambda v: _("does not contain {words}").format(words=listed(words_of(v, "words"))),
        _lacks,
    ),
    Kind(
        "matches",
        "words",
        lambda: _("Matches an expression"),
        lambda: _("A regular expression that must match somewhere in the answer."),
        (_PATTERN, _MATCH_CASE),
        lambda v: _("matches {pattern}").format(pattern=shown(text_of(v, "pattern"))),
        _pattern(True),
    ),
    Kind(
        "matches_not",
        "words",
        lambda: _("Does not match an expression"),
        lambda: _("A regular expression that must match nowhere in the answer."),
        (_PATTERN, _MATCH_CASE),
        lambda v: _("does not match {pattern}").format(pattern=shown(text_of(v, "pattern"))),
        _pattern(False),
    ),
    Kind(
        "begins",
        "words",
        lambda: _("Begins with"),
        lambda: _("The answer begins with one of these."),
        (_WORDS, _MATCH_CASE),
        lambda v: _("begins with {words}").format(words=listed(words_of(v, "words"))),
        _begins,
    ),
    Kind(
        "ends",
        "words",
        lambda: _("Ends with"),
        lambda: _("The answer ends with one of these."),
        (_WORDS, _MATCH_CASE),
        lambda v: _("ends with {words}").format(words=listed(words_of(v, "words"))),
        _ends,
    ),
    counting(
        "word_count",
        "words",
        lambda: _("Says a word so often"),
        lambda: _("How often a word or phrase stands in the answer."),
        _count_word,
        lambda v: f"“{shown(text_of(v, 'word'), 40)}”",
        (Field("word", "text", lambda: _("Word or phrase"), ""), _WHOLE, _MATCH_CASE),
    ),
    _letter_and_span(),
    Kind(
        "lacks_characters",
        "words",
        lambda: _("Avoids characters"),
        lambda: _(
            "Characters that must not stand in the answer, such as commas or exclamation marks."
        ),
        (Field("characters", "text", lambda: _("Characters"), ",，、"),),
        lambda v: _("has none of: {characters}").format(characters=shown(text_of(v, "characters"))),
        _lacks_characters,
    ),
    Kind(
        "case",
        "words",
        lambda: _("All in upper or lower case"),
        lambda: _("Every letter that has a case is in this one."),
        (
            Field(
                "case",
                "choice",
                lambda: _("Case"),
                "lower",
                choices=(("lower", lambda: _("lower case")), ("upper", lambda: _("UPPER CASE"))),
            ),
        ),
        lambda v: _("all in upper case") if v["case"] == "upper" else _("all in lower case"),
        _case,
    ),
    counting(
        "capital_words",
        "words",
        lambda: _("Words in capitals"),
        lambda: _("How many words are written in capital letters alone."),
        _count_capitals,
        lambda v: _("Words in capitals"),
    ),
    Kind(
        "quoted",
        "words",
        lambda: _("Is in quotation marks"),
        lambda: _("The whole answer stands in double quotation marks."),
        (),
        lambda v: _("is in quotation marks"),
        _quoted,
    ),
    Kind(
        "repeats",
        "words",
        lambda: _("Repeats the question first"),
        lambda: _("The answer begins with the question, word for word."),
        (
            Field(
                "text",
                "passage",
                lambda: _("What is repeated"),
                "",
                lambda: _("Leave it empty for the question itself."),
                blank=True,
            ),
        ),
        lambda v: _("repeats the question first"),
        _repeats,
    ),
)
