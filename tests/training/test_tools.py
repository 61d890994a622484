"""Tools in the corpus: their calls can be read and fit what is listed, and the lists leave room."""

import pytest

from core.backends.calls import chatglm3_arguments
from core.models.catalogue import EMBEDDED_FOLDER
from core.models.chatglm_tokenizer import ChatGLMTokenizer
from core.tools.builtin import BUILTIN
from core.tools.tool import faults_of
from training import corpus
from training.dialogue import Dialogue
from training.domains import builtin_tools, registry, typed_tools
from training.encoding import encode
from training.grammar import Draw
from training.pipeline import LONGEST

TALKS = (builtin_tools.builtin, typed_tools.typed)
DOMAINS = [domain for domain in registry.DOMAINS if domain.talk in TALKS]


@pytest.fixture(scope="module", params=DOMAINS, ids=lambda domain: domain.name)
def dialogues(request: pytest.FixtureRequest) -> list[Dialogue]:
    draw = Draw(8)
    return [corpus.draw_dialogue(draw, request.param) for _ in range(250)]


def test_each_call_fits_a_listed_tool_and_can_be_read(dialogues: list[Dialogue]) -> None:
    for dialogue in dialogues:
        listed = {str(tool["name"]): tool["parameters"] for tool in dialogue.tools}
        calls = [m for m in dialogue.messages if m.metadata]
        for message in calls:
            arguments, problem = chatglm3_arguments(message.content)
            assert arguments is not None, problem
            assert faults_of(listed[message.metadata], arguments) == [], message  # type: ignore[arg-type]


def test_lists_leave_room_for_the_talk(dialogues: list[Dialogue]) -> None:
    tokenizer = ChatGLMTokenizer(EMBEDDED_FOLDER / "tokenizer.model")
    lengths = [len(encode(tokenizer, dialogue).ids) for dialogue in dialogues]
    assert sum(length > LONGEST for length in lengths) < len(lengths) * 0.05


def test_built_in_tools_are_listed_as_the_product_lists_them_in_any_order() -> None:
    draw = Draw(8)
    lists = [builtin_tools.builtin(draw).tools for _ in range(300)]
    schemas = [tool.schema for tool in BUILTIN]
    assert all(tool in schemas for listed in lists for tool in listed)
    first = {str(listed[0]["name"]) for listed in lists}
    assert first == {tool.name for tool in BUILTIN}
    assert {len(listed) for listed in lists} >= {1, 2, 3, 4}


def test_every_type_of_parameter_occurs_and_what_is_optional_is_left_out() -> None:
    draw = Draw(8)
    kinds: set[str] = set()
    left_out = 0
    for _ in range(300):
        dialogue = typed_tools.typed(draw)
        listed = {str(tool["name"]): tool["parameters"] for tool in dialogue.tools}
        for tool in listed.values():
            assert isinstance(tool, dict)
            for schema in tool["properties"].values():
                kinds |= {schema["type"], *(("enum",) if "enum" in schema else ())}
        for message in dialogue.messages:
            if message.metadata:
                arguments, _problem = chatglm3_arguments(message.content)
                tool = listed[message.metadata]
                assert isinstance(tool, dict)
                left_out += len(arguments or {}) < len(tool["properties"])
    assert kinds == {"string", "integer", "number", "boolean", "enum"}
    assert left_out
