"""Writes `revision_0003.db.gz`: a database as the last version with the schema 0003 left it.

    python tests/storage/data/make_revision_0003.py

This was run in a checkout of that version, and runs in no later one. Ids and times are counted,
so that it gives the same file again; everything else is what that version's own code stored.
"""

import gzip
import itertools
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))

from core.axes import Axis
from core.events import Usage

from core.branches.records import Origin
from core.grid.records import Cell, LoadedAs
from core.messages import Message
from core.sampling import Sampling
from core.storage import Store, branches, conversations, database, personas, runs

USAGE = Usage(23, 5, 0.125, 40.5)


def main() -> None:
    """Write the file beside this script."""
    if database.HEAD != "0003":
        raise SystemExit(f"This version has the schema {database.HEAD}, not 0003.")
    ids, minutes = itertools.count(1), itertools.count()
    for module in (branches, conversations, personas, runs):
        module.new_id = lambda: f"{next(ids):012x}"
        module.now = lambda: datetime(2026, 1, 5, 8, tzinfo=UTC) + timedelta(minutes=next(minutes))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "promptlab.db"
        store = Store.open(file)
        answer = _talks(store)
        _personas(store)
        run = _runs(store)
        _branches(store, answer, run)
        _unfinished(store)
        if [*file.parent.iterdir()] != [file]:
            raise SystemExit("The write-ahead log was not taken into the file.")
        packed = gzip.compress(file.read_bytes(), mtime=0)
    Path(__file__).with_name("revision_0003.db.gz").write_bytes(packed)


def _talks(store: Store) -> str:
    """Conversations with versions, a tool, and answers that ended in every way; an answer's id."""
    talks = store.conversations
    sampling = Sampling(0.3, 0.7, 5, 60, 500, 9)
    talk = talks.create("", "Answer in one sentence.\nNo lists.", None, sampling, "stop")
    question = talks.add_message(talk.id, None, Message("user", "What is 温度? 🌡️"))
    talks.update(talk.id, title="What is 温度? 🌡️")
    first = talks.begin_answer(talk.id, question.id, sampling, "embedded")
    talks.finish_answer(
        first.id, "It is heat.", "", "stop", USAGE, (64790, 30910, 13, 5, 2), 9, None
    )
    second = talks.begin_answer(talk.id, question.id, sampling, "embedded")
    talks.finish_answer(second.id, "It is how wild", "", "length", USAGE, (30910, 13, 7), 10)
    edited = talks.add_message(talk.id, None, Message("user", "What is top_p?"))
    third = talks.begin_answer(talk.id, edited.id, sampling, "embedded")
    talks.finish_answer(third.id, "A share", "", "cancelled", USAGE, (30910, 14), 11)
    talks.rename(talk.id, "Wärme & 温度")
    talks.select_version(first.id)

    chinese = talks.create()
    asked = talks.add_message(chinese.id, None, Message("user", "从前有一只狐狸，\n然后呢？"))
    talks.update(chinese.id, title="从前有一只狐狸， 然后呢？")
    failed = talks.begin_answer(chinese.id, asked.id, Sampling(seed=1), "small")
    talks.finish_answer(
        failed.id, "", "", "error", None, (), 1, "small was unloaded for another model. Ask again."
    )
    broken = talks.begin_answer(chinese.id, asked.id, Sampling(seed=2), "embedded")
    talks.save_partial(broken.id, "它跑进了", (54532, 31123))
    talks.recover()

    tools = talks.create("Tools", "", None, Sampling(temperature=0.0))
    weather = talks.add_message(tools.id, None, Message("user", "Weather in 北京?"))
    call = talks.begin_answer(tools.id, weather.id, Sampling(temperature=0.0), "chatglm3-6b")
    content = "```python\ntool_call(city='北京')\n```"
    talks.finish_answer(call.id, content, "get_weather", "stop", USAGE, (1, 2, 3), 0)
    seen = talks.add_message(tools.id, call.id, Message("observation", '{"celsius": -3}'))
    said = talks.begin_answer(tools.id, seen.id, Sampling(temperature=0.0), "chatglm3-6b")
    talks.finish_answer(said.id, "It is -3 °C.", "", "stop", USAGE, (4, 5), 0)

    talks.create()
    return first.id


def _personas(store: Store) -> None:
    store.personas.create("Pirate", "Says arr", "You are a pirate.", ("Who are you?", "Sing!"))
    made = store.personas.create("Straße", "", "x")
    store.personas.update(made.id, "厨师", "只谈做菜", "你是一位厨师。\n只谈做菜。", ("你是谁？",))


def _runs(store: Store) -> str:
    """A finished run, and one over personas and models that has gaps; the finished one's id."""
    done = store.runs.create(
        prompt="Tell me a story about a 狐狸.",
        system="Be brief.",
        model="embedded",
        precision="fp32",
        rows=Axis("temperature", (0.0, 1.4)),
        columns=Axis("top_p", (0.5, 1.0)),
        fixed=Sampling(top_k=40, max_new_tokens=16, seed=7),
    )
    texts = ("Once", "Once", "A fox", "狐狸在跑")
    for index, text in enumerate(texts):
        store.runs.save_cell(
            done.id,
            Cell(
                index=index,
                row=index // 2,
                column=index % 2,
                sample=0,
                seed=7,
                text=text,
                token_ids=(30910, 13, 100 + index, 2),
                finish_reason="stop",
                mean_logprob=-0.25 * index,
                entropies=(0.0, 1.5, 0.125 * index, 0.5),
                greedy_prefix=4 - index,
                loaded_as=LoadedAs("embedded", "fp32", "cpu"),
                usage=USAGE,
            ),
        )
    store.runs.finish(done.id)
    store.runs.rename(done.id, "Foxes 🦊")

    gaps = store.runs.create(
        prompt="Who are you?",
        model="embedded",
        precision="int8",
        rows=Axis("persona", ("", "You are a pirate."), ("nobody", "Pirate")),
        columns=Axis("model", ("embedded/int8", "qwen2.5-0.5b-instruct/bf16")),
        fixed=Sampling(temperature=0.8, max_new_tokens=32, seed=3),
        samples=2,
    )
    here = LoadedAs("embedded", "int8", "cpu")
    there = LoadedAs("qwen2.5-0.5b-instruct", "bf16", "cuda")
    for cell in (
        Cell(0, 0, 0, 0, 3, "I am", (5, 6, 2), "stop", None, -1.5, (1.0, 2.0, 0.0), 1, here, USAGE),
        Cell(3, 0, 1, 1, 4, "I", (5,), "cancelled", loaded_as=there, usage=USAGE),
        Cell(4, 1, 0, 0, 3, finish_reason="error", error="CUDA out of memory", loaded_as=here),
    ):
        store.runs.save_cell(gaps.id, cell)
    return done.id


def _branches(store: Store, answer: str, run: str) -> None:
    """A tree of a message with branches of branches, and one of a cell in plain text."""
    trees, sampling = store.branches, Sampling(1.2, 0.9, seed=5)
    origin = Origin("message", answer, "What is 温度? 🌡️", "embedded", "It is heat.")
    root = trees.plant(origin, (64790, 64792, 1), (30910, 13, 5, 2), Sampling(seed=9), "embedded")
    child = trees.begin(root.id, 2, 77, "▁cold", sampling, "It cold")
    trees.finish(child.id, "It cold wind", (30910, 13, 77, 78, 2), "stop")
    grandchild = trees.begin(child.id, 3, 79, "▁sun", sampling, "It cold sun")
    trees.finish(grandchild.id, "It cold sun", (30910, 13, 77, 79), "error", "unloaded")
    trees.rename(grandchild.id, "太阳")
    trees.rename_tree(root.tree_id, "Weather")
    cell = Origin("cell", f"{run}/3", "Tell me", "embedded", "狐狸在跑", chat=False)
    trees.plant(cell, (64790, 64792), (30910, 103), Sampling(1.4, 1.0, 40), "embedded", "length")


def _unfinished(store: Store) -> None:
    """What the server was writing when it ended."""
    talk = store.conversations.create("", "You are a pirate.")
    question = store.conversations.add_message(talk.id, None, Message("user", "Ahoy!"))
    answer = store.conversations.begin_answer(talk.id, question.id, Sampling(seed=4), "embedded")
    store.conversations.save_partial(answer.id, "Arr, half an ans", (30910, 21, 22))
    tree = store.branches.list()[-1]
    root = store.branches.of(tree.id)[0]
    branch = store.branches.begin(root.id, 1, 88, "▁ice", Sampling(seed=6), "ice")
    store.branches.save_partial(branch.id, "ice and", (30910, 88, 89))


if __name__ == "__main__":
    main()
