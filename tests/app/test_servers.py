"""A model on a server in the pages: chosen, asked, tried out; what leaves the machine is said, and
a key is seen nowhere."""

import json
import logging
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.backends.tokenizer import Tokenizer
from core.chat.export import export_json, export_markdown
from core.config import SECRETS_FILE
from core.grid.export import export_csv as grid_csv
from core.grid.export import export_json as grid_json
from core.grid.export import export_markdown as grid_markdown
from core.models.catalogue import EMBEDDED_FOLDER
from core.models.checkpoint import inspect
from core.models.tokenizers import open_tokenizer
from core.servers.subjects import SUBJECTS
from tests.bad_server import BadServer, Handler, saying, serving
from tests.patience import PAGE_S
from tests.vllm_server import TableModel
from ui.grid.report import html_report
from ui.shell import resources

ROOT = Path(__file__).parents[2]
SECRET = "sk-never-to-be-seen-0123456789"


def visit(page: str, **query: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "pages" / page), default_timeout=PAGE_S)
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def everything(at: AppTest) -> str:
    return str(at)


def reply(handler: Handler) -> None:
    if handler.path.endswith("/models"):
        handler.whole({"object": "list", "data": [{"id": "big", "max_model_len": 4096}]})
    elif handler.body.get("stream"):
        saying("An answer ", "from afar.")(handler)
    else:
        said = {"role": "assistant", "content": "cat"}
        handler.whole({"choices": [{"index": 0, "message": said, "finish_reason": "stop"}]})


def listed(
    server: BadServer, own_data: Path, monkeypatch: pytest.MonkeyPatch, **fields: object
) -> None:
    file = own_data / "servers.yaml"
    entry = {"name": "there", "url": server.url, "title": "Big One", "key": "A_KEY", **fields}
    file.write_text(json.dumps({"servers": [entry]}))
    monkeypatch.setenv("PROMPTLAB_SERVERS", str(file))
    monkeypatch.setenv("A_KEY", SECRET)


def test_a_chat_with_a_server_is_stored_like_any_other(
    own_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(reply) as server:
        listed(server, own_data, monkeypatch)
        at = visit("1_Chat.py", model="there")
        at.chat_input[0].set_value("Hello").run()
        assert not at.exception
        (talk,) = resources.store().conversations.list()
        _question, answer = resources.store().conversations.path(talk.id)
        assert (answer.content, answer.finish_reason, answer.model) == (
            "An answer from afar.",
            "stop",
            "there",
        )
        assert answer.usage is not None
        assert answer.usage.prompt_tokens == 7
        assert server.asked[-1][1]["model"] == "big"
        assert "Big One" in everything(at)
        assert SECRET not in everything(at)
        # A server on this machine is no other place
        assert "leaves this machine" not in everything(at)


def test_a_key_of_the_list_is_seen_nowhere_wherever_it_comes_from(
    own_data: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Of whoever asks with a key of the operator's list, and is refused."""
    home = tmp_path_factory.mktemp("home")
    secrets = home / SECRETS_FILE
    secrets.parent.mkdir()
    secrets.write_text(f'[servers]\nthere = "{SECRET}"\n')
    monkeypatch.setenv("HOME", str(home))

    def first_then_refused(handler: Handler) -> None:
        if "again" in json.dumps(handler.body):
            handler.whole({"error": {"message": f"the key {SECRET} is wrong"}}, 401)
        else:
            reply(handler)

    with caplog.at_level(logging.DEBUG), serving(first_then_refused) as server:
        listed(server, own_data, monkeypatch, key=None, secret="servers.there")
        at = visit("1_Chat.py", model="there")
        at.chat_input[0].set_value("Hello").run()
        at.chat_input[0].set_value("And again").run()
        assert "refused the key" in at.error[0].value
        models = visit("4_Models.py")
        (talk,) = resources.store().conversations.list()
        path = resources.store().conversations.path(talk.id)
        exported = export_markdown(talk, path) + export_json(talk, path)
        seen = f"{everything(at)}{everything(models)}{exported}{caplog.text}{at.query_params}"
        assert SECRET not in seen
        sent = {headers.get("authorization") for _path, _body, headers in server.asked}
        assert sent == {f"Bearer {SECRET}"}
    for file in own_data.rglob("*"):
        assert not file.is_file() or SECRET.encode() not in file.read_bytes(), file


def test_a_key_of_a_session_is_in_the_header_of_requests_and_nowhere_else(
    own_data: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Added, tried out, asked, refused, shared, exported, and used in a grid with its code."""
    for name in ("openai", "httpx", "httpx2", "httpcore", "httpcore2"):
        caplog.set_level(logging.DEBUG, logger=name)
    caplog.set_level(logging.DEBUG)
    # The client reads it once, where it is imported, and says more from then on
    monkeypatch.setenv("OPENAI_LOG", "debug")
    seen: list[str] = []

    def looked_at(at: AppTest) -> AppTest:
        assert not at.exception
        seen.append(f"{everything(at)}{at.query_params}{[one.value for one in at.get('code')]}")
        return at

    def on(at: AppTest, page: str, **query: str) -> AppTest:
        """Another page of the same visit, with what the session holds."""
        other = AppTest.from_file(str(ROOT / "pages" / page), default_timeout=120)
        other.session_state["state"] = at.session_state["state"]
        for name, value in query.items():
            other.query_params[name] = value
        return looked_at(other.run())

    def first_then_refused(handler: Handler) -> None:
        if "again" in json.dumps(handler.body):
            handler.whole({"error": {"message": f"the key {SECRET} is wrong"}}, 401)
        else:
            reply(handler)

    with serving(first_then_refused) as server:
        models = visit("4_Models.py")
        models.text_input(key="server_url").set_value(server.url)
        models.text_input(key="server_name").set_value("mine")
        models.text_input(key="server_key").set_value(SECRET)
        looked_at(models.button(key="server_add").click().run())
        models.button(key="probe_mine").click().run()
        job = resources.jobs().get(("probe", "mine", server.url))
        assert job is not None
        job.wait()
        looked_at(models.run())

        chat = on(models, "1_Chat.py", model="mine")
        looked_at(chat.chat_input[0].set_value("Hello").run())
        talks = resources.store().conversations
        (talk,) = talks.list()
        talks.share(talk.id, True)
        path = talks.path(talk.id)
        assert path[-1].content == "An answer from afar."
        seen.append(export_markdown(talk, path) + export_json(talk, path))
        looked_at(chat.chat_input[0].set_value("And again").run())
        assert "refused the key" in chat.error[0].value
        # Who follows the link has no such server
        looked_at(visit("1_Chat.py", conversation=talk.id))

        grid = on(models, "3_Playground.py", view="grid", model="mine")
        grid.text_area(key="grid_prompt").set_value("Who are you?")
        grid.text_input(key="grid_rows_values").set_value("0")
        grid.selectbox(key="grid_columns").set_value("model").run()
        grid.multiselect(key="grid_columns_chosen").set_value(["mine"]).run()
        looked_at(grid.button(key="grid_run").click().run())
        (run,) = resources.store().runs.list()
        cells = resources.store().runs.cells(run.id)
        assert [cell.text for cell in cells] == ["An answer from afar."]
        for part in ("texts", "code"):
            on(models, "3_Playground.py", run=run.id, part=part, model="mine")
        assert "curl " in seen[-1]
        resources.store().runs.share(run.id, True)
        looked_at(visit("3_Playground.py", run=run.id, part="code"))
        seen.append(html_report(run, cells, "mine"))
        seen.append(grid_markdown(run, cells, "mine") + grid_csv(run.spec, cells))
        seen.append(grid_json(run, cells))

        sent = {headers.get("authorization") for _path, _body, headers in server.asked}
        assert sent == {f"Bearer {SECRET}"}
        assert SECRET not in json.dumps([body for _path, body, _headers in server.asked])
    talkers = {record.name.split(".")[0] for record in caplog.records}
    assert {"openai", "httpx2"} <= talkers
    said = [f"{record.getMessage()}{record.args}{record.exc_text}" for record in caplog.records]
    assert not [one for one in (*seen, *said, caplog.text) if SECRET in one]
    for file in own_data.rglob("*"):
        assert not file.is_file() or SECRET.encode() not in file.read_bytes(), file


@pytest.mark.parametrize(
    "page", ["1_Chat.py", "3_Playground.py", "8_Experiments.py", "4_Models.py"]
)
def test_a_key_in_a_link_in_the_place_of_a_model_is_not_repeated(
    page: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        at = visit(page, model=SECRET)
    # The address is the visitor's own; all that is said and written is not
    assert SECRET not in f"{at.main}{at.sidebar}{caplog.text}"
    if page == "1_Chat.py":
        assert "sk-n…" in at.warning[0].value


def test_what_an_answer_and_its_conversation_cost_is_said(
    own_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(reply) as server:
        price = {"in": 1000, "out": 100_000, "currency": "EUR"}
        listed(server, own_data, monkeypatch, price=price)
        at = visit("1_Chat.py", model="there")
        for question in ("Hello", "And again"):
            at.chat_input[0].set_value(question).run()
        assert not at.exception
        captions = [one.value for one in at.caption]
        # 7 tokens read and 2 written, twice
        assert len([one for one in captions if "cost 0\\.21 EUR" in one]) == 2
        assert "This conversation has cost 0\\.41 EUR." in captions
        assert any("1,000.00 EUR read" in one.value for one in visit("4_Models.py").caption)


def test_where_prompts_go_is_said(own_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.servers.listed import Server

    monkeypatch.setattr(Server, "here", False)
    with serving(reply) as server:
        listed(server, own_data, monkeypatch)
        at = visit("1_Chat.py", model="there")
        assert any("leaves this machine" in caption.value for caption in at.caption)


def test_an_operator_who_forbids_it_has_nothing_leave(
    own_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.servers.listed import Server

    monkeypatch.setattr(Server, "here", False)
    monkeypatch.setenv("PROMPTLAB_REMOTE", "off")
    with serving(reply) as server:
        listed(server, own_data, monkeypatch)
        at = visit("1_Chat.py", model="there")
        assert "no model 'there'" in at.warning[0].value
        at = visit("4_Models.py")
        at.text_input(key="server_url").set_value("http://elsewhere.example/v1")
        at.text_input(key="server_name").set_value("mine")
        at.button(key="server_add").click().run()
        assert "this machine only" in at.toast[0].value
        assert server.asked == []


def test_a_server_that_is_down_is_explained(
    own_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(reply) as server:
        listed(server, own_data, monkeypatch)
    at = visit("1_Chat.py", model="there")
    assert "cannot be reached" in at.error[0].value
    assert SECRET not in everything(at)


def test_a_visitors_server_is_his_own_for_the_session(own_data: Path) -> None:
    with serving(reply) as server:
        at = visit("4_Models.py")
        at.text_input(key="server_url").set_value(server.url)
        at.text_input(key="server_name").set_value("mine")
        at.text_input(key="server_key").set_value(SECRET)
        at.button(key="server_add").click().run()
        assert not at.exception
        assert at.text_input(key="server_key").value == ""
        at.button(key="probe_mine").click().run()
        assert not at.exception
        job = resources.jobs().get(("probe", "mine", server.url))
        assert job is not None
        job.wait()
        at.run()
        (table,) = [one.value for one in at.dataframe if "Works" in one.value]
        assert len(table) == len(SUBJECTS)
        assert SECRET not in everything(at)
        for file in own_data.rglob("*"):
            assert not file.is_file() or SECRET.encode() not in file.read_bytes(), file
        # Another visitor has none of it
        other = visit("4_Models.py")
        assert not [one for one in other.button if one.key == "probe_mine"]
        at.button(key="leave_mine").click().run()
        assert not [one for one in at.button if one.key == "probe_mine"]


@pytest.mark.parametrize(
    ("url", "name", "said"),
    [
        ("localhost", "mine", "no address"),
        (f"http://user:{SECRET}@host/v1", "mine", "own field"),
        (f"http://host/v1?key={SECRET}", "mine", "own field"),
        ("http://localhost:1/v1", "a b", "a b"),
        ("http://localhost:1/v1", "embedded", "already"),
        (SECRET, "mine", "sk-n…"),
        (f"https://{SECRET}:x/v1", "mine", "no address"),
        ("http://localhost:1/v1", f"Bearer {SECRET}", "Bearer sk-n…"),
    ],
)
def test_what_is_no_server_is_refused_and_no_key_repeated(url: str, name: str, said: str) -> None:
    at = visit("4_Models.py")
    at.text_input(key="server_url").set_value(url)
    at.text_input(key="server_name").set_value(name)
    at.button(key="server_add").click().run()
    assert said in at.toast[0].value
    assert SECRET not in at.toast[0].value


# --- with its tokenizer here ------------------------------------------------------------------


@pytest.fixture
def chatglm() -> Tokenizer:
    return open_tokenizer(inspect(EMBEDDED_FOLDER))


def add(at: AppTest, url: str, tokenizer: str) -> AppTest:
    at.text_input(key="server_url").set_value(url)
    at.text_input(key="server_name").set_value("mine")
    at.selectbox(key="server_tokenizer").set_value(tokenizer)
    return at.button(key="server_add").click().run()


def test_an_answer_of_a_server_is_inspected_and_what_is_estimated_is_said(
    own_data: Path, monkeypatch: pytest.MonkeyPatch, chatglm: Tokenizer
) -> None:
    text = [*chatglm.answer_ids("Good day."), min(chatglm.stop_ids)]
    with serving(TableModel(chatglm, text)) as server:
        listed(server, own_data, monkeypatch, tokenizer="embedded")
        at = visit("1_Chat.py", model="there")
        at.chat_input[0].set_value("Hello").run()
        assert not at.exception
        (talk,) = resources.store().conversations.list()
        _question, answer = resources.store().conversations.path(talk.id)
        assert (answer.content, answer.token_ids) == ("Good day.", tuple(text))
        at = visit("3_Playground.py", model="there", view="inspect", inspect_answer="Good day.")
        assert not at.exception
        assert any("20 likeliest" in caption.value for caption in at.caption)
        at = visit("3_Playground.py", model="there", view="lab")
        assert not at.exception
        assert any("20 likeliest" in caption.value for caption in at.caption)


def test_a_tokenizer_is_compared_before_its_server_is_added(
    own_data: Path, chatglm: Tokenizer
) -> None:
    with serving(TableModel(chatglm)) as server:
        at = add(visit("4_Models.py"), server.url, "embedded")
        assert not at.exception
        assert [one for one in at.button if one.key == "probe_mine"]
        assert any("by the tokenizer of embedded" in caption.value for caption in at.caption)
    with serving(reply) as server:
        at = add(visit("4_Models.py"), server.url, "embedded")
        assert "cannot be found out" in at.toast[0].value
        assert not [one for one in at.button if one.key == "probe_mine"]
