"""llama.cpp's own chat server with a template that has tools: `python -m tests.tool_server FILE`.

It prints its port, and ends when its standard input does.
"""

import os
import sys

from xllamacpp import CommonParams, Server

# Hermes' form, as the templates of Qwen2.5 have it, with examples for a small model
TEMPLATE = """{%- if tools %}<|im_start|>system
# Tools

You may call one or more functions to assist with the user query.

You are provided with function signatures within <tools></tools> XML tags:
<tools>
{%- for tool in tools %}
{{ tool | tojson }}
{%- endfor %}
</tools>

For each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:
<tool_call>
{"name": <function-name>, "arguments": <args-json-object>}
</tool_call><|im_end|>
<|im_start|>user
What is the weather in Rome?<|im_end|>
<|im_start|>assistant
<tool_call>
{"name": "get_weather", "arguments": {"city": "Rome"}}
</tool_call><|im_end|>
<|im_start|>tool
{"temperature": 9, "sky": "clear"}<|im_end|>
<|im_start|>assistant
In Rome it is 9 degrees and clear.<|im_end|>
<|im_start|>user
What is the weather in Paris?<|im_end|>
<|im_start|>assistant
<tool_call>
{"name": "get_weather", "arguments": {"city": "Paris"}}
</tool_call><|im_end|>
<|im_start|>tool
{"temperature": 2, "sky": "snow"}<|im_end|>
<|im_start|>assistant
In Paris it is 2 degrees and snow.<|im_end|>
{% endif %}
{%- for message in messages %}
{%- if message.role == 'tool' %}<|im_start|>tool
{{ message.content }}<|im_end|>
{% elif message.tool_calls %}<|im_start|>assistant
{%- for call in message.tool_calls %}
<tool_call>
{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}
</tool_call>
{%- endfor %}<|im_end|>
{% else %}<|im_start|>{{ message.role }}
{{ message.content }}<|im_end|>
{% endif %}
{%- endfor %}
{%- if add_generation_prompt %}<|im_start|>assistant
{% endif %}"""


def main() -> None:
    """Serve until the parent goes."""
    with os.fdopen(os.dup(1), "w") as answer:
        os.dup2(2, 1)
        made = CommonParams()
        made.model.path = sys.argv[1]
        made.n_parallel = 1
        made.n_ctx = 2048
        made.n_gpu_layers = 0
        made.hostnames = ["127.0.0.1"]
        made.port = 0
        made.verbosity = 1
        made.fit_params = False
        made.use_jinja = True
        made.chat_template = TEMPLATE
        server = Server(made)
        answer.write(server.listening_address.rsplit(":", 1)[1] + "\n")
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
