"""Logits of the next token and of every token of an answer are those of a plain forward pass."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch

from core.backends.request import Request
from core.engine.engine import Engine
from core.errors import InvalidInput, PromptTooLong
from core.messages import Message
from core.models.loading import LoadedModel
from core.models.plan import LOGIT_ROWS
from core.openvino.paged_model import PagedModel
from core.sampling.distribution import distribution
from core.sampling.settings import Sampling


def _prompt(engine: Engine, text: str = "Tell me a short story about a fox.") -> list[int]:
    return engine.tokenizer.prompt_ids([Message("user", text)])


def _forward(engine: Engine, loaded: LoadedModel, ids: list[int]) -> np.ndarray:
    """By torch's own model, whoever's kernels the engine has."""
    with engine.exclusive():
        return loaded.model(torch.tensor([ids])).logits[0].float().numpy()


def test_next_logits_are_the_last_row_of_a_forward_pass(
    engine: Engine, loaded: LoadedModel
) -> None:
    ids = _prompt(engine)
    given = engine.next_logits(ids)
    assert given.shape == (engine.tokenizer.vocab_size,)
    assert given.dtype == np.float32
    wanted = _forward(engine, loaded, ids)[-1, : engine.tokenizer.vocab_size]
    assert np.abs(given - wanted).max() < 1e-4


def test_answer_logits_are_one_row_for_each_token_also_over_chunks(
    engine: Engine, loaded: LoadedModel
) -> None:
    prompt = _prompt(engine)
    answer = engine.tokenizer.encode("The fox ran over the hill. " * 60)[: LOGIT_ROWS + 50]
    rows = list(engine.answer_logits(prompt, answer))
    wanted = _forward(engine, loaded, [*prompt, *answer])[len(prompt) - 1 : -1]
    assert len(rows) == len(answer)
    assert np.abs(np.stack(rows) - wanted[:, : engine.tokenizer.vocab_size]).max() < 1e-4


@contextmanager
def _told(engine: Engine, note: Callable[[int], object]) -> Iterator[None]:
    """Tell of every pass over a text how many tokens it reads, before it has read them."""
    model = engine._model().model
    with pytest.MonkeyPatch.context() as patch:
        if isinstance(model, PagedModel):
            read = model._step

            def step(pages: Any, ids: Any, *rest: Any) -> Any:
                note(len(ids))
                return read(pages, ids, *rest)

            patch.setattr(model, "_step", step)
        else:
            forward = model.base_model.forward

            def passed(*given: Any, **named: Any) -> Any:
                note(named["input_ids"].shape[1])
                return forward(*given, **named)

            patch.setattr(model.base_model, "forward", passed)
        yield


def test_a_text_that_goes_on_is_read_once(engine: Engine) -> None:
    """Each step reads its own token alone, an undo none but the last, and the logits are the
    same."""
    whole = [*_prompt(engine), *engine.tokenizer.encode("Once upon a time, 从前有一只狐狸。 " * 60)]
    read: list[int] = []
    with _told(engine, read.append):
        looks = [whole[:-2], whole[:-1], whole, whole[:-1], [*whole[:9], whole[9] + 1]]
        found = [engine.going_on_logits(ids) for ids in looks]
    assert read == [512, len(whole) - 514, 1, 1, 1, 1]
    for ids, logits in zip(looks, found, strict=True):
        assert np.abs(logits - engine.next_logits(ids)).max() < 1e-4


def test_a_pass_that_breaks_off_leaves_nothing_behind(engine: Engine) -> None:
    ids = _prompt(engine)

    def refuse(*_given: object) -> None:
        raise MemoryError

    engine.going_on_logits(ids[:-3])
    with _told(engine, refuse), pytest.raises(MemoryError):
        engine.going_on_logits(ids)
    wanted = engine.next_logits(ids)
    assert np.abs(engine.going_on_logits(ids) - wanted).max() < 1e-4


def test_every_drawn_token_lies_in_what_its_distribution_kept(engine: Engine) -> None:
    prompt = _prompt(engine)
    sampling = Sampling(temperature=1.3, top_p=0.7, top_k=30, seed=5, max_new_tokens=60)
    answer = engine.submit(Request(tuple(prompt), sampling)).result().token_ids
    rows = engine.answer_logits(prompt, answer)
    for token, row in zip(answer, rows, strict=True):
        shown = distribution(row, sampling)
        assert shown.kept[token]
        assert 1 <= shown.kept_count <= 30


def test_unusable_prompts_are_refused(engine: Engine) -> None:
    with pytest.raises(InvalidInput, match="empty"):
        engine.next_logits([])
    with pytest.raises(InvalidInput, match="empty"):
        list(engine.answer_logits([], [5]))
    with pytest.raises(InvalidInput, match="999999"):
        engine.next_logits([999_999])
    with pytest.raises(PromptTooLong, match=str(engine.window + 1)):
        list(engine.answer_logits([5] * engine.window, [5]))
    assert list(engine.answer_logits([5], [])) == []
