"""The 25 instructions of IFEval as rules: an id and its keyword arguments give a rule, or two.

IFEval (Zhou et al. 2023, https://arxiv.org/abs/2311.07911) is a list of instructions that a program
can verify; ids and arguments are those of its data set (Apache-2.0). The rules are written anew
here. `tests/checks/ifeval.json` has what lm-eval's checks say of the same texts; where ours say
something else on purpose, the test names it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from core.checks.fields import Value
from core.checks.rule import Rule, rule
from core.errors import InvalidInput
from core.i18n import _

Arguments = Mapping[str, Any]
CONSTRAINED = ("My answer is yes.", "My answer is no.", "My answer is maybe.")


def ifeval_rules(instruction: str, arguments: Arguments) -> tuple[Rule, ...]:
    """The rules that an instruction comes to; all of them must hold.

    instruction: an id such as "length_constraints:number_words". Raises `InvalidInput` for an
    unknown one, and for arguments that are missing.
    """
    make = _MADE.get(instruction)
    if make is None:
        raise InvalidInput(
            _("IFEval has no instruction {name!r}. Known: {known}.").format(
                name=instruction[:80], known=", ".join(_MADE)
            )
        )
    try:
        return make(arguments)
    except (KeyError, TypeError) as error:
        raise InvalidInput(
            _("Instruction {name} lacks its arguments: {reason}.").format(
                name=instruction, reason=str(error)[:80]
            )
        ) from error


def instructions() -> tuple[str, ...]:
    """The ids of all instructions."""
    return tuple(_MADE)


def _span(relation: str, count: int) -> dict[str, Value]:
    if relation == "less than":
        return {"at_most": count - 1}
    return {"at_least": count}


def _exactly(count: int) -> dict[str, Value]:
    return {"at_least": count, "at_most": count}


def _one(
    kind: str, values: Callable[[Arguments], dict[str, Value]]
) -> Callable[[Arguments], tuple[Rule, ...]]:
    return lambda a: (Rule(kind, tuple(values(a).items())),)


def _in_english(case: str) -> Callable[[Arguments], tuple[Rule, ...]]:
    return lambda a: (rule("case", case=case), rule("language", language="en"))


_MADE: dict[str, Callable[[Arguments], tuple[Rule, ...]]] = {
    "keywords:existence": _one(
        "contains", lambda a: {"words": tuple(a["keywords"]), "whole_words": False}
    ),
    "keywords:frequency": _one(
        "word_count",
        lambda a: (
            {"word": a["keyword"], "whole_words": False} | _span(a["relation"], a["frequency"])
        ),
    ),
    "keywords:forbidden_words": _one("lacks", lambda a: {"words": tuple(a["forbidden_words"])}),
    "keywords:letter_frequency": _one(
        "letter_count",
        lambda a: {"letter": a["letter"]} | _span(a["let_relation"], a["let_frequency"]),
    ),
    "language:response_language": _one("language", lambda a: {"language": a["language"]}),
    "length_constraints:number_sentences": _one(
        "length", lambda a: {"unit": "sentences"} | _span(a["relation"], a["num_sentences"])
    ),
    "length_constraints:number_paragraphs": _one(
        "paragraphs", lambda a: {"divider": "stars"} | _exactly(a["num_paragraphs"])
    ),
    "length_constraints:number_words": _one(
        "length", lambda a: {"unit": "words"} | _span(a["relation"], a["num_words"])
    ),
    "length_constraints:nth_paragraph_first_word": lambda a: (
        rule("paragraph_begins", nth=a["nth_paragraph"], word=a["first_word"]),
        Rule("paragraphs", tuple(_exactly(a["num_paragraphs"]).items())),
    ),
    "detectable_content:number_placeholders": _one(
        "placeholders", lambda a: {"at_least": a["num_placeholders"]}
    ),
    "detectable_content:postscript": _one(
        "postscript", lambda a: {"marker": a["postscript_marker"]}
    ),
    "detectable_format:number_bullet_lists": _one(
        "list", lambda a: {"style": "bullets"} | _exactly(a["num_bullets"])
    ),
    "detectable_format:constrained_response": _one(
        "contains",
        lambda a: {
            "words": CONSTRAINED,
            "which": "any",
            "whole_words": False,
            "match_case": True,
        },
    ),
    "detectable_format:number_highlighted_sections": _one(
        "highlights", lambda a: {"at_least": a["num_highlights"]}
    ),
    "detectable_format:multiple_sections": _one(
        "sections", lambda a: {"marker": a["section_spliter"], "at_least": a["num_sections"]}
    ),
    "detectable_format:json_format": _one("valid_json", lambda a: {}),
    "detectable_format:title": _one("title", lambda a: {"style": "brackets"}),
    "combination:two_responses": _one("versions", lambda a: {"count": 2}),
    "combination:repeat_prompt": _one("repeats", lambda a: {"text": a["prompt_to_repeat"]}),
    "startend:end_checker": _one("ends", lambda a: {"words": (a["end_phrase"],)}),
    "startend:quotation": _one("quoted", lambda a: {}),
    "change_case:capital_word_frequency": _one(
        "capital_words", lambda a: _span(a["capital_relation"], a["capital_frequency"])
    ),
    "change_case:english_capital": _in_english("upper"),
    "change_case:english_lowercase": _in_english("lower"),
    "punctuation:no_comma": _one("lacks_characters", lambda a: {"characters": ","}),
}
