"""Wherever a page has another model asked than its own, it names the machine that prompts go to."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.experiments.spec import ExperimentSpec, Row, Variant
from core.experiments.under_way import UnderWay
from core.servers.listed import Server
from tests.bad_server import BadServer, one_model, serving
from tests.patience import PAGE_S
from ui.chat.state import NEW_ROOM
from ui.grid.runs import run_job
from ui.shell import resources
from ui.shell.choosing import Choices

ROOT = Path(__file__).parents[2]
SAID = "What you send goes to **127\\.0.0.1**, and leaves this machine."


def open_page(page: str, **query: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / page), default_timeout=PAGE_S)
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def said(at: AppTest) -> int:
    """How often the page says where prompts go."""
    return sum(SAID in caption.value for caption in at.caption)


@pytest.fixture
def server(own_data: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[BadServer]:
    """A server that stands for one elsewhere, called `there`."""
    monkeypatch.setattr(Server, "here", False)
    with serving(one_model) as found:
        file = own_data / "servers.yaml"
        file.write_text(json.dumps({"servers": [{"name": "there", "url": found.url}]}))
        monkeypatch.setenv("PROMPTLAB_SERVERS", str(file))
        yield found


def test_a_grid_over_models_says_it_before_it_runs_and_of_a_stored_run(server: BadServer) -> None:
    at = open_page("pages/3_Playground.py")
    at.text_area(key="grid_prompt").set_value("Who are you?")
    at.text_input(key="grid_rows_values").set_value("0")
    at.selectbox(key="grid_columns").set_value("model").run()
    at.multiselect(key="grid_columns_chosen").set_value(["embedded/fp32"]).run()
    assert said(at) == 0
    at.multiselect(key="grid_columns_chosen").set_value(["there"]).run()
    assert said(at) == 1
    assert not [path for path, _body, _headers in server.asked if path.endswith("completions")]
    at.button(key="grid_run").click().run()
    (run,) = resources.store().runs.list()
    job = resources.jobs().get(run_job(run.id))
    if job:
        job.wait()
    assert [path for path, _body, _headers in server.asked if path.endswith("completions")]
    # It can be replayed from there, on another day and by another visitor
    at = open_page("pages/3_Playground.py", run=run.id)
    assert said(at) == 1
    # Changed, it is said of what is about to run and not twice
    at.button(key="grid_change").click().run()
    assert said(at) == 1
    at.multiselect(key="grid_columns_chosen").set_value(["there", "embedded/fp32"]).run()
    assert said(at) == 1


def test_a_page_on_that_server_says_it_once(server: BadServer) -> None:
    at = open_page("pages/3_Playground.py", model="there")
    at.selectbox(key="grid_columns").set_value("model").run()
    at.multiselect(key="grid_columns_chosen").set_value(["there"]).run()
    assert said(at) == 1


def test_an_experiment_says_it_wherever_it_can_be_gone_on_with(server: BadServer) -> None:
    spec = ExperimentSpec(
        (Variant("a", model="embedded"), Variant("b", model="there")),
        (Row("1", (("input", "Who are you?"),)),),
    )
    made = resources.store().experiments.create(spec, "embedded", "Kept")
    at = open_page("pages/8_Experiments.py", experiment=made.id)
    assert [button for button in at.button if button.key == "ex_continue"]
    assert said(at) == 1
    UnderWay(resources.store().drafts).begin(made.id)
    at = open_page("pages/8_Experiments.py")
    assert [button for button in at.button if button.key == f"resume_{made.id}"]
    assert said(at) == 1


def test_home_says_it_where_new_conversations_are_on_a_server(server: BadServer) -> None:
    at = open_page("Home.py")
    welcome = [text.value for text in at.markdown if "Nothing you type leaves" in text.value]
    assert welcome
    at.session_state["state"]["Choices"] = Choices(picked={NEW_ROOM: "there"})
    at.run()
    texts = [text.value for text in at.markdown]
    assert not [text for text in texts if "Nothing you type leaves" in text]
    assert [text for text in texts if "is sent to **127\\.0.0.1**" in text]
