"""Which domains there are and how large a share of the corpus each has.

To add one, write a function from a Draw to a Dialogue in the module of its mechanism and list it
here, with its ability in one of the rows.
"""

from collections.abc import Callable
from dataclasses import dataclass

from training.dialogue import Dialogue
from training.domains import (
    builtin_tools,
    chat,
    code,
    copying,
    counting,
    explaining,
    recall,
    roles,
    rules,
    stories,
    tools,
    typed_tools,
)
from training.grammar import Draw


@dataclass(frozen=True, slots=True)
class Domain:
    """One kind of dialogue. ``share`` is its weight in the corpus. measured: whether the evaluation
    asks held-out questions of it; not where `training.probes` does.

    ``name`` seeds its held-out questions and stays what it is, or else the figures of the
    shipped checkpoint are about other questions.
    """

    name: str
    talk: Callable[[Draw], Dialogue]
    share: float
    measured: bool = True


DOMAINS = (
    Domain("sampling.explain", explaining.explain, 6),
    Domain("sampling.settings", explaining.settings, 4),
    Domain("smalltalk.greeting", chat.greeting, 4),
    Domain("smalltalk.identity", chat.identity, 5),
    Domain("smalltalk.chat", chat.chat, 4),
    Domain("recall.recall", recall.recall, 9),
    Domain("planted.planted", recall.planted, 7),
    Domain("planted.corrected", recall.corrected, 4),
    Domain("recall.unknown", recall.unknown, 2.5),
    Domain("stories.tell", stories.tell, 8),
    Domain("stories.poem", stories.poem, 3),
    Domain("copying.repeat", copying.repeat, 10),
    Domain("copying.extract", copying.extract, 8),
    Domain("copying.classify", copying.classify, 10),
    Domain("drills.look_up", copying.look_up, 8),
    Domain("drills.in_order", copying.in_order, 6),
    Domain("drills.quoted", copying.quoted, 6),
    Domain("drills.respelled", copying.respelled, 10),
    Domain("drills.chinese_look_up", copying.chinese_look_up, 5),
    Domain("drills.chinese_quoted", copying.chinese_quoted, 2.5),
    Domain("personas.content", roles.content, 9),
    Domain("personas.refusal", roles.refusal, 6),
    Domain("personas.injection", roles.injection, 8),
    Domain("personas.unseen", roles.unseen, 8),
    Domain("secret.secret", roles.secret, 2.5),
    Domain("personas.bare", roles.bare, 3),
    Domain("named.named", recall.named, 7),
    Domain("fallback.fallback", chat.fallback, 9),
    Domain("lists.numbered", counting.numbered, 4),
    Domain("rules.single", rules.single, 8),
    Domain("rules.combined", rules.combined, 36),
    Domain("limits.limit", roles.limit, 27),
    Domain("tools.call", tools.call, 32),
    Domain("tools.which", tools.which, 8),
    Domain("builtin_tools.builtin", builtin_tools.builtin, 75, measured=False),
    Domain("typed_tools.typed", typed_tools.typed, 80, measured=False),
    Domain("code.interpret", code.interpret, 24),
    Domain("sums.sums", counting.sums, 16),
    Domain("calendars.calendar", counting.calendar, 8),
    Domain("chinese_concepts.explain", explaining.chinese, 9),
    Domain("chinese.talk", chat.chinese, 4),
    Domain("recall_chinese.recall", recall.chinese, 11),
    Domain("chinese_roles.role", roles.chinese_role, 14),
    Domain("chinese_roles.limit", roles.chinese_limit, 20),
    Domain("chinese_roles.injection", roles.chinese_injection, 8),
    Domain("chinese_stories.tell", stories.chinese, 4),
    Domain("chinese_fallback.fallback", chat.chinese_fallback, 3),
    Domain("chinese_personas.persona", roles.chinese_persona, 8),
    Domain("copying.chinese", copying.chinese, 5),
)
SHARES = [domain.share for domain in DOMAINS]


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
