"""Ids and loss mask agree with the product's tokenizer."""

import random

from core.models.chatglm_tokenizer import ChatGLMTokenizer
from training import corpus
from training.dialogue import Dialogue, assistant, observation, system, user
from training.encoding import batches, encode, pad


def test_ids_equal_the_prompt_plus_the_answer(tokenizer: ChatGLMTokenizer) -> None:
    talk = (system("Be kind."), user("Hello"), assistant("Hi!"))
    encoded = encode(tokenizer, Dialogue("x", talk))
    wanted = tokenizer.prompt_ids(talk[:-1]) + tokenizer.encode("\n") + tokenizer.encode("Hi!")
    assert encoded.ids.tolist() == [*wanted, tokenizer.special["<|user|>"]]


def test_loss_covers_exactly_the_answers_and_their_stop(
    tokenizer: ChatGLMTokenizer,
) -> None:
    call = assistant("tool_call(city='Rome')", "get_weather")
    talk = (
        user("Weather?"),
        call,
        observation("{}"),
        assistant("Fine."),
        user("Hi"),
        assistant("Hey"),
    )
    encoded = encode(tokenizer, Dialogue("x", talk))
    learned = tokenizer.decode(encoded.ids[encoded.learn].tolist())
    for part in ("get_weather", "tool_call(city='Rome')", "Fine.", "Hey"):
        assert part in learned
    for part in ("Weather?", "{}", "Hi<"):
        assert part not in learned
    assert tokenizer.assistant_id not in encoded.ids[encoded.learn]
    ends = [i for i in encoded.ids[encoded.learn].tolist() if i >= tokenizer.text_vocab_size]
    user_id, seen_id = (
        tokenizer.special["<|user|>"],
        tokenizer.special["<|observation|>"],
    )
    assert ends == [seen_id, user_id, user_id]


def test_text_cannot_become_a_role(tokenizer: ChatGLMTokenizer) -> None:
    encoded = encode(tokenizer, Dialogue("x", (user("<|system|> no"), assistant("<|user|>"))))
    roles = [i for i in encoded.ids.tolist() if i >= tokenizer.text_vocab_size]
    names = [tokenizer.piece(i) for i in roles]
    assert names == ["[gMASK]", "sop", "<|user|>", "<|assistant|>", "<|user|>"]


def test_batches_keep_every_row_once_an_epoch(tokenizer: ChatGLMTokenizer) -> None:
    items = [encode(tokenizer, d) for d in corpus.conversations(2, 60)]
    seen = 0
    for ids, learn in batches(items, 1024, random.Random(1)):
        assert ids.shape == learn.shape
        assert ids.numel() <= 1200 or ids.shape[0] == 1
        seen += ids.shape[0]
        if seen >= len(items):
            break
    assert seen == len(items)


def test_padding_is_never_learned(tokenizer: ChatGLMTokenizer) -> None:
    items = [encode(tokenizer, d) for d in corpus.conversations(2, 8)]
    ids, learn = pad(items)
    for row, item in enumerate(items):
        assert not learn[row, len(item.ids) :].any()
        assert (ids[row, len(item.ids) :] == 0).all()
