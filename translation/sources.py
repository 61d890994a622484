"""Where messages come from: calls of `_` and `ngettext`, the commands' help, our data files."""

import ast
import inspect
import json
from collections.abc import Iterator
from pathlib import Path

import yaml
from babel.messages.catalog import Catalog

ROOT = Path(__file__).parents[1]
CODE = ("Home.py", "pages", "ui", "core")
# How many texts a call begins with
TEXTS = {"_": 1, "ngettext": 2}
Message = str | tuple[str, str]


def template() -> Catalog:
    """A catalogue of every message in the code and the data, without translations."""
    catalogue = Catalog(charset="utf-8")
    for message in all_messages():
        catalogue.add(message)
    return catalogue


def all_messages() -> list[Message]:
    """Every message, each once."""
    found: dict[Message, None] = {}
    for file in code_files():
        found.update(dict.fromkeys(called(file)))
    for file in sorted((ROOT / "core" / "cli").glob("*.py")):
        found.update(dict.fromkeys(command_help(file)))
    found.update(dict.fromkeys(persona_texts()))
    found.update(dict.fromkeys(ability_names()))
    found.update(dict.fromkeys(tool_descriptions()))
    return list(found)


def code_files() -> list[Path]:
    """The Python files whose strings visitors see."""
    files: list[Path] = []
    for name in CODE:
        path = ROOT / name
        files += [path] if path.is_file() else sorted(path.rglob("*.py"))
    return files


def called(file: Path) -> Iterator[Message]:
    """What `_` and `ngettext` are called with in a file, also within f-strings.

    Raises `ValueError` for anything but literal texts: it could not be translated.
    """
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        count = TEXTS.get(node.func.id)
        if count is None:
            continue
        texts = [arg.value for arg in node.args[:count] if isinstance(arg, ast.Constant)]
        if len(texts) != count or not all(isinstance(text, str) for text in texts):
            raise ValueError(f"{file.name}:{node.lineno}: {ast.unparse(node)} is not literal")
        yield tuple(texts) if count > 1 else texts[0]


def command_help(file: Path) -> Iterator[str]:
    """The docstrings of a file's commands: their help."""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and any(
            ast.unparse(mark).startswith("app.command(") for mark in node.decorator_list
        ):
            yield inspect.cleandoc(ast.get_docstring(node) or "")


def persona_texts() -> Iterator[str]:
    """The names and descriptions of the personas that ship, and why their messages are written so.
    The messages themselves are for the model, which reads them as they are."""
    for file in sorted((ROOT / "core" / "personas" / "builtin").glob("*.yaml")):
        for item in yaml.safe_load(file.read_text(encoding="utf-8")):
            for name in ("name", "description", "why"):
                if item.get(name):
                    yield item[name]


def tool_descriptions() -> Iterator[str]:
    """What the tools that ship do; a model reads it as it is."""
    from core.tools.builtin import BUILTIN

    return (tool.description for tool in BUILTIN)


def ability_names() -> Iterator[str]:
    """The abilities that the embedded model was measured in."""
    file = ROOT / "core" / "models" / "embedded" / "evaluation.json"
    for ability in json.loads(file.read_text(encoding="utf-8"))["abilities"]:
        yield ability["name"].capitalize()
