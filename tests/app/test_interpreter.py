"""The interpreter's page, driven without a browser: a scripted model, and a played sandbox."""

import json
import re
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.backends.events import Idle, ToolCall
from core.errors import InvalidInput
from core.interpreter.outputs import Ended, Failure, Figure, Output, Picture, Table, Text
from core.interpreter.pool import Pool, PoolLimits
from tests.patience import PAGE_S
from tests.scripted import ScriptedBackend

ROOT = Path(__file__).parents[2]
PAGE, CHAT = str(ROOT / "pages" / "10_Interpreter.py"), str(ROOT / "pages" / "1_Chat.py")


def png(width: int = 3, height: int = 2) -> Picture:
    """A picture that is one."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x7f" * width) * height)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return Picture(b"\x89PNG\r\n\x1a\n" + data, width, height)


class Played:
    """A sandbox that shows what its part says for a code, and keeps files."""

    busy = False
    why = ""

    def __init__(self, part: Callable[[str], list[Output]]) -> None:
        self._part, self.ran = part, list[str]()
        self.kept: dict[str, bytes] = {}

    @property
    def alive(self) -> bool:
        return not self.why

    def run(self, code: str) -> Iterator[Output | Idle]:
        self.ran.append(code)
        yield Idle()
        for output in self._part(code):
            if isinstance(output, Ended):
                self.why = output.why
            yield output

    def put(self, name: str, data: bytes) -> None:
        if name.startswith("."):
            raise InvalidInput("no such name")
        self.kept[name] = data

    def get(self, name: str) -> bytes:
        return self.kept[name]

    def drop(self, name: str) -> None:
        self.kept.pop(name, None)

    def files(self, wait_s: float = 0.0) -> dict[str, int]:
        return {name: len(data) for name, data in self.kept.items()}

    def end(self, why: str = "") -> None:
        self.why = self.why or why or "ended"


class Stage:
    """The played sandboxes of a server. shows: outputs by code; else what it prints is `7.0`.
    writes: a file by the code that writes it."""

    def __init__(self) -> None:
        self.shows: dict[str, list[Output]] = {}
        self.writes: dict[str, tuple[str, bytes]] = {}
        self.made: list[Played] = []
        self.reason: str | None = None
        self.warning: str | None = None
        self.now = 0.0
        self.pool = Pool(self._make, PoolLimits(spare=0), lambda: self.now)  # type: ignore[arg-type]

    def _make(self) -> Played:
        def part(code: str) -> list[Output]:
            if written := self.writes.get(code.strip()):
                made.put(*written)
            return self.shows.get(code.strip(), [Text("7.0\n")])

        made = Played(part)
        self.made.append(made)
        return made


@pytest.fixture
def stage(scripted: ScriptedBackend, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    from ui.shell import resources

    class Told:
        @staticmethod
        def reason() -> str | None:
            return found.reason

        @staticmethod
        def warning() -> str | None:
            return found.warning

    found = Stage()
    monkeypatch.setattr(resources, "probe", Told)
    monkeypatch.setattr(resources, "kernels", lambda: found.pool)
    yield found
    found.pool.close()


def call(code: str) -> list[ToolCall]:
    return [ToolCall("interpreter", f"```python\n{code}\n```")]


def says(model: ScriptedBackend, *answers: Any) -> None:
    from itertools import cycle

    model._answers = cycle(answers)


def page(**query: str) -> AppTest:
    at = AppTest.from_file(PAGE, default_timeout=PAGE_S)
    for name, value in query.items():
        at.query_params[name] = value
    return at.run()


def asked(at: AppTest, question: str) -> AppTest:
    at.chat_input[0].set_value(question).run()
    assert not at.exception
    return at


def codes(at: AppTest) -> list[str]:
    return [block.value for block in at.code]


def conversation(at: AppTest) -> str:
    found = at.query_params["conversation"]
    return found if isinstance(found, str) else found[0]


def named(at: AppTest, start: str) -> Any:
    """The last button whose key begins so."""
    return [button for button in at.button if str(button.key).startswith(start)][-1]


def test_the_warning_stays_where_there_is_no_sandbox(
    scripted: ScriptedBackend, stage: Stage
) -> None:
    stage.warning = "There is no sandbox."
    says(scripted, call(MEAN), "The mean is 7.0.")
    at = page()
    for _step in range(2):
        assert "There is no sandbox." in [error.value for error in at.error]
        assert not any("runs in a sandbox" in one.value for one in at.markdown)
        asked(at, "Mean?")
    assert "The mean is 7.0." in [one.value for one in at.markdown]
    # Also where the page is scrolled down
    assert any("No sandbox" in error.value for error in at.error)


MEAN = "print((3 + 8 + 10) / 3)"


def test_code_and_its_result_and_the_answer_stand_on_the_page(
    scripted: ScriptedBackend, stage: Stage
) -> None:
    says(scripted, call(MEAN), "The mean is 7.0.")
    at = asked(page(), "Find the mean of 3, 8 and 10")
    assert MEAN in codes(at)
    assert "7.0" in codes(at)
    assert "The mean is 7.0." in [one.value for one in at.markdown]
    assert [kernel.ran for kernel in stage.made] == [[f"{MEAN}\n"]]
    read = scripted.asked[-1].messages
    assert read
    assert [one.role for one in read] == ["system", "user", "assistant", "observation"]
    assert (read[2].metadata, read[3].content) == ("interpreter", "7.0")


def test_a_reload_loses_nothing(scripted: ScriptedBackend, stage: Stage) -> None:
    figure = json.dumps(
        {"data": [{"type": "bar", "y": [3, 8]}], "layout": {"title": {"text": "T"}}}
    )
    stage.shows["draw()"] = [
        Table("   a\n0  1"),
        png(),
        Figure(figure),
        Failure("ZeroDivisionError", "division by zero", "Traceback: 1 / 0"),
    ]
    says(scripted, call("draw()"), "There it is.")
    first = asked(page(), "Draw")
    for at in (first, page(conversation=conversation(first))):
        assert not at.exception
        assert "   a\n0  1" in codes(at)
        assert "Traceback: 1 / 0" in codes(at)
        assert any("division by zero" in error.value for error in at.error)
        (html,) = [one for one in at.get("html") if "<img" in one.proto.body]
        assert 'src="data:image/png;base64,' in html.proto.body
        (chart,) = at.get("plotly_chart")
        assert json.loads(chart.proto.spec)["data"][0]["y"] == [3, 8]
        assert "There it is." in [one.value for one in at.markdown]


def test_what_code_shows_is_never_markup(scripted: ScriptedBackend, stage: Stage) -> None:
    evil = "<img src=https://evil.example/x onerror=alert(1)> ![x](https://evil.example/y)"
    stage.shows["evil()"] = [Text(evil), Failure(evil, evil, evil), Table(evil)]
    says(scripted, call("evil()"), "Done.")
    at = asked(page(), "Go")
    assert codes(at).count(evil) >= 3
    drawn = [one.value for one in at.markdown] + [one.value for one in at.error]
    assert not [text for text in drawn if re.search(r"(?<!\\)(?:<img|\](?!\(Glossary)\()", text)]
    assert not [one for one in at.get("html") if "evil" in one.proto.body]


def test_state_lasts_over_questions_in_one_kernel(scripted: ScriptedBackend, stage: Stage) -> None:
    says(scripted, call("n = 7"), "Kept.", call("print(n)"), "It is 7.0.")
    at = asked(page(), "Keep 7")
    asked(at, "What is it?")
    assert [kernel.ran for kernel in stage.made] == [["n = 7\n", "print(n)\n"]]


def test_code_of_a_model_that_knows_no_calls_is_cut_where_it_ends(
    scripted: ScriptedBackend, stage: Stage
) -> None:
    says(scripted, f"I compute.\n```python\n{MEAN}\n```\nIt is 999.", "It is 7.0.")
    at = asked(page(), "Mean?")
    assert MEAN in codes(at)
    read = scripted.asked[-1].messages
    assert read
    assert "999" not in "".join(one.content for one in read)
    assert "It is 999." in [one.value for one in at.text]


def test_code_is_edited_and_run_again(scripted: ScriptedBackend, stage: Stage) -> None:
    stage.shows["print(1)"] = [Text("1\n")]
    stage.shows["print(2)"] = [Text("2\n")]
    says(scripted, call("print(1)"), "One.", "Two.")
    at = asked(page(), "Count")
    named(at, "edit_code_").click().run()
    (editor,) = [area for area in at.text_area if str(area.key).startswith("code_")]
    assert editor.value == "print(1)"
    editor.set_value("print(2)").run()
    named(at, "run_code_").click().run()
    assert not at.exception
    assert stage.made[0].ran == ["print(1)\n", "print(2)\n"]
    assert "2" in codes(at)
    assert "1" not in codes(at)
    assert "Two." in [one.value for one in at.markdown]
    # What there was stays a version
    named(at, "previous_").click().run()
    assert "1" in codes(at)


def test_edited_code_that_is_none_is_told_and_runs_nothing(
    scripted: ScriptedBackend, stage: Stage
) -> None:
    says(scripted, call("print(1)"), "One.")
    at = asked(page(), "Count")
    named(at, "edit_code_").click().run()
    (editor,) = [area for area in at.text_area if str(area.key).startswith("code_")]
    editor.set_value(" ").run()
    named(at, "run_code_").click().run()
    assert any("no code to run" in toast.value for toast in at.toast)
    assert stage.made[0].ran == ["print(1)\n"]


def test_a_model_that_never_answers_is_bounded(scripted: ScriptedBackend, stage: Stage) -> None:
    says(scripted, call("print(1)"))
    at = asked(page(), "Go on")
    assert len(stage.made[0].ran) == 6
    assert any("7 times" in caption.value for caption in at.caption)


def test_code_that_ends_its_sandbox_is_told_and_the_next_has_another(
    scripted: ScriptedBackend, stage: Stage
) -> None:
    stage.shows["die()"] = [Ended("It took too much memory.")]
    says(scripted, call("die()"), call("print(1)"), "Well.")
    at = asked(page(), "Die")
    assert any("too much memory" in warning.value for warning in at.warning)
    named(at, "interpreter_go_on").click().run()
    assert [kernel.ran for kernel in stage.made] == [["die()\n"], ["print(1)\n"]]


def test_where_no_sandbox_can_be_had_the_page_says_why_and_runs_nothing(
    scripted: ScriptedBackend, stage: Stage
) -> None:
    stage.reason = "Install bubblewrap: sudo apt-get install bubblewrap."
    at = page()
    assert not at.exception
    assert [error.value for error in at.error] == [stage.reason]
    assert at.chat_input[0].disabled
    assert not stage.made
    assert not at.get("file_uploader")


def test_files_go_to_the_code_before_the_first_question(
    scripted: ScriptedBackend, stage: Stage
) -> None:
    at = page()
    (box,) = at.get("file_uploader")
    box.set_value([("numbers.csv", b"3\n8\n10\n", "text/csv")]).run()
    assert not at.exception
    assert any("numbers.csv" in one.proto.label for one in at.get("download_button"))
    says(scripted, call(MEAN), "7.")
    asked(at, "The mean?")
    assert stage.made[0].kept == {"numbers.csv": b"3\n8\n10\n"}
    assert stage.made[0].ran == [f"{MEAN}\n"]


def test_files_outlast_the_kernel_and_what_code_wrote_does_not(
    scripted: ScriptedBackend, stage: Stage
) -> None:
    at = page()
    (box,) = at.get("file_uploader")
    box.set_value([("numbers.csv", b"3\n", "text/csv"), ("notes.txt", b"n", "text/plain")]).run()
    says(scripted, call(MEAN), "7.")
    asked(at, "The mean?")
    stage.made[0].kept["written.txt"] = b"by the code"
    stage.made[0].end("It was not used.")
    again = page(conversation=conversation(at))
    assert any("files that you gave are there again" in one.value for one in again.caption)
    listed = " ".join(one.proto.label for one in again.get("download_button"))
    assert "numbers.csv" in listed
    assert "written.txt" not in listed
    named(again, "file_remove_notes").click().run()
    asked(again, "Once more?")
    assert stage.made[1].kept == {"numbers.csv": b"3\n"}


def systems(model: ScriptedBackend) -> list[str]:
    """The system messages that the model was given, in turn."""
    return [(asked.messages or ())[0].content for asked in model.asked]


def test_the_model_is_told_of_files_given_and_written_and_the_exact_prompt_shows_it(
    scripted: ScriptedBackend, stage: Stage
) -> None:
    from ui.interpreter.steps import prompt_text
    from ui.shell import resources

    at = page()
    (box,) = at.get("file_uploader")
    box.set_value([("numbers.csv", b"3\n8\n10\n", "text/csv")]).run()
    says(scripted, call("write()"), "7.")
    stage.writes["write()"] = ("plot.png", b"png")
    asked(at, "The mean?")
    first, second = systems(scripted)
    assert first.endswith("\nFiles in the current folder: 'numbers.csv' (7 bytes)")
    assert "'plot.png' (3 bytes), 'numbers.csv' (7 bytes)" in second
    # What was sent then, whatever is there by now
    conversations = resources.store().conversations
    found = conversations.get(conversation(at))
    path = conversations.path(found.id)
    conversations.remove_file(found.id, "numbers.csv")
    for place, sent in ((1, scripted.asked[0]), (3, scripted.asked[1])):
        said = prompt_text(scripted, found, path[:place], path[place].files)
        assert said == "\n\n".join(f"[{one.role}]\n{one.content}" for one in sent.messages or ())


def test_without_files_the_model_is_told_of_none(scripted: ScriptedBackend, stage: Stage) -> None:
    from core.interpreter.loop import system_message

    says(scripted, call(MEAN), "7.")
    asked(page(), "The mean?")
    assert systems(scripted) == [system_message(scripted)] * 2


def test_a_file_may_have_a_long_chinese_name(scripted: ScriptedBackend, stage: Stage) -> None:
    name = "二〇二六年第三季度华东地区销售数据汇总（含退货明细与客户反馈）" * 2 + "定稿.csv"
    at = page()
    (box,) = at.get("file_uploader")
    box.set_value([(name, b"3\n", "text/csv")]).run()
    assert not at.toast
    (box,) = at.get("file_uploader")
    box.set_value([("名" * 81 + ".csv", b"3\n", "text/csv")]).run()
    assert any("80 Chinese characters" in toast.value for toast in at.toast)
    says(scripted, call(MEAN), "7.")
    asked(at, "The mean?")
    assert stage.made[0].kept == {name: b"3\n"}


def test_a_file_with_a_name_that_cannot_be_is_refused_and_kept_nowhere(
    scripted: ScriptedBackend, stage: Stage
) -> None:
    at = page()
    (box,) = at.get("file_uploader")
    box.set_value([("good.csv", b"3\n", "text/csv"), (".bad", b"n", "text/plain")]).run()
    assert any(".bad" in toast.value for toast in at.toast)
    assert "conversation" not in at.query_params


def test_the_exact_prompt_of_a_step_is_one_click_away(
    scripted: ScriptedBackend, stage: Stage
) -> None:
    from core.chat.store import Conversations
    from ui.interpreter.steps import prompt_text
    from ui.shell import resources

    says(scripted, call(MEAN), "The mean is 7.0.")
    at = asked(page(), "Mean of 3, 8 and 10")
    conversations: Conversations = resources.store().conversations
    found = conversations.get(conversation(at))
    path = conversations.path(found.id)
    said = prompt_text(scripted, found, path[:3], path[3].files)
    sent = scripted.asked[-1].messages
    assert sent
    assert said == "\n\n".join(f"[{one.role}]\n{one.content}" for one in sent)


# --- beside tools in a chat -----------------------------------------------------------------


@pytest.fixture
def calling(scripted: ScriptedBackend, monkeypatch: pytest.MonkeyPatch) -> ScriptedBackend:
    """A model that knows tools, and no interpreter of its own."""
    monkeypatch.setattr(scripted, "_can", frozenset(("chat", "tools")))
    return scripted


def chat(*names: str, **query: str) -> AppTest:
    from core.chat.records import Draft, ToolChoice
    from ui.shell import resources

    if names:
        draft = Draft(tools=ToolChoice(names))
        resources.store().drafts.put("conversation", "new", draft.to_dict())
    at = AppTest.from_file(CHAT, default_timeout=PAGE_S)
    for name, value in query.items():
        at.query_params[name] = value
    return at.run()


def python(code: str) -> list[ToolCall]:
    return [ToolCall("run_python", json.dumps({"code": code}), {"code": code})]


def test_code_is_one_tool_among_others_and_shows_what_it_draws(
    calling: ScriptedBackend, stage: Stage
) -> None:
    stage.shows["draw()\nmore()"] = [Text("7.0\n"), png()]
    weather = [ToolCall("get_weather", '{"city": "Oslo"}', {"city": "Oslo"})]
    says(calling, [*weather, *python("draw()\nmore()")], "Done.", python("again()"), "Once more.")
    at = asked(chat("get_weather", "run_python"), "Both?")
    assert [tool["name"] for tool in calling.asked[0].tools] == ["get_weather", "run_python"]
    for shown in (at, chat(conversation=conversation(at))):
        assert any('"temperature": 5' in code for code in codes(shown))
        assert "draw()\nmore()" in codes(shown)
        assert "7.0" in codes(shown)
        assert [one for one in shown.get("html") if "<img" in one.proto.body]
    asked(at, "And again?")
    assert stage.made[0].ran == ["draw()\nmore()", "again()"]
    read = calling.asked[-1].messages
    assert read
    assert [one.content for one in read if one.role == "observation"][1:] == ["7.0\n[image]", "7.0"]


def test_code_that_waits_can_be_changed_with_all_its_lines(
    calling: ScriptedBackend, stage: Stage
) -> None:
    from core.chat.records import ToolChoice
    from ui.shell import resources

    says(calling, python("a = 1\nprint(a)"), "Done.")
    at = chat("run_python")
    talk = resources.store().conversations.create()
    resources.store().conversations.change(talk.id, {"tools": ToolChoice(("run_python",), "all")})
    at = asked(chat(conversation=talk.id), "Run it")
    (code,) = [area for area in at.text_area if str(area.key).startswith("call_")]
    assert code.value == "a = 1\nprint(a)"
    assert not stage.made
    code.set_value("a = 2\nprint(a)").run()
    named(at, "run_").click().run()
    assert stage.made[0].ran == ["a = 2\nprint(a)"]


def test_the_chat_warns_where_there_is_no_sandbox_and_says_where_nothing_can_run(
    calling: ScriptedBackend, stage: Stage
) -> None:
    stage.warning = "There is no sandbox."
    assert "There is no sandbox." in [error.value for error in chat("run_python").error]
    stage.reason = "Install bubblewrap."
    assert "Install bubblewrap." in [error.value for error in chat("run_python").error]
    assert not chat("get_weather").error


def test_the_chat_has_files_for_code_and_the_model_is_told_of_them(
    calling: ScriptedBackend, stage: Stage
) -> None:
    from ui.shell import resources

    at = chat("get_weather", "run_python")
    (box,) = at.get("file_uploader")
    box.set_value([("numbers.csv", b"3\n8\n10\n", "text/csv")]).run()
    assert not at.exception
    # A conversation with the settings that were made has begun
    talk = resources.store().conversations.get(conversation(at))
    assert talk.tools.names == ("get_weather", "run_python")
    assert any("Code interpreter" in one.value for one in at.caption)
    says(calling, python("mean()"), "7.")
    asked(at, "The mean?")
    assert conversation(at) == talk.id
    assert stage.made[0].kept == {"numbers.csv": b"3\n8\n10\n"}
    tools = {tool["name"]: tool["description"] for tool in calling.asked[0].tools}
    told = "Files in the current folder: 'numbers.csv' (7 bytes)"
    assert tools["run_python"].endswith(f". {told}")
    assert "Files" not in tools["get_weather"]
    stage.made[0].kept["plot.png"] = b"png"
    at.run()
    listed = " ".join(one.proto.label for one in at.get("download_button"))
    assert "numbers.csv · 7 bytes" in listed
    assert "plot.png · 3 bytes" in listed
    asked(at, "Again?")
    (code,) = [tool for tool in calling.asked[-1].tools if tool["name"] == "run_python"]
    assert "'plot.png' (3 bytes), 'numbers.csv' (7 bytes)" in code["description"]
    # Each answer keeps what the model was told of then
    path = resources.store().conversations.path(talk.id)
    first = next(said for said in path if said.role == "assistant")
    assert first.tools == calling.asked[0].tools
    named(at, "file_remove_numbers").click().run()
    assert stage.made[0].kept == {"plot.png": b"png"}


def test_the_chat_has_no_files_where_no_code_can_run(
    calling: ScriptedBackend, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not chat("get_weather").get("file_uploader")
    assert chat("run_python").get("file_uploader")
    stage.reason = "Install bubblewrap."
    assert not chat("run_python").get("file_uploader")
    stage.reason = None
    monkeypatch.setattr("ui.tools.offered.call_form", lambda _backend: "chatglm3")
    assert not chat("run_python").get("file_uploader")


def test_a_conversation_goes_on_as_a_chat_and_back_with_its_tools(
    calling: ScriptedBackend, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.chat.records import ToolChoice
    from ui.shell import resources

    for module in ("ui.tools.offered", "core.chat.turn"):
        monkeypatch.setattr(f"{module}.call_form", lambda _backend: "chatglm3")
    conversations = resources.store().conversations
    stage.shows["print(1)"] = [Text("1\n")]
    says(calling, call("print(1)"), "One.", "Two.")
    id = conversation(asked(page(), "Count"))
    opened: list[tuple[str, str]] = []
    monkeypatch.setattr(
        "streamlit.switch_page",
        lambda file, query_params: opened.append((file, query_params["conversation"])),
    )
    named(page(conversation=id), "interpreter_to_chat").click().run()
    assert conversations.get(id).tools.names == ()
    at = chat(conversation=id)
    assert "1" in codes(at)
    asked(at, "Go on")
    assert conversations.path(id)[-1].content == "Two."
    assert len(stage.made) == 1
    conversations.change(id, {"tools": ToolChoice(("get_weather",), "all")})
    at.run()
    named(at, "chat_to_interpreter").click().run()
    assert not at.exception
    assert conversations.get(id).tools == ToolChoice(("interpreter", "get_weather"), "all")
    assert opened == [("pages/1_Chat.py", id), ("pages/10_Interpreter.py", id)]
    named(page(conversation=id), "interpreter_to_chat").click().run()
    assert conversations.get(id).tools == ToolChoice(("get_weather",), "all")


def test_an_empty_question_goes_back_with_the_reason(
    scripted: ScriptedBackend, stage: Stage
) -> None:
    at = page()
    at.chat_input[0].set_value("   ").run()
    assert not at.exception
    assert any("empty" in error.value for error in at.error)
    assert not scripted.asked


def test_the_work_goes_on_when_nobody_looks(scripted: ScriptedBackend, stage: Stage) -> None:
    from core.chat.turn import begin
    from core.interpreter.transcript import computing, draft
    from ui.shell import resources
    from ui.tools.kernel import JobKernel

    go_on, began = threading.Event(), threading.Event()

    def slow(code: str) -> list[Output]:
        began.set()
        go_on.wait(60)
        return [Text("7.0\n")]

    says(scripted, call(MEAN), "The mean is 7.0.")
    conversations = resources.store().conversations
    made = begin(conversations, draft(), "Mean?", "scripted", "")
    kernel = JobKernel(made.id)

    def take() -> Any:
        found = kernel()
        found._part = slow  # type: ignore[attr-defined]
        return found

    def work() -> Any:
        return computing(conversations, scripted, made.id, take)

    job = resources.start(("interpreter", made.id), scripted, kernel.held(work))
    began.wait(60)
    stage.now += 1000.0
    stage.pool.sweep()
    go_on.set()
    job.wait(60)
    assert conversations.path(made.id)[-1].content == "The mean is 7.0."
    assert stage.made[0].alive
    # And then nobody holds it any more
    stage.now += 60.0
    stage.pool.sweep()
    assert not stage.made[0].alive


def test_a_kernel_that_comes_after_its_job_was_stopped_is_left(stage: Stage) -> None:
    from ui.shell import resources
    from ui.tools.kernel import JobKernel

    kernel = JobKernel(resources.store().conversations.create().id)

    def nothing() -> Any:
        yield from ()

    list(kernel.held(nothing)())
    assert kernel().alive
    stage.now += 60.0
    stage.pool.sweep()
    assert not stage.made[0].alive


def test_the_chat_sends_such_a_conversation_here(scripted: ScriptedBackend, stage: Stage) -> None:
    says(scripted, call(MEAN), "The mean is 7.0.")
    id = conversation(asked(page(), "Mean?"))
    at = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=PAGE_S)
    at.run()
    at.switch_page("pages/1_Chat.py")
    at.query_params["conversation"] = id
    at.run()
    assert not at.exception
    assert MEAN in codes(at)
