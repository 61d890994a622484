"""Logits of the next token and of every token of an answer are those of a plain forward pass."""

import numpy as np
import pytest
import torch

from core.backends.request import Request
from core.engine.engine import Engine
from core.errors import InvalidInput, PromptTooLong
from core.messages import Message
from core.models.loading import LoadedModel
from core.models.plan import LOGIT_ROWS
from core.sampling.distribution import distribution
from core.sampling.settings import Sampling


def _prompt(engine: Engine, text: str = "Tell me a short story about a fox.") -> list[int]:
    return engine.tokenizer.prompt_ids([Message("user", text)])


def _forward(engine: Engine, ids: list[int]) -> np.ndarray:
    with engine.exclusive() as loaded:
        return loaded.model(torch.tensor([ids])).logits[0].float().numpy()


def test_next_logits_are_the_last_row_of_a_forward_pass(engine: Engine) -> None:
    ids = _prompt(engine)
    given = engine.next_logits(ids)
    assert given.shape == (engine.tokenizer.vocab_size,)
    assert given.dtype == np.float32
    wanted = _forward(engine, ids)[-1, : engine.tokenizer.vocab_size]
    assert np.abs(given - wanted).max() < 1e-4


def test_answer_logits_are_one_row_for_each_token_also_over_chunks(engine: Engine) -> None:
    prompt = _prompt(engine)
    answer = engine.tokenizer.encode("The fox ran over the hill. " * 60)[: LOGIT_ROWS + 50]
    rows = list(engine.answer_logits(prompt, answer))
    wanted = _forward(engine, [*prompt, *answer])[len(prompt) - 1 : -1]
    assert len(rows) == len(answer)
    assert np.abs(np.stack(rows) - wanted[:, : engine.tokenizer.vocab_size]).max() < 1e-4


def test_a_text_that_goes_on_is_read_once(engine: Engine, loaded: LoadedModel) -> None:
    """Each step reads its own token alone, an undo none but the last, and the logits are the same."""
    whole = [*_prompt(engine), *engine.tokenizer.encode("Once upon a time, 从前有一只狐狸。 " * 60)]
    read: list[int] = []

    def note(_module: object, _given: object, named: dict[str, torch.Tensor]) -> None:
        read.append(named["input_ids"].shape[1])

    hook = loaded.model.base_model.register_forward_pre_hook(note, with_kwargs=True)
    try:
        looks = [whole[:-2], whole[:-1], whole, whole[:-1], [*whole[:9], whole[9] + 1]]
        found = [engine.going_on_logits(ids) for ids in looks]
    finally:
        hook.remove()
    assert read == [512, len(whole) - 514, 1, 1, 1, 1]
    for ids, logits in zip(looks, found, strict=True):
        assert np.abs(logits - engine.next_logits(ids)).max() < 1e-4


def test_a_pass_that_breaks_off_leaves_nothing_behind(engine: Engine, loaded: LoadedModel) -> None:
    ids = _prompt(engine)

    def refuse(*_given: object) -> None:
        raise MemoryError

    engine.going_on_logits(ids[:-3])
    hook = loaded.model.base_model.layers[-1].register_forward_pre_hook(refuse)
    try:
        with pytest.raises(MemoryError):
            engine.going_on_logits(ids)
    finally:
        hook.remove()
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
