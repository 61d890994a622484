"""Settings as code: it can be read by its own language, and gives the answer it says."""

import io
import json
import shlex
import subprocess
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from core.backends.events import Finished
from core.cli.lines import request_of
from core.engine.engine import Engine
from core.grid.axes import Axis
from core.grid.code import curl_code, json_code, python_code
from core.grid.records import Run, cells_of
from core.grid.run import run_grid
from core.grid.spec import GridSpec
from core.grid.stored_run import create_run
from core.models import catalogue, loading
from core.models.catalogue import CatalogueEntry, Published
from core.models.checkpoint import CONFIG_FILE, read_json
from core.models.loading import LoadedModel
from core.sampling.settings import Sampling
from core.store import Store
from tests.families import KINDS, make

SPEC = GridSpec(
    'Say "hi" to O\'Neil; $HOME `ls` \\ 你好\nBODIES',
    Axis("temperature", (0.0, 1.2)),
    Axis("persona", ("", "It's brief.\n'''")),
    samples=2,
    fixed=Sampling(top_k=40, max_new_tokens=6, seed=3),
)


@pytest.fixture
def run(tmp_path: Path, engine: Engine) -> Run:
    return create_run(Store.open(tmp_path / "promptlab.db").runs, engine, SPEC)


def bodies(script: str) -> list[dict]:
    """What the requests of a shell script would carry, by running it with a curl of our own."""
    shim = 'curl() { for last; do :; done; printf "%s\\n" "$last"; }\n'
    done = subprocess.run(
        ["bash", "-u", "-c", shim + script],
        env={"BASE_URL": "http://nowhere", "API_KEY": "k"},
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("count", [1, 8])
def test_curl_carries_every_setting_whatever_the_text(run: Run, count: int) -> None:
    cells = cells_of(SPEC)[-count:]
    asked = bodies(curl_code(run, cells))
    assert len(asked) == count
    for body, cell in zip(asked, cells, strict=True):
        sampling = SPEC.sampling(cell.place, cell.sample)
        said = [{"role": m.role, "content": m.content} for m in SPEC.messages(cell.place)]
        assert body == {
            "model": "embedded",
            "messages": said,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "seed": cell.seed,
            "top_k": 40,
            "max_tokens": 6,
        }


def test_a_single_curl_is_one_command(run: Run) -> None:
    script = curl_code(run, cells_of(SPEC)[:1])
    words = shlex.split(script, comments=True)
    assert words[0] == "curl"
    assert json.loads(words[-1])["messages"][-1]["content"] == SPEC.prompt


def test_python_gives_the_greedy_answers_of_the_grid(
    run: Run, engine: Engine, loaded: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "load", lambda *_given, **_named: loaded)
    greedy = [cell for cell in cells_of(SPEC) if cell.row == 0 and cell.sample == 0]
    code = python_code(run, greedy)
    said = io.StringIO()
    with engine.exclusive(), redirect_stdout(said):
        exec(compile(code, "settings.py", "exec"), {})
    ends = {i: e.text for i, e in run_grid(engine, SPEC, greedy) if isinstance(e, Finished)}
    for text in ends.values():
        assert f"\n{text}\n" in said.getvalue()


def test_python_continues_the_text_of_a_base_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make(tmp_path / "base", KINDS["qwen2"])
    published = Published("someone/base", "", {}, 1, read_json(folder / CONFIG_FILE), chat=False)
    monkeypatch.setattr(
        catalogue, "find", lambda name, _settings: CatalogueEntry(name, folder, published)
    )
    spec = GridSpec(
        "Once upon a time",
        Axis("temperature", (0.0,)),
        Axis("seed", (0,)),
        fixed=Sampling(max_new_tokens=6),
    )
    own = Engine(loading.load(folder, "base", "cpu", "fp32", chat=False))
    try:
        run = create_run(Store.open(tmp_path / "promptlab.db").runs, own, spec)
        (answer,) = [e for _i, e in run_grid(own, spec) if isinstance(e, Finished)]
    finally:
        own.close()
    said = io.StringIO()
    with redirect_stdout(said):
        exec(compile(python_code(run, cells_of(spec)), "settings.py", "exec"), {})
    assert said.getvalue().endswith(f"\n{answer.text}\n")
    assert answer.text.strip()


def test_python_of_a_whole_run_compiles(run: Run) -> None:
    code = python_code(run, cells_of(SPEC))
    compile(code, "settings.py", "exec")
    assert code.count("'seed'") == len(cells_of(SPEC))


def test_json_of_a_cell_is_a_line_of_the_command_line(run: Run) -> None:
    (cell,) = cells_of(SPEC)[-1:]
    line = json.loads(json_code(run, [cell]))
    request = request_of(line, "", Sampling())
    assert request.sampling == SPEC.sampling(cell.place, cell.sample)
    assert request.messages == tuple(SPEC.messages(cell.place))


def test_json_of_a_run_has_both_axes(run: Run) -> None:
    content = json.loads(json_code(run))
    assert content["rows"]["values"] == [0.0, 1.2]
    assert content["columns"]["labels"] == list(SPEC.columns.labels)
    assert content["fixed"]["seed"] == 3
