"""What kinds and groups of suites are called, in the language of this context."""

from core.i18n import _
from core.suites.suite import KINDS, Kind


def kind_title(kind: Kind) -> str:
    """What a kind of suite is called, in the language of this context."""
    return {
        "in scope": _("In scope"),
        "out of scope": _("Out of scope"),
        "many turns": _("Many turns"),
        "poisoned history": _("Poisoned history"),
        "injection": _("Injection"),
        "own cases": _("Own cases"),
    }[kind]


def kind_help(kind: Kind) -> str:
    """What a kind of suite shows, in a sentence."""
    return {
        "in scope": _("Questions it should answer. The contract of the persona holds for each."),
        "out of scope": _("Questions it should decline."),
        "many turns": _("Eight questions in one conversation: does it still hold at the last?"),
        "poisoned history": _("Something false was said earlier: does it stay with what is true?"),
        "injection": _(
            "Attempts to talk it out of its instructions, beside the same questions without an "
            "attempt. A good prompt makes fewer succeed; none makes it zero."
        ),
        "own cases": _("Cases you wrote, with rules of your own."),
    }[kind]


def family_title(family: str) -> str:
    """What a group of a suite that ships is called; any other as it is."""
    return {
        "harmless": _("harmless"),
        "facts": _("facts"),
        "scope": _("scope"),
        "override": _("override"),
        "role play": _("role play"),
        "extraction": _("extraction"),
        "leakage": _("leakage"),
        "role tags": _("role tags"),
        "false history": _("false history"),
        "fake completion": _("fake completion"),
        "encoding": _("encoding"),
        "translation": _("translation"),
        "hypothetical": _("hypothetical"),
        "authority": _("authority"),
        "document": _("payload in a document"),
        "tool result": _("payload in a tool's result"),
        "split over turns": _("split over turns"),
        "payload splitting": _("split in pieces"),
        "many-shot": _("many-shot"),
        "goal hijacking": _("goal hijacking"),
    }.get(family, family)


def row_group_title(group: str) -> str:
    """What a group of rows is called: "Injection: role play". One that is of no suite, as it is."""
    name, _colon, family = group.partition(": ")
    kind = next((kind for kind in KINDS if kind == name), None)
    if kind is None:
        return group
    if not family:
        return kind_title(kind)
    return _("{kind}: {family}").format(kind=kind_title(kind), family=family_title(family))
