"""Which domains there are and how large a share of the corpus each has.

To add a topic, write a module with a function from a Draw to a Dialogue and list it here.
"""

from collections.abc import Callable

from training.dialogue import Dialogue
from training.domains import (
    chinese,
    copying,
    fallback,
    lists,
    named,
    personas,
    recall,
    sampling,
    smalltalk,
    stories,
    tools,
)
from training.grammar import Draw

_SHARE: tuple[tuple[Callable[[Draw], Dialogue], float], ...] = (
    (sampling.explain, 12),
    (sampling.settings, 5),
    (smalltalk.greeting, 4),
    (smalltalk.identity, 5),
    (smalltalk.chat, 5),
    (recall.recall, 10),
    (recall.unknown, 1),
    (stories.tell, 6),
    (stories.poem, 1.5),
    (copying.repeat, 3),
    (copying.extract, 4),
    (copying.classify, 1.5),
    (personas.content, 11),
    (personas.refusal, 5),
    (personas.injection, 5),
    (personas.unseen, 7),
    (personas.bare, 4),
    (named.named, 4),
    (fallback.fallback, 6),
    (lists.numbered, 4),
    (lists.rule, 4),
    (tools.call, 3),
    (chinese.talk, 8),
    (chinese.recall, 4),
    (chinese.role, 4),
)
DOMAINS = [domain for domain, _ in _SHARE]
SHARES = [share for _, share in _SHARE]


def name_of(domain: Callable[[Draw], Dialogue]) -> str:
    """The domain's module and function, as a stable name."""
    return f"{domain.__module__}.{domain.__name__}"
