"""What a model reads where it is given no system message."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.models.catalogue import EMBEDDED_FOLDER
from core.models.chatglm_tokenizer import ChatGLMTokenizer
from core.models.checkpoint import inspect
from core.models.tokenizers import open_tokenizer
from core.personas.default_system import default_system
from tests.families import CHATML, GLM, HEADERS, INSTRUCT, KINDS, make

# As of most chat models: nothing where nothing is given
PLAIN = CHATML[CHATML.index("{%- for message") :]
# As Llama 3.1 has it: words of its own in front of every system message, also of none
WITH_HEADER = """<|begin_of_text|><|start_header_id|>system<|end_header_id|>

Cutting Knowledge Date: December 2023

{% if messages[0]['role'] == 'system' %}{{ messages[0]['content'] }}{% endif %}<|eot_id|>
{%- for m in messages if m['role'] != 'system' %}<|start_header_id|>{{ m['role'] }}<|end_header_id|>

{{ m['content'] }}<|eot_id|>{% endfor %}<|start_header_id|>assistant<|end_header_id|>

"""
# As Gemma has it: the system message is the beginning of the question
FOLDED = """{%- if messages[0]['role'] == 'system' %}{% set first = messages[0]['content'] + '\n\n' %}
{%- else %}{% set first = '' %}{% endif %}
{%- for m in messages if m['role'] != 'system' %}<|im_start|>{{ m['role'] }}
{{ first if loop.first else '' }}{{ m['content'] }}<|im_end|>
{% endfor %}<|im_start|>assistant
"""


@pytest.mark.parametrize(
    ("kind", "template", "own"),
    [
        ("qwen2", CHATML, "You are a helpful assistant."),
        ("llama", WITH_HEADER, "Cutting Knowledge Date: December 2023"),
        ("qwen2", PLAIN, ""),
        ("qwen2", FOLDED, ""),
        ("llama", HEADERS, ""),
        ("glm4", GLM, ""),
        ("mistral", INSTRUCT, ""),
    ],
)
def test_the_own_system_message_of_a_chat_format_is_found(
    tmp_path: Path, kind: str, template: str, own: str
) -> None:
    folder = make(tmp_path / "model", replace(KINDS[kind], template=template))
    assert default_system(open_tokenizer(inspect(folder))) == own


def test_chatglm_has_none() -> None:
    assert default_system(ChatGLMTokenizer(EMBEDDED_FOLDER / "tokenizer.model")) == ""
