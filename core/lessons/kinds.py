"""The closed set of experiments: which there are, and how a front matter names them."""

import copy
from collections.abc import Callable, Mapping
from typing import Any

from core.lessons.asking import SampleAnswers
from core.lessons.conversing import AskInConversations
from core.lessons.experiment import Experiment, Path
from core.lessons.fields import Fields
from core.lessons.precisions import ComparePrecisions
from core.lessons.predicting import NextToken
from core.lessons.reading import CountTokens, ShowPrompts

Reader = Callable[[Fields], Experiment]


def kinds() -> dict[str, Reader]:
    """The experiments by the name that a front matter calls them."""
    return {
        "answers": SampleAnswers.read,
        "conversations": AskInConversations.read,
        "next_token": NextToken.read,
        "tokens": CountTokens.read,
        "prompts": ShowPrompts.read,
        "precisions": ComparePrecisions.read,
    }


def read_experiment(values: Any) -> Experiment:
    """The experiment of a front matter; raises `InvalidInput`, naming the field."""
    fields = Fields(values, "experiment")
    readers = kinds()
    found = readers[fields.choice("kind", sorted(readers))](fields)
    fields.finish()
    return found


def changed(values: Any, paths: Mapping[Path, Any]) -> Experiment:
    """The experiment of `values` with other values at some paths; raises as `read_experiment`."""
    new = copy.deepcopy(values)
    for path, value in paths.items():
        place = new
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
    return read_experiment(new)
