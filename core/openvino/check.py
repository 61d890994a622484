"""Whether a converted model says what torch says: its probabilities for one fixed text, compared.

What torch finds is kept beside the graph, so that it is compared anew whenever the graph is loaded.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from transformers import PreTrainedModel

from core.backends.tokenizer import Tokenizer
from core.i18n import _
from core.messages import Message
from core.openvino.conversion import NotConvertible
from core.openvino.paged_model import PagedModel, ReadText

FILE = "check.npz"
# The most that a log-probability may differ by (natural logarithm) in float32
TOLERANCE = 1e-3
# In fewer bits: at so many places, at least, the likeliest token must be that of float32
AGREES = 0.75
_TEXT = (
    "Zwölf Boote liegen im Hafen, und drei davon fahren aus. 你好，世界！ "
    "for i in range(10): print(i ** 2)  # 0.25 + 0.5, and so on"
)
# So many tokens reach over a page of the cache; of these the places that are compared
_MOST_TOKENS = 72
_EVERY = 6
# The last ones are read token by token, as an answer is written
_STEPS = 3


@dataclass(frozen=True, slots=True)
class Compared:
    """difference: the largest between two log-probabilities. same: at how many of `places` both
    find the same likeliest token."""

    difference: float
    same: int
    places: int


def expected(model: PreTrainedModel, tokenizer: Tokenizer, window: int, folder: Path) -> None:
    """Write what torch finds to a file in `folder`."""
    ids = tokenizer.prompt_ids([Message("user", _TEXT)])[: min(_MOST_TOKENS, window)]
    with torch.inference_mode():
        logits = model(torch.tensor([ids])).logits[0].float()
    logprobs, likeliest = logits[_places(ids)].log_softmax(-1), logits.argmax(-1)
    np.savez(
        folder / FILE, ids=np.array(ids), logprobs=logprobs.numpy(), likeliest=likeliest.numpy()
    )


def check(model: PagedModel, folder: Path, exact: bool = True) -> Compared:
    """How what the model finds compares with what torch found in float32.

    exact: whether it is in float32 too. Raises `NotConvertible` beyond `TOLERANCE`, and below
    `AGREES` where it is not; `OSError`, `ValueError` or `KeyError` where there is no such file, or
    a damaged one.
    """
    with np.load(folder / FILE, allow_pickle=False) as kept:
        ids, wanted, likeliest = kept["ids"].tolist(), kept["logprobs"], kept["likeliest"]
    text = ReadText()
    whole = np.concatenate(list(text.rows(model, ids)))
    for end in range(len(ids) - _STEPS + 1, len(ids) + 1):
        whole[end - 1] = text.last(model, ids[:end])[0]
    found = torch.from_numpy(whole[_places(ids)]).log_softmax(-1).numpy()
    difference = float(np.abs(found - wanted).max())
    same = int((whole.argmax(-1) == likeliest).sum())
    if not exact and not same >= AGREES * len(ids):
        raise NotConvertible(
            _(
                "In so few bits OpenVINO finds the likeliest token of torch at {same} of {places} places "
                "of a text only."
            ).format(same=same, places=len(ids))
        )
    if exact and not difference <= TOLERANCE:  # nor is it where one of them is no number
        raise NotConvertible(
            _("OpenVINO computes other probabilities than torch (up to {difference:.2g}).").format(
                difference=difference
            )
        )
    return Compared(difference, same, len(ids))


def _places(ids: list[int]) -> list[int]:
    last = len(ids) - 1
    return sorted({*range(0, last, _EVERY), *range(max(0, last - _STEPS + 1), last + 1)})
