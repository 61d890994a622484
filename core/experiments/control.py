"""What figures over many turns stand beside: the same questions without a system message.

Every model loses something as a conversation goes on. Only beside the model alone can one see what
a persona loses by its own words, or keeps.
"""

from collections.abc import Iterable

from core.experiments.spec import ExperimentSpec, Row
from core.experiments.summary import kind_of
from core.i18n import _
from core.suites.suite import Kind

_MANY_TURNS: Kind = "many turns"


def control_name() -> str:
    """What a variant without a system message is called."""
    return _("No system message")


def over_many_turns(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Those of a suite of many turns."""
    return tuple(row for row in rows if kind_of(row.group) == _MANY_TURNS)


def companion(spec: ExperimentSpec, baseline: int) -> int:
    """The variant that others stand beside from turn to turn: one without a system message where
    there is one, of the baseline's model before others; else the baseline."""
    bare = [place for place, one in enumerate(spec.variants) if not one.system.strip()]
    if baseline in bare:
        return baseline
    model = spec.variants[baseline].model
    return next(iter(sorted(bare, key=lambda place: spec.variants[place].model != model)), baseline)
