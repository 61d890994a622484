"""An answer that is begun again at any token goes on as it did, with the same settings and seed."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.backends.events import Finished, TextDelta
from core.backends.request import Request
from core.engine.engine import Engine
from core.errors import PromptTooLong
from core.messages import Message
from core.sampling.settings import Sampling

SAMPLING = Sampling(temperature=1.1, top_p=0.95, seed=3, max_new_tokens=48)


@pytest.fixture(scope="module")
def prompt(engine: Engine) -> tuple[int, ...]:
    return tuple(engine.tokenizer.prompt_ids([Message("user", "Tell me a story about 狐狸.")]))


@pytest.fixture(scope="module")
def whole(engine: Engine, prompt: tuple[int, ...]) -> Finished:
    return engine.submit(Request(prompt, SAMPLING)).result()


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(share=st.floats(0, 1, exclude_max=True))
def test_it_goes_on_as_it_did(engine, prompt, whole, share) -> None:
    cut = int(share * len(whole.token_ids))
    again = engine.submit(Request(prompt, SAMPLING, begun=whole.token_ids[:cut])).result()
    assert again.token_ids == whole.token_ids
    assert again.text == whole.text
    assert again.reason == whole.reason
    assert again.usage.new_tokens == len(whole.token_ids) - cut


def test_another_seed_or_token_goes_on_elsewhere(engine, prompt, whole) -> None:
    begun = whole.token_ids[:10]
    # Hot enough that no model is sure of how to go on
    hot = [Sampling(temperature=2.0, top_p=1.0, seed=seed, max_new_tokens=48) for seed in (3, 4)]
    one, other = (engine.submit(Request(prompt, s, begun=begun)).result() for s in hot)
    assert one.token_ids != other.token_ids
    taken = (*begun[:9], begun[9] + 1)
    end = engine.submit(Request(prompt, SAMPLING, begun=taken)).result()
    assert end.token_ids[:10] == taken


def test_the_deltas_add_up_to_the_whole_text(engine, prompt, whole) -> None:
    events = list(engine.submit(Request(prompt, SAMPLING, begun=whole.token_ids[:7])))
    deltas = [event for event in events if isinstance(event, TextDelta)]
    assert "".join(delta.text for delta in deltas) == whole.text
    assert deltas[0].token_ids == whole.token_ids[:7]


def test_an_answer_without_room_is_refused(engine, prompt, whole) -> None:
    short = Sampling(max_new_tokens=5, seed=1)
    with pytest.raises(PromptTooLong, match="max_new_tokens"):
        engine.submit(Request(prompt, short, begun=whole.token_ids[:5]))
    end = engine.submit(Request(prompt, short, begun=whole.token_ids[:4])).result()
    assert len(end.token_ids) == 5
