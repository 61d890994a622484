"""A model's own chat template: Jinja, run by the library in its sandbox.

The template is a program that comes with the model. It sees the messages and tools, reaches no
file and runs no Python; how long it takes is not limited, so it must come from whom the operator
trusts with that.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.backends.calls import CallForm
from core.errors import CheckpointError, InvalidInput
from core.i18n import _
from core.messages import Message
from core.models.control import ControlTokens

_SAMPLE = ({"role": "user", "content": "?"},)
# Stands for a text; no template and no tokenizer has it
_ANSWER = "0f4a27d1"


class ChatTemplate:
    """The chat format of one model.

    source: the template. tokens: the special tokens it may name, such as bos_token. Raises
    `CheckpointError`, naming `folder`, where a single question cannot be rendered.
    """

    def __init__(
        self, folder: Path, source: str, tokens: dict[str, str], control: ControlTokens
    ) -> None:
        self._source, self._tokens, self._control = source, tokens, control
        # Whether it has a place for tools
        self.tools = "tools" in source
        try:
            self._render(_SAMPLE, None)
        except Exception as error:  # whatever a template raises
            raise CheckpointError(
                _("The chat template in {folder} cannot be used ({reason}).").format(
                    folder=folder, reason=_reason(error)
                )
            ) from error
        self._takes_system = self._system_is_read()

    def prompt(
        self, messages: Sequence[Message], tools: Sequence[dict[str, Any]] | None = None
    ) -> str:
        """The prompt with secret names for its control tokens, up to where the answer begins.

        Raises `InvalidInput` for what the template refuses or has no place for.
        """
        if tools and not self.tools:
            raise InvalidInput(
                _("The chat format of this model does not support tools. Remove them.")
            )
        chat = [self._message(message) for message in messages]
        try:
            offered = [_function(tool) for tool in tools or ()]
            rendered = self._render(chat, self._control.protect(offered) if offered else None)
        except Exception as error:  # whatever a template raises
            raise InvalidInput(
                _("The chat format of this model refuses this conversation: {reason}.").format(
                    reason=_reason(error).rstrip(".")
                )
            ) from error
        if not self._takes_system and any(message["role"] == "system" for message in chat):
            raise InvalidInput(
                _("The chat format of this model does not support a system message. Remove it.")
            )
        return self._control.bind(rendered)

    def end_of_turn(self) -> int | None:
        """The control token that ends an answer in the middle of a conversation, if there is
        one."""
        turns = [Message("user", "?"), Message("assistant", _ANSWER), Message("user", "?")]
        try:
            return self._control.first_after(self.prompt(turns), _ANSWER)
        except InvalidInput:
            return None

    def _system_is_read(self) -> bool:
        """Whether a system message finds its way into a prompt; what the template makes of its
        words is its own business: some take orders such as /no_think out."""
        try:
            rendered = self._render([{"role": "system", "content": _ANSWER}, *_SAMPLE], None)
        except Exception:  # whatever a template raises; `prompt` tells its reason
            return True
        return _ANSWER in rendered.lower()

    def _message(self, message: Message) -> dict[str, Any]:
        own = message.role == "assistant"
        role: str = message.role
        if role == "observation" and "observation" not in self._source:
            role = "tool"
        made = {"role": role, "content": self._control.protect(message.content, own)}
        if message.metadata:
            made["metadata"] = self._control.protect(message.metadata, own)
        return made

    def _render(self, chat: Sequence[dict[str, Any]], tools: Any) -> str:
        from transformers.utils.chat_template_utils import render_jinja_template

        tokens: dict[str, Any] = dict(self._tokens)
        # A pair, whatever the library's annotation says
        pair: Any = render_jinja_template(
            conversations=[list(chat)],
            tools=tools,
            chat_template=self._source,
            add_generation_prompt=True,
            **tokens,
        )
        return str(pair[0][0])


def call_form(source: str) -> CallForm | None:
    """How a model with this template writes its calls, by the marks that it puts around them."""
    if "<tool_call>" in source:
        return "hermes"
    if "[TOOL_CALLS]" in source:
        return "mistral"
    if "ipython" in source or "<|python_tag|>" in source:
        return "llama"
    if "<|assistant|>" in source and "metadata" in source:
        return "glm4"
    return None


def _function(tool: dict[str, Any]) -> dict[str, Any]:
    """A tool in the envelope that chat templates expect."""
    return tool if "function" in tool else {"type": "function", "function": tool}


def _reason(error: Exception) -> str:
    """An error in one line."""
    said = " ".join(str(error).split())[:200]
    return said or type(error).__name__
