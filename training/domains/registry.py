"""Which domains there are and how large a share of the corpus each has.

To add a topic, write a module with a function from a Draw to a Dialogue and list it here.
"""

from collections.abc import Callable
from dataclasses import dataclass

from training.dialogue import Dialogue
from training.domains import (
    calendars,
    chinese,
    chinese_concepts,
    chinese_fallback,
    chinese_personas,
    chinese_roles,
    chinese_stories,
    code,
    copying,
    drills,
    fallback,
    limits,
    lists,
    named,
    personas,
    planted,
    recall,
    recall_chinese,
    rules,
    sampling,
    secret,
    smalltalk,
    stories,
    sums,
    tools,
)
from training.grammar import Draw

_SHARE: tuple[tuple[Callable[[Draw], Dialogue], float], ...] = (
    (sampling.explain, 6),
    (sampling.settings, 4),
    (smalltalk.greeting, 4),
    (smalltalk.identity, 5),
    (smalltalk.chat, 4),
    (recall.recall, 9),
    (planted.planted, 7),
    (planted.corrected, 4),
    (recall.unknown, 2.5),
    (stories.tell, 8),
    (stories.poem, 3),
    (copying.repeat, 10),
    (copying.extract, 8),
    (copying.classify, 10),
    (drills.look_up, 8),
    (drills.in_order, 6),
    (drills.quoted, 6),
    (drills.respelled, 10),
    (drills.chinese_look_up, 5),
    (drills.chinese_quoted, 2.5),
    (personas.content, 9),
    (personas.refusal, 6),
    (personas.injection, 8),
    (personas.unseen, 8),
    (secret.secret, 2.5),
    (personas.bare, 3),
    (named.named, 7),
    (fallback.fallback, 9),
    (lists.numbered, 4),
    (rules.single, 8),
    (rules.combined, 36),
    (limits.limit, 27),
    (tools.call, 32),
    (tools.which, 8),
    (code.interpret, 24),
    (sums.sums, 16),
    (calendars.calendar, 8),
    (chinese_concepts.explain, 9),
    (chinese.talk, 4),
    (recall_chinese.recall, 11),
    (chinese_roles.role, 14),
    (chinese_roles.limit, 20),
    (chinese_roles.injection, 8),
    (chinese_stories.tell, 4),
    (chinese_fallback.fallback, 3),
    (chinese_personas.persona, 8),
    (copying.chinese, 5),
)
DOMAINS = [domain for domain, _ in _SHARE]
SHARES = [share for _, share in _SHARE]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the evaluation's table: abilities that belong together, and what they should reach.

    ``aim`` is the share of right answers at temperature 0 and at 0.8 with top_p 0.9.
    """

    name: str
    aim: tuple[float, float]
    abilities: tuple[str, ...]


ROWS = (
    Row(
        "questions in English",
        (0.95, 0.90),
        (
            "explain",
            "settings",
            "greeting",
            "identity",
            "small talk",
            "persona answers",
            "plain question",
            "story",
            "poem",
            "list",
            "calendar",
            "sum",
            "classify",
        ),
    ),
    Row(
        "questions in Chinese",
        (0.90, 0.85),
        (
            "chinese",
            "chinese concepts",
            "chinese persona",
            "chinese story",
        ),
    ),
    Row(
        "roles and limits from the system message",
        (0.90, 0.85),
        (
            "unseen persona",
            "system facts",
            "persona declines",
            "limit",
            "chinese role",
            "chinese limit",
        ),
    ),
    Row("copying and looking up", (0.95, 0.90), ("repeat", "extract", "chinese copying")),
    Row("one rule of form", (0.90, 0.85), ("single rule",)),
    Row("several rules of form", (0.75, 0.70), ("pair of rules", "three rules")),
    Row("injection withstood", (0.85, 0.80), ("injection withstood", "chinese injection")),
    Row("recall", (0.95, 0.90), ("recall", "planted fact", "chinese recall")),
    Row("tool call", (0.95, 0.90), ("tool call",)),
    Row("answer from a tool's result", (0.95, 0.90), ("tool answer",)),
    Row("code interpreter", (0.90, 0.80), ("code", "code answer")),
    Row("says that it does not know", (0.90, 0.85), ("honest fallback", "chinese fallback")),
)


def name_of(domain: Callable[[Draw], Dialogue]) -> str:
    """The domain's module and function, as a stable name."""
    return f"{domain.__module__}.{domain.__name__}"
