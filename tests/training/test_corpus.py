"""The corpus: repeatable, well-formed, and free of held-out prompts."""

import hashlib
import re
from collections.abc import Iterator

import pytest

from training import corpus
from training.dialogue import Dialogue
from training.domains import registry, roles
from training.domains.registry import Domain
from training.grammar import Draw, heldout_places, reserved

# Of `sample()`. A new text, domain or share gives another corpus: then, and only then, freeze it
# anew. The folder, the Python and the order in which modules are found must not.
CORPUS = "998e8158fb7286294e42cecfe5466f212b700f9eeb6d12ebe6c74b71915bb08a"


def sample() -> Iterator[Dialogue]:
    """What seed 1 begins with, and held-out dialogues of every domain."""
    yield from corpus.conversations(1, 6000)
    for domain in registry.DOMAINS:
        yield from corpus.heldout(1, domain, 20)


def test_the_corpus_is_the_frozen_one() -> None:
    digest = hashlib.sha256()
    for d in sample():
        said = [(m.role, m.metadata, m.content) for m in d.messages]
        digest.update(repr((d.ability, said, d.tools, d.joins, d.expect)).encode())
    assert digest.hexdigest() == CORPUS


def test_same_seed_gives_same_conversations() -> None:
    assert list(corpus.conversations(5, 200)) == list(corpus.conversations(5, 200))


def test_other_seed_gives_other_conversations() -> None:
    assert list(corpus.conversations(5, 50)) != list(corpus.conversations(6, 50))


@pytest.mark.parametrize("domain", registry.DOMAINS, ids=lambda domain: domain.name)
def test_expected_answers_satisfy_their_own_expectation(domain: Domain) -> None:
    for dialogue in corpus.heldout(1, domain, 60):
        last = dialogue.messages[-1]
        assert dialogue.expect.faults_in(last.content, last.metadata) == []


@pytest.mark.parametrize("domain", registry.DOMAINS, ids=lambda domain: domain.name)
@pytest.mark.long
def test_training_prompts_are_never_reserved(domain: Domain) -> None:
    draw = Draw(2)
    trained = [corpus.draw_dialogue(draw, domain).prompt_key() for _ in range(200)]
    held = [d.prompt_key() for d in corpus.heldout(1, domain, 60)]
    assert not any(reserved(key) for key in trained)
    assert all(reserved(key) for key in held)
    assert not set(trained) & set(held)


def test_held_out_system_wordings_never_occur_in_training() -> None:
    held = [roles.TEXT.systems[i] for i in heldout_places(roles.TEXT.systems)]
    literal = [max(re.split(r"[\[\]{}|]", text), key=len).strip() for text in held]
    draw = Draw(1)
    (content,) = (domain for domain in registry.DOMAINS if domain.talk is roles.content)
    systems = [corpus.draw_dialogue(draw, content).messages[0].content for _ in range(800)]
    assert systems
    others = [t for t in roles.TEXT.systems if t not in held]
    telling = [text for text in literal if not any(text in other for other in others)]
    assert telling
    assert not [s for s in systems if any(text in s for text in telling)]


def test_roles_alternate_and_end_with_the_assistant() -> None:
    for dialogue in corpus.conversations(3, 500):
        roles = [m.role for m in dialogue.messages]
        assert roles[-1] == "assistant"
        talk = roles[1:] if roles[0] == "system" else roles
        asked = [r for r in talk if r != "assistant"]
        assert talk[::2] == asked
        assert set(talk[1::2]) == {"assistant"}


def test_no_marks_of_the_grammar_are_left() -> None:
    for dialogue in corpus.conversations(4, 1000):
        # Tool descriptions, programs and lists of numbers have brackets of their own.
        if dialogue.tools or any(m.metadata for m in dialogue.messages):
            continue
        for message in dialogue.messages:
            # An attack may type a role tag.
            text = message.content.replace("<|", "").replace("|>", "")
            assert not set("[]{}|") & set(text), text
