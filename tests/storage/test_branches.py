"""Trees of branches: saved equals reloaded, one tree an answer, and what a deletion takes along."""

from pathlib import Path

import pytest

from core.branches.records import Branch, Origin
from core.errors import InvalidInput, NotFound
from core.sampling.settings import Sampling
from core.store import Store

ORIGIN = Origin("message", "m1", "What is 温度?", "embedded", "It is heat.")
SAMPLING = Sampling(temperature=0.7, seed=3)


def plant(store: Store, answer: tuple[int, ...] = (5, 6, 7, 2)) -> Branch:
    return store.branches.plant(ORIGIN, (1, 2, 3), answer, SAMPLING, "embedded")


def test_saved_equals_reloaded(store: Store, tmp_path: Path) -> None:
    root = plant(store)
    child = store.branches.begin(root.id, 2, 9, "▁fox", SAMPLING, "It fox")
    store.branches.save_partial(child.id, "It fox ran", (5, 6, 9, 10))
    store.branches.rename(child.id, "狐狸")
    again = Store.open(tmp_path / "promptlab.db")
    tree = again.branches.tree(root.tree_id)
    assert tree.prompt_ids == (1, 2, 3)
    assert (tree.origin.kind, tree.origin.title, tree.origin.chat) == (
        "message",
        "What is 温度?",
        True,
    )
    kept = again.branches.of(root.tree_id)
    assert [branch.id for branch in kept] == [root.id, child.id]
    assert kept[0] == root
    assert kept[1].token_ids == (5, 6, 9, 10)
    assert (kept[1].name, kept[1].text, kept[1].piece) == ("狐狸", "It fox ran", "▁fox")
    assert kept[1].finish_reason is None
    assert kept[1].sampling == SAMPLING


def test_an_answer_has_one_tree_and_another_answer_another(store: Store) -> None:
    first = plant(store)
    assert plant(store) == first
    assert plant(store, (5, 6)).tree_id != first.tree_id
    other = store.branches.plant(ORIGIN, (1, 2, 3), (5, 6, 7, 2), SAMPLING, "elsewhere")
    assert other.tree_id != first.tree_id
    assert len(store.branches.list()) == 3


def test_the_last_changed_tree_comes_first(store: Store) -> None:
    first, second = plant(store), plant(store, (5, 6))
    assert store.branches.list()[0].id == second.tree_id
    store.branches.begin(first.id, 0, 9, "a", SAMPLING, "a")
    assert store.branches.list()[0].id == first.tree_id


def test_a_branch_goes_with_all_that_left_it_and_the_root_with_everything(store: Store) -> None:
    root = plant(store)
    child = store.branches.begin(root.id, 1, 9, "a", SAMPLING, "a")
    grandchild = store.branches.begin(child.id, 2, 9, "b", SAMPLING, "b")
    sibling = store.branches.begin(root.id, 3, 9, "c", SAMPLING, "c")
    store.branches.delete_branch(child.id)
    assert [b.id for b in store.branches.of(root.tree_id)] == [root.id, sibling.id]
    with pytest.raises(NotFound, match=grandchild.id):
        store.branches.get(grandchild.id)
    store.branches.delete_branch(root.id)
    assert store.branches.list() == []
    with pytest.raises(NotFound, match=root.tree_id):
        store.branches.of(root.tree_id)


def test_a_branch_leaves_its_parent_at_a_token_that_is_there(store: Store) -> None:
    root = plant(store)
    for position in (-1, 5):
        with pytest.raises(InvalidInput, match=str(position)):
            store.branches.begin(root.id, position, 9, "a", SAMPLING, "a")
    at_the_end = store.branches.begin(root.id, 4, 9, "a", SAMPLING, "a")
    assert at_the_end.token_ids == (5, 6, 7, 2, 9)


def test_what_a_former_server_left_unfinished_is_marked(store: Store) -> None:
    root = plant(store)
    child = store.branches.begin(root.id, 1, 9, "a", SAMPLING, "half")
    assert store.branches.recover() == 1
    assert store.branches.get(child.id).finish_reason == "interrupted"
    assert store.branches.get(child.id).text == "half"
    assert store.branches.recover() == 0


def test_a_database_of_the_first_schema_is_brought_up_to_date(tmp_path: Path) -> None:
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine

    import core.storage

    file = tmp_path / "old.db"
    config = Config()
    folder = Path(core.storage.__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder))
    with create_engine(f"sqlite:///{file}").begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    store = Store.open(file)
    assert plant(store).finish_reason == "stop"
