"""Whatever goes wrong in a callback is explained: nothing that is clicked may blank a page."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
CALLBACKS = {"on_click", "on_change", "on_select", "on_submit", "on_dismiss"}
# `explained` itself, and what gives a callback that it made
GUARDS = {"explained", "storing"}


def _keywords(node: ast.AST, known: frozenset[str]) -> Iterator[tuple[ast.keyword, frozenset[str]]]:
    """Every keyword argument, with the parameters of the functions around it."""
    if isinstance(node, ast.FunctionDef | ast.Lambda):
        given = node.args
        known |= {one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs)}
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.keyword):
            yield child, known
        yield from _keywords(child, known)


def _guarded(given: ast.keyword, known: frozenset[str]) -> bool:
    value = given.value
    if isinstance(value, ast.Constant):  # "ignore", "rerun"
        return True
    if isinstance(value, ast.Name) and value.id == given.arg and value.id in known:
        return True  # handed on: whoever gave it is looked at too
    if not isinstance(value, ast.Call):
        return False
    called = value.func
    return (called.attr if isinstance(called, ast.Attribute) else ast.unparse(called)) in GUARDS


def test_every_callback_is_guarded() -> None:
    bare = [
        f"{file.relative_to(ROOT)}:{given.value.lineno} {given.arg}={ast.unparse(given.value)}"
        for file in sorted((ROOT / "ui").rglob("*.py"))
        for given, known in _keywords(ast.parse(file.read_text(encoding="utf-8")), frozenset())
        if given.arg in CALLBACKS and not _guarded(given, known)
    ]
    assert not bare
