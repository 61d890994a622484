"""Layers point one way, pages stay thin, and importing the core stays quick."""

import ast
import os
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODEL_CODE = {"torch", "transformers", "sentencepiece", "safetensors"}
FORBIDDEN = {
    "core": {"streamlit", "ui", "pages", "Home", "training", "benchmarks", "tests"},
    "ui": {"pages", "Home", "training", "benchmarks", "tests"} | MODEL_CODE,
    "pages": {"training", "benchmarks", "tests"} | MODEL_CODE,
}
# What each part of a layer may import of it: those before it
ORDER = {
    "core": (
        *("errors", "pseudo", "i18n", "config", "glossary", "messages", "text_diff", "plain_files"),
        *("sampling", "backends", "jobs", "cases", "classroom"),
        *("servers", "models", "llama", "openvino", "served", "engine"),
        *("storage", "tokens", "branches", "chat", "tools", "checks", "statistics", "personas"),
        *("suites", "interpreter", "grid", "lessons", "experiments", "store", "cli"),
    ),
    "ui": (
        *(
            "shell",
            "charts",
            "versions",
            "prompts",
            "checks",
            "inspect",
            "tools",
            "chat",
            "interpreter",
        ),
        *(
            "personas",
            "lab",
            "grid",
            "suites",
            "experiments",
            "playground",
            "classroom",
            "lessons",
            "models",
        ),
        *("space", "home"),
    ),
}
MAX_PAGE_LINES = 120
MAX_MODULE_LINES = 600


def _modules(layer: str) -> list[Path]:
    entry = [ROOT / "Home.py"] if layer == "pages" else []
    return [file for file in [*entry, *sorted((ROOT / layer).rglob("*.py"))] if file.is_file()]


def _imports(file: Path, at_start: bool = False) -> set[str]:
    """What a module imports, by its full name; also inside functions, unless `at_start`."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    names: set[str] = set()
    for node in tree.body if at_start else ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file.name}: relative import"
            # `from package import module` and `from module import name` look the same
            names |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def _name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("layer", FORBIDDEN)
def test_imports_point_one_way(layer: str) -> None:
    wrong = {
        _name(file): found
        for file in _modules(layer)
        if (found := {name.split(".")[0] for name in _imports(file)} & FORBIDDEN[layer])
    }
    assert not wrong


@pytest.mark.parametrize("layer", ORDER)
def test_the_parts_of_a_layer_have_an_order(layer: str) -> None:
    parts = {name for file in _modules(layer) if (name := _part(_name(file)))}
    assert parts - {"__main__"} == set(ORDER[layer])
    back = [
        f"{_name(file)} imports {imported}"
        for file in _modules(layer)
        if (own := _part(_name(file))) and own != "__main__"
        for imported in sorted(_imports(file))
        if imported.startswith(f"{layer}.") and (other := _part(imported)) != own
        if ORDER[layer].index(other) > ORDER[layer].index(own)
    ]
    assert not back


def _part(name: str) -> str:
    """The folder, or the module, just below the layer."""
    return name.split(".")[1] if "." in name else ""


@pytest.mark.parametrize("layer", ORDER)
def test_no_modules_import_each_other(layer: str) -> None:
    files = {_name(file): file for file in _modules(layer)}
    # A package that only names its parts is met on the way to each of them
    graph = {
        name: {i for i in _imports(file) if i in files and not name.startswith(f"{i}.")}
        for name, file in files.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        pytest.fail(" -> ".join(circle.args[1]))


def test_only_the_engine_touches_the_loaded_model() -> None:
    outside = {
        _name(file)
        for layer in FORBIDDEN
        for file in _modules(layer)
        if "exclusive(" in file.read_text(encoding="utf-8")
    }
    assert {name.rsplit(".", 1)[0] for name in outside} == {"core.engine"}


def test_what_a_model_stands_behind_knows_neither_torch_nor_streamlit() -> None:
    code = (
        "import sys, importlib, pathlib;"
        "[importlib.import_module(f'core.{folder}.{f.stem}') for folder in ('backends', 'cases')"
        " for f in pathlib.Path('core', folder).glob('[a-z]*.py')];"
        "import core.jobs; print(*{'torch', 'transformers', 'streamlit'} & set(sys.modules))"
    )
    assert _run(code) == ""


def test_figures_know_no_streamlit() -> None:
    charts = [file for file in _modules("ui") if file.parent.name == "charts"]
    assert charts
    assert not [_name(file) for file in charts if "streamlit" in _imports(file)]


def test_pages_are_thin() -> None:
    lengths = {
        file.name: len(file.read_text(encoding="utf-8").splitlines()) for file in _modules("pages")
    }
    assert not {name: lines for name, lines in lengths.items() if lines > MAX_PAGE_LINES}


def test_modules_are_of_one_idea() -> None:
    long = {
        _name(file): lines
        for layer in FORBIDDEN
        for file in _modules(layer)
        if (lines := len(file.read_text(encoding="utf-8").splitlines())) > MAX_MODULE_LINES
    }
    assert not long


def test_the_readme_has_every_room_and_no_other() -> None:
    tree = (ROOT / "README.md").read_text(encoding="utf-8").split("```")
    lines = next(part for part in tree if part.startswith("\nHome.py")).strip().splitlines()
    assert len(lines) <= 30
    named = {path for line in lines for path in line.split("  ")[0].split()}
    assert not [path for path in named if not (ROOT / path).exists()]
    rooms = {
        f"{layer}/{part}"
        for layer in ORDER
        for part in ORDER[layer]
        if (ROOT / layer / part).is_dir()
    }
    assert not rooms - {path.rstrip("/") for path in named}


def test_what_lands_has_passed_style_and_all_tests() -> None:
    ran = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert [line for line in ran if line.startswith("make ")] == [
        "make lint",
        "make test",
        "make test-long",
    ]


def test_modules_say_what_they_are() -> None:
    silent = [
        str(file.relative_to(ROOT))
        for layer in FORBIDDEN
        for file in _modules(layer)
        if file.read_text(encoding="utf-8").strip()
        and not ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    ]
    assert not silent


def test_docstrings_end_their_sentence() -> None:
    cut_off = [
        f"{file.relative_to(ROOT)}: {node.name}"
        for layer in FORBIDDEN
        for file in _modules(layer)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
        and not _is_tool(node)
        and not (ast.get_docstring(node) or ".").endswith((".", "?", "!", ":", ")", "`"))
    ]
    assert not cut_off


def _is_tool(node: ast.ClassDef | ast.FunctionDef) -> bool:
    """What a model reads of a tool is its docstring, without a full stop as others have it."""
    return any(
        isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id == "tool"
        for one in node.decorator_list
    )


# What is loaded with a model, a figure of merit or a database, not before
SLOW = {"torch", "transformers", "openvino", "sacrebleu", "scipy", "alembic", "openai"}
SLOW |= {"httpx2", "mcp"}
# Run a loaded model
WITH_TORCH = (
    "core.engine",
    "core.openvino",
    *(f"core.models.{n}" for n in ("chatglm", "gguf_weights", "library", "loading", "precision")),
)
# Run with the client of a server
WITH_CLIENT = (
    *(f"core.servers.{n}" for n in ("answer", "backend", "by_ids", "flight", "probe", "wire")),
    *(f"core.served.{n}" for n in ("backend", "fitting", "flight", "reading")),
    "core.tools.mcp.transport",
)


@pytest.mark.parametrize(
    ("layers", "slow"),
    [
        (("core",), SLOW | {"streamlit", "pandas", "plotly", "matplotlib", "ipykernel"}),
        (("core", "ui"), SLOW),
    ],
)
def test_importing_loads_no_slow_library(layers: tuple[str, ...], slow: set[str]) -> None:
    names = [_name(file) for layer in layers for file in _modules(layer)]
    quick = [
        name
        for name in names
        if not name.startswith((*WITH_TORCH, *WITH_CLIENT))
        and ".migrations" not in name
        and "__main__" not in name
    ]
    code = f"import sys, core.engine.host, {', '.join(quick)}; print(*{slow} & set(sys.modules))"
    assert _run(code) == ""


def _run(code: str) -> str:
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize(("given", "kept"), [("", "PASSIVE"), ("ACTIVE", "ACTIVE")])
def test_waiting_threads_sleep_unless_the_operator_says_otherwise(given: str, kept: str) -> None:
    """A draw took up to 200 ms instead of 2 with one of two cores busy: its threads spun."""
    code = "import core, os, sys; print(os.environ['OMP_WAIT_POLICY'], 'torch' in sys.modules)"
    others = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=others | ({"OMP_WAIT_POLICY": given} if given else {}),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [kept, "False"]
