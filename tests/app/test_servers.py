"""A model on a server in the pages: chosen, asked, tried out; what leaves the machine is said, and
a key is seen nowhere."""

import json
import logging
import threading
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.backends.tokenizer import Tokenizer
from core.chat.export import export_json, export_markdown
from core.config import SECRETS_FILE
from core.grid.export import export_csv as grid_csv
from core.grid.export import export_json as grid_json
from core.grid.export import export_markdown as grid_markdown
from core.jobs import Job
from core.models.catalogue import EMBEDDED_FOLDER
from core.models.checkpoint import inspect
from core.models.tokenizers import open_tokenizer
from core.servers.cards import keep_card
from core.servers.listed import Key, Server
from core.servers.subjects import SUBJECTS, Card, Finding
from tests.bad_server import BadServer, Handler, chunk, one_model, raw_events, serving
from tests.patience import PAGE_S
from tests.vllm_server import TableModel
from ui.grid.report import html_report
from ui.models.servers import _key
from ui.shell import resources

ROOT = Path(__file__).parents[2]
SUM = '{"expression": "6 * 7"}'
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


def add(at: AppTest, url: str, tokenizer: str | None = None) -> AppTest:
    at.text_input(key="server_url").set_value(url)
    at.text_input(key="server_name").set_value("mine")
    at.selectbox(key="server_tokenizer").set_value(tokenizer)
    return at.button(key="server_add").click().run()


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
    with serving(one_model) as server:
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
            one_model(handler)

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
        other = AppTest.from_file(str(ROOT / "pages" / page), default_timeout=PAGE_S)
        other.session_state["state"] = at.session_state["state"]
        for name, value in query.items():
            other.query_params[name] = value
        return looked_at(other.run())

    def first_then_refused(handler: Handler) -> None:
        if "again" in json.dumps(handler.body):
            handler.whole({"error": {"message": f"the key {SECRET} is wrong"}}, 401)
        else:
            one_model(handler)

    with serving(first_then_refused) as server:
        models = visit("4_Models.py")
        models.text_input(key="server_url").set_value(server.url)
        models.text_input(key="server_name").set_value("mine")
        models.text_input(key="server_key").set_value(SECRET)
        looked_at(models.button(key="server_add").click().run())
        probing(Server("mine", server.url, key=Key(SECRET))).wait()
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
    with serving(one_model) as server:
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
    with serving(one_model) as server:
        listed(server, own_data, monkeypatch)
        at = visit("1_Chat.py", model="there")
        assert any("leaves this machine" in caption.value for caption in at.caption)


def test_an_operator_who_forbids_it_has_nothing_leave(
    own_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.servers.listed import Server

    monkeypatch.setattr(Server, "here", False)
    monkeypatch.setenv("PROMPTLAB_REMOTE", "off")
    with serving(one_model) as server:
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
    with serving(one_model) as server:
        listed(server, own_data, monkeypatch)
    at = visit("1_Chat.py", model="there")
    assert "cannot be reached" in at.error[0].value
    assert SECRET not in everything(at)


def probing(server: Server) -> Job:
    """The job that tries a server out."""
    job = resources.jobs().get(_key(server))
    assert job is not None
    return job


def test_a_visitors_server_is_his_own_for_the_session(own_data: Path) -> None:
    with serving(one_model) as server:
        at = visit("4_Models.py")
        at.text_input(key="server_url").set_value(server.url)
        at.text_input(key="server_name").set_value("mine")
        at.text_input(key="server_key").set_value(SECRET)
        at.button(key="server_add").click().run()
        assert not at.exception
        assert at.text_input(key="server_key").value == ""
        # It is tried out without being asked for
        mine = Server("mine", server.url, key=Key(SECRET))
        probing(mine).wait()
        at.run()
        (table,) = [one.value for one in at.dataframe if "Works" in one.value]
        assert len(table) == len(SUBJECTS)
        assert SECRET not in everything(at)
        for file in own_data.rglob("*"):
            assert not file.is_file() or SECRET.encode() not in file.read_bytes(), file
        # And again when it is
        first = probing(mine)
        at.button(key="probe_mine").click().run()
        assert not at.exception
        assert probing(mine) is not first
        probing(mine).wait()
        at.run()
        # Another visitor has none of it
        other = visit("4_Models.py")
        assert not [one for one in other.button if one.key == "probe_mine"]
        at.button(key="leave_mine").click().run()
        assert not [one for one in at.button if one.key == "probe_mine"]


def test_a_server_that_is_tried_out_holds_nobody_up(own_data: Path) -> None:
    held = threading.Event()

    def slow(handler: Handler) -> None:
        if handler.body.get("stream"):
            held.wait()
        one_model(handler)

    with serving(slow) as server:
        at = add(visit("4_Models.py"), server.url)
        assert not at.exception
        job = probing(Server("mine", server.url))
        try:
            # All of the page is there, the next server can be added, and the trial be ended
            assert at.text_input(key="server_url").value == ""
            assert at.button(key="server_add")
            assert at.button(key="probe_stop_mine")
            assert not [one for one in at.button if one.key == "probe_mine"]
            assert "being tried out" in at.toast[0].value
            assert job.running
            at.button(key="leave_mine").click().run()
            assert not at.exception
            assert job.stopping
        finally:
            held.set()
        job.wait()


def test_a_server_that_cannot_be_tried_out_stays_and_says_why(
    own_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import openai._base_client as client

    monkeypatch.setattr(client.time, "sleep", lambda _seconds: None)
    with serving(one_model) as server:
        pass
    at = add(visit("4_Models.py"), server.url)
    probing(Server("mine", server.url)).wait()
    at.run()
    assert not at.exception
    (said,) = [one.value for one in at.warning]
    assert "Could not try out what it can" in said
    assert "cannot be reached" in said
    assert at.button(key="probe_mine")
    assert at.button(key="leave_mine")


def test_what_the_operator_lists_is_not_tried_out_unasked(
    own_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(one_model) as server:
        listed(server, own_data, monkeypatch)
        at = visit("4_Models.py")
        assert at.button(key="probe_there")
        assert server.asked == []


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


# --- tools ------------------------------------------------------------------------------------


def test_a_step_on_a_server_shows_what_was_sent(
    own_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def calls(handler: Handler) -> None:
        if not handler.body.get("stream") or handler.body["messages"][-1]["role"] == "tool":
            return one_model(handler)
        call = {"index": 0, "id": "a", "function": {"name": "calculator", "arguments": SUM}}
        told = {"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}
        return raw_events([told, chunk(reason="tool_calls"), "[DONE]"])(handler)

    with serving(calls) as server:
        listed(server, own_data, monkeypatch)
        at = visit("1_Chat.py", model="there")
        at.multiselect(key="tools_tools_new").set_value(["calculator"]).run()
        at.chat_input[0].set_value("What is 6 times 7?").run()
        assert not at.exception
        (talk,) = resources.store().conversations.list()
        steps = [one for one in resources.store().conversations.path(talk.id) if one.step]
        at.session_state[f"step_{steps[0].id}"] = True
        at.run()
        assert not at.exception
        shown = [json.loads(one.value) for one in at.code if '"messages"' in one.value]
        sent = server.asked[-1][1]
        assert shown == [{"messages": sent["messages"], "tools": sent["tools"]}]
        assert sent["messages"][-1]["role"] == "tool"
        assert not at.info


# --- what its card says -----------------------------------------------------------------------


def say_no(own_data: Path, url: str) -> None:
    """Keep a card by which the server listed there calls no tools and obeys nothing."""
    said = {"tools": "", "top_k": "4 : 4", "seed": "HTTP 400"}
    findings = [Finding(one, "no" if one in said else "yes", said.get(one, "")) for one in SUBJECTS]
    keep_card(own_data, Server("there", url), Card("big", ("big",), None, tuple(findings)))


def test_what_a_card_says_no_to_is_greyed_out_in_the_chat_with_the_reason(
    own_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(one_model) as server:
        listed(server, own_data, monkeypatch)
        at = visit("1_Chat.py", model="there")
        fields: list[Any] = [at.multiselect(key="tools_tools_new")]
        fields += [at.number_input(key=f"{name}_new") for name in ("top_k", "seed")]
        assert not any(field.disabled for field in fields)
        assert not [one for one in at.caption if "its card" in one.value]
        at.number_input(key="top_k_new").set_value(5).run()
        say_no(own_data, server.url)
        at.run()
        assert not at.exception
        fields = [at.multiselect(key="tools_tools_new")]
        fields += [at.number_input(key=f"{name}_new") for name in ("top_k", "seed")]
        assert all(field.disabled for field in fields)
        said = [one.value for one in at.caption if "its card" in one.value]
        assert len(said) == 3
        for part in ("does not call tools", "does not obey top_k", "takes no seed"):
            assert any(part in one for one in said)
        at.chat_input[0].set_value("Hello").run()
        assert not at.exception
        assert not {"top_k", "seed", "tools"} & set(server.asked[-1][1])


def test_tools_that_were_chosen_before_are_not_sent_and_can_be_taken_out(
    own_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(one_model) as server:
        listed(server, own_data, monkeypatch)
        at = visit("1_Chat.py", model="there")
        at.multiselect(key="tools_tools_new").set_value(["get_weather"]).run()
        say_no(own_data, server.url)
        at.chat_input[0].set_value("Hello").run()
        assert not at.exception
        assert "tools" not in server.asked[-1][1]
        (talk,) = resources.store().conversations.list()
        chosen = at.multiselect(key=f"tools_tools_{talk.id}")
        assert not chosen.disabled
        chosen.set_value([]).run()
        assert resources.store().conversations.get(talk.id).tools.names == ()


def test_what_a_card_says_no_to_is_greyed_out_in_grids_and_experiments(
    own_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(one_model) as server:
        listed(server, own_data, monkeypatch)
        say_no(own_data, server.url)
        at = visit("3_Playground.py", model="there", view="grid")
        assert at.number_input(key="grid_top_k").disabled
        assert at.number_input(key="grid_seed").disabled
        at.selectbox(key="grid_rows").set_value("top_k").run()
        assert not at.exception
        assert [one for one in at.caption if "does not obey top_k" in one.value]
        # Where others are asked, its card has no say
        at.selectbox(key="grid_columns").set_value("model").run()
        at.multiselect(key="grid_columns_chosen").set_value(["embedded/fp32"]).run()
        assert not [one for one in at.caption if "does not obey top_k" in one.value]
        assert not at.number_input(key="grid_seed").disabled
        at = visit("8_Experiments.py", model="there")
        assert at.number_input(key="ex_top_k_0").disabled
        assert [one for one in at.caption if "does not obey top_k" in one.value]


# --- with its tokenizer here ------------------------------------------------------------------


@pytest.fixture
def chatglm() -> Tokenizer:
    return open_tokenizer(inspect(EMBEDDED_FOLDER))


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
        probing(Server("mine", server.url, tokenizer="embedded")).wait()
        at.run()
        assert [one for one in at.button if one.key == "probe_mine"]
        assert any("by the tokenizer of embedded" in caption.value for caption in at.caption)
    with serving(one_model) as server:
        at = add(visit("4_Models.py"), server.url, "embedded")
        assert "cannot be found out" in at.toast[0].value
        assert not [one for one in at.button if one.key == "probe_mine"]
