"""A file of an earlier version: everything in it is there afterwards, and it can be gone on with.

`data/make_revision_0003.py` says how the file was made.
"""

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.backends.events import Usage
from core.branches.records import Branch, Origin, Tree
from core.chat.records import Conversation, StoredMessage
from core.checks.judge import Judge, Verdict
from core.experiments.opinions import Judging, Opinion
from core.experiments.records import Answer, Place
from core.experiments.spec import ExperimentSpec, Row, Variant
from core.grid.axes import Axis
from core.grid.records import Cell, LoadedAs, unfinished
from core.messages import Message
from core.personas.book import PersonaBook
from core.personas.records import Persona
from core.sampling.settings import Sampling
from core.store import Store

STORED = Path(__file__).parent / "data" / "revision_0003.db.gz"
# What the file's conversations, runs and trees are called by: counted, as hexadecimal digits
TALK, CHINESE, TOOLS, EMPTY, UNFINISHED = (f"{n:012x}" for n in (1, 7, 11, 16, 27))
DONE, GAPS = (f"{n:012x}" for n in (19, 20))
TREE, CELL_TREE = (f"{n:012x}" for n in (21, 25))
USAGE = Usage(23, 5, 0.125, 40.5)
SAMPLING = Sampling(0.3, 0.7, 5, 60, 500, 9)
HERE = LoadedAs("embedded", "int8", "cpu")


def at(minute: int) -> datetime:
    """The file's clock: a minute later whenever it was asked."""
    return datetime(2026, 1, 5, 8, tzinfo=UTC) + timedelta(minutes=minute)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    file = tmp_path / "promptlab.db"
    file.write_bytes(gzip.decompress(STORED.read_bytes()))
    return Store.open(file)


# --- what was there is there ------------------------------------------------------------------


def test_conversations_keep_their_settings(store: Store) -> None:
    talks = store.conversations.list()
    assert [talk.id for talk in talks] == [UNFINISHED, EMPTY, TOOLS, CHINESE, TALK]
    assert talks[-1] == Conversation(
        id=TALK,
        title="Wärme & 温度",
        titled=True,
        system="Answer in one sentence.\nNo lists.",
        persona_id=None,
        sampling=SAMPLING,
        when_full="stop",
        head_id=f"{3:012x}",
        created_at=at(0),
        updated_at=at(14),
        # Of versions that noted it with each answer alone
        model="embedded",
        precision="",
    )
    assert [talk.model for talk in talks] == ["embedded", "", "chatglm3-6b", "embedded", "embedded"]
    assert talks[1] == Conversation(
        EMPTY, "", False, "", None, Sampling(), "trim", None, at(36), at(37)
    )
    assert [(t.title, t.titled) for t in talks[2:4]] == [
        ("Tools", True),
        ("从前有一只狐狸， 然后呢？", False),
    ]
    assert talks[2].sampling == Sampling(temperature=0.0)
    assert [t.id for t in store.conversations.list("一只狐狸")] == [CHINESE]


def test_messages_keep_all_their_versions(store: Store) -> None:
    question, answer = store.conversations.path(TALK)
    assert (question.content, question.version, question.versions) == ("What is 温度? 🌡️", 1, 2)
    assert answer == StoredMessage(
        id=f"{3:012x}",
        conversation_id=TALK,
        parent_id=question.id,
        role="assistant",
        content="It is heat.",
        metadata="",
        finish_reason="stop",
        error=None,
        sampling=SAMPLING,
        usage=USAGE,
        token_ids=(64790, 30910, 13, 5, 2),
        seed=9,
        model="embedded",
        created_at=at(4),
        version=1,
        versions=2,
    )
    first, second = store.conversations.versions(answer.id)
    assert first == answer.id
    store.conversations.select_version(second)
    longer = store.conversations.path(TALK)[-1]
    assert (longer.content, longer.finish_reason) == ("It is how wild", "length")
    assert (longer.token_ids, longer.seed, longer.version) == ((30910, 13, 7), 10, 2)
    store.conversations.select_version(store.conversations.versions(question.id)[1])
    edited, stopped = store.conversations.path(TALK)
    assert (edited.content, edited.version) == ("What is top_p?", 2)
    assert (stopped.content, stopped.finish_reason, stopped.seed) == ("A share", "cancelled", 11)


def test_answers_that_did_not_come_to_their_end_say_why(store: Store) -> None:
    question, broken = store.conversations.path(CHINESE)
    assert question.content == "从前有一只狐狸，\n然后呢？"
    assert (broken.content, broken.finish_reason) == ("它跑进了", "interrupted")
    assert (broken.token_ids, broken.sampling) == ((54532, 31123), Sampling(seed=2))
    store.conversations.select_version(store.conversations.versions(broken.id)[0])
    failed = store.conversations.path(CHINESE)[-1]
    assert (failed.content, failed.finish_reason, failed.model) == ("", "error", "small")
    assert failed.error == "small was unloaded for another model. Ask again."
    assert (failed.usage, failed.token_ids) == (None, ())
    _ahoy, begun = store.conversations.path(UNFINISHED)
    assert (begun.content, begun.finish_reason) == ("Arr, half an ans", None)
    assert store.conversations.recover() == 1
    assert store.conversations.path(UNFINISHED)[-1].finish_reason == "interrupted"


def test_a_call_of_a_tool_keeps_its_parts(store: Store) -> None:
    said = [(m.role, m.content, m.metadata) for m in store.conversations.path(TOOLS)]
    assert said == [
        ("user", "Weather in 北京?", ""),
        ("assistant", "```python\ntool_call(city='北京')\n```", "get_weather"),
        ("observation", '{"celsius": -3}', ""),
        ("assistant", "It is -3 °C.", ""),
    ]


def test_personas_keep_their_words(store: Store) -> None:
    assert store.personas.list() == [
        Persona(
            f"{17:012x}",
            "Pirate",
            "Says arr",
            "You are a pirate.",
            ("Who are you?", "Sing!"),
            at(38),
            at(39),
        ),
        Persona(
            f"{18:012x}",
            "厨师",
            "只谈做菜",
            "你是一位厨师。\n只谈做菜。",
            ("你是谁？",),
            at(40),
            at(42),
        ),
    ]


def test_a_finished_run_keeps_every_text_and_score(store: Store) -> None:
    gaps, run = store.runs.list()
    assert (gaps.id, run.id) == (GAPS, DONE)
    spec = run.spec
    assert (run.title, spec.prompt) == ("Foxes 🦊", "Tell me a story about a 狐狸.")
    assert (spec.system, run.model, run.precision) == ("Be brief.", "embedded", "fp32")
    assert (spec.rows, spec.columns) == (
        Axis("temperature", (0.0, 1.4)),
        Axis("top_p", (0.5, 1.0)),
    )
    assert spec.fixed == Sampling(top_k=40, max_new_tokens=16, seed=7)
    assert (spec.samples, run.created_at) == (1, at(43))
    cells = store.runs.cells(DONE)
    assert cells[3] == Cell(
        index=3,
        row=1,
        column=1,
        sample=0,
        seed=7,
        text="狐狸在跑",
        token_ids=(30910, 13, 103, 2),
        finish_reason="stop",
        mean_logprob=-0.75,
        entropies=(0.0, 1.5, 0.375, 0.5),
        greedy_prefix=1,
        loaded_as=LoadedAs("embedded", "fp32", "cpu"),
        usage=USAGE,
    )
    assert [cell.text for cell in cells] == ["Once", "Once", "A fox", "狐狸在跑"]
    assert [cell.mean_logprob for cell in cells] == [0.0, -0.25, -0.5, -0.75]
    assert unfinished(spec, cells) == []


def test_a_run_over_personas_and_models_keeps_its_gaps(store: Store) -> None:
    run = store.runs.get(GAPS)
    spec, cells = run.spec, store.runs.cells(GAPS)
    assert spec.rows == Axis("persona", ("", "You are a pirate."), ("nobody", "Pirate"))
    assert spec.columns == Axis("model", ("embedded/int8", "qwen2.5-0.5b-instruct/bf16"))
    assert spec.fixed == Sampling(temperature=0.8, max_new_tokens=32, seed=3)
    assert (spec.samples, run.precision, run.title) == (2, "int8", "")
    there = LoadedAs("qwen2.5-0.5b-instruct", "bf16", "cuda")
    assert cells == [
        Cell(0, 0, 0, 0, 3, "I am", (5, 6, 2), "stop", None, -1.5, (1.0, 2.0, 0.0), 1, HERE, USAGE),
        Cell(3, 0, 1, 1, 4, "I", (5,), "cancelled", loaded_as=there, usage=USAGE),
        Cell(4, 1, 0, 0, 3, finish_reason="error", error="CUDA out of memory", loaded_as=HERE),
    ]
    assert [cell.index for cell in unfinished(spec, cells)] == [1, 2, 3, 4, 5, 6, 7]


def test_trees_keep_their_branches(store: Store) -> None:
    tree, of_cell = store.branches.list()
    origin = Origin("message", f"{3:012x}", "What is 温度? 🌡️", "embedded")
    assert tree == Tree(TREE, "Weather", origin, (64790, 64792, 1), at(45), at(64))
    cell = Origin("cell", f"{DONE}/3", "Tell me", "embedded", chat=False)
    assert of_cell == Tree(CELL_TREE, "", cell, (64790, 64792), at(54), at(55))
    root, child, grandchild, begun = store.branches.of(TREE)
    assert grandchild == Branch(
        id=f"{24:012x}",
        tree_id=TREE,
        parent_id=child.id,
        position=3,
        token_id=79,
        piece="▁sun",
        name="太阳",
        model="embedded",
        sampling=Sampling(1.2, 0.9, seed=5),
        token_ids=(30910, 13, 77, 79),
        text="It cold sun",
        finish_reason="error",
        error="unloaded",
        created_at=at(51),
    )
    assert (root.text, root.token_ids, root.sampling) == (
        "It is heat.",
        (30910, 13, 5, 2),
        Sampling(seed=9),
    )
    assert [b.parent_id for b in (root, child, begun)] == [None, root.id, root.id]
    assert [b.text for b in (child, begun)] == ["It cold wind", "ice and"]
    assert [b.finish_reason for b in (root, child, begun)] == ["stop", "stop", None]
    (planted,) = store.branches.of(CELL_TREE)
    assert (planted.text, planted.finish_reason) == ("狐狸在跑", "length")
    assert planted.sampling == Sampling(1.4, 1.0, 40)


# --- and can be gone on with ------------------------------------------------------------------


def test_a_conversation_goes_on(store: Store) -> None:
    head = store.conversations.get(TALK).head_id
    store.conversations.add_message(TALK, head, Message("user", "And in Kelvin?"))
    said = [message.content for message in store.conversations.path(TALK)]
    assert said == ["What is 温度? 🌡️", "It is heat.", "And in Kelvin?"]
    assert store.conversations.list()[0].id == TALK


def test_a_gap_of_a_run_is_filled(store: Store) -> None:
    spec = store.runs.get(GAPS).spec
    before = {cell.index: cell for cell in store.runs.cells(GAPS)}
    for cell in unfinished(spec, store.runs.cells(GAPS)):
        store.runs.save_cell(GAPS, cell.filled(text="Arr", token_ids=(9, 2), finish_reason="stop"))
    cells = store.runs.cells(GAPS)
    assert unfinished(spec, cells) == []
    assert cells[0] == before[0]
    assert {cell.text for cell in cells[1:]} == {"Arr"}


def test_a_branch_is_left(store: Store) -> None:
    child = store.branches.of(TREE)[1]
    left = store.branches.begin(child.id, 4, 90, "▁rain", Sampling(seed=8), "It cold wind rain")
    assert left.token_ids == (30910, 13, 77, 78, 90)
    assert [branch.id for branch in store.branches.of(TREE)][-1] == left.id
    store.branches.delete_branch(child.id)
    assert len(store.branches.of(TREE)) == 2
    again = store.branches.tree(CELL_TREE)
    (root,) = store.branches.of(CELL_TREE)
    planted = store.branches.plant(
        again.origin, again.prompt_ids, root.token_ids, root.sampling, root.model
    )
    assert planted == root


def test_a_persona_is_changed_and_a_run_deleted_with_its_cells(store: Store) -> None:
    book = PersonaBook(store.personas)
    pirate = next(entry for entry in book.list() if entry.text.name == "Pirate")
    assert book.duplicate(pirate.id).text.name == "Pirate 2"
    store.runs.delete(DONE)
    assert [run.id for run in store.runs.list()] == [GAPS]
    assert len(store.runs.cells(GAPS)) == 3


def test_an_experiment_is_judged(store: Store) -> None:
    spec = ExperimentSpec((Variant("a"),), (Row("1", (("input", "?"),)),), tries=1)
    made = store.experiments.create(spec, "embedded")
    answer = Answer(Place(0, 0, 0), spec.seed_of(0, 0, 0), ("yes",), "stop")
    store.experiments.save_answer(made, answer)
    by, said = Judging(Judge(), "m"), Opinion(answer.place, Verdict(True, None, "PASS"))
    store.experiments.save_opinion(made, answer, by, said)
    assert store.experiments.opinions(made, by) == [said]
