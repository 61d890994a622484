"""The settings of a run, or of some of its cells, as code that runs elsewhere.

Python uses transformers' own `generate`; curl asks any server that speaks the OpenAI API
(https://platform.openai.com/docs/api-reference/chat); a cell's JSON is a line that
`python -m core ask --lines` takes. Only this project's engine gives the same texts again at the
same seed: others draw in another way.
"""

import json
import pprint
import shlex
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from core.engine.choices import split_model
from core.grid.records import Cell, Run
from core.grid.spec import GridSpec

_HEAD = """\
# Run this in the folder of Prompt Lab: .venv/bin/python FILE
# transformers draws in its own way: at temperature 0 the texts are the same as there.
import torch

from core.config import Settings
from core.backends.reply import parse_reply, reply_text
from core.messages import Message, with_system
from core.models.catalogue import find
from core.models.loading import load
"""
_LOOP = """\
loaded = {}
for cell in CELLS:
    name, precision = cell["model"]
    if (name, precision) not in loaded:
        loaded.clear()  # one model in memory at a time
        entry = find(name, Settings.from_environment())
        loaded[name, precision] = load(
            entry.folder, entry.name, precision=precision, chat=entry.chat
        )
    model, tokenizer = loaded[name, precision].model, loaded[name, precision].tokenizer
    messages = with_system(cell["system"], [Message("user", PROMPT)])
    ids = torch.tensor([tokenizer.prompt_ids(messages)], device=model.device)
    window = loaded[name, precision].facts.window
    room = min(cell["max_length"] or window, window) - ids.shape[1]
    torch.manual_seed(cell["seed"])
    output = model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        eos_token_id=sorted(tokenizer.stop_ids),
        pad_token_id=0,
        max_new_tokens=min(cell["max_new_tokens"] or room, room),
        **cell["sampling"],
    )
    answer = output[0, ids.shape[1] :].tolist()
    print(cell["seed"], cell["sampling"], reply_text(parse_reply(tokenizer, answer)), sep="\\n")
"""
_CURL = """\
# BASE_URL is where the server answers, e.g. http://localhost:8000/v1
while IFS= read -r body; do
  curl --silent --show-error "$BASE_URL/chat/completions" \\
    --header "Content-Type: application/json" \\
    --header "Authorization: Bearer $API_KEY" \\
    --data "$body"
done <<'BODIES'
"""


def python_code(run: Run, cells: Sequence[Cell]) -> str:
    """A script that writes these cells with transformers."""
    rows = [_python_cell(run, cell) for cell in cells]
    listed = pprint.pformat(rows, width=96, sort_dicts=False)
    return f"{_HEAD}\nPROMPT = {run.spec.prompt!r}\nCELLS = {listed}\n\n{_LOOP}"


def _python_cell(run: Run, cell: Cell) -> dict[str, Any]:
    spec = run.spec
    sampling = spec.sampling(cell.place, cell.sample)
    drawing: dict[str, Any] = {"do_sample": False}
    if not sampling.greedy:
        drawing = {
            "do_sample": True,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "top_k": sampling.top_k,
        }
    return {
        "model": model_of(run, cell),
        "system": spec.system_at(cell.place),
        "seed": cell.seed,
        "max_new_tokens": sampling.max_new_tokens,
        "max_length": sampling.max_length,
        "sampling": drawing,
    }


def model_of(run: Run, cell: Cell) -> tuple[str, str]:
    """The name and the precision of the model that a cell is written by."""
    value = run.spec.model_at(cell.place)
    if value is not None:
        return split_model(value)
    return run.model, run.precision or "auto"


def curl_code(run: Run, cells: Sequence[Cell]) -> str:
    """A shell script that asks an OpenAI-compatible server for these cells, one after another.

    top_k is no part of the API, but vLLM, llama.cpp and others take it; it is there when it is on.
    """
    bodies = [json.dumps(_body(run, cell), ensure_ascii=False) for cell in cells]
    if len(bodies) > 1:
        return _CURL + "\n".join(bodies) + "\nBODIES\n"
    return (
        "# BASE_URL is where the server answers, e.g. http://localhost:8000/v1\n"
        'curl --silent --show-error "$BASE_URL/chat/completions" \\\n'
        '  --header "Content-Type: application/json" \\\n'
        '  --header "Authorization: Bearer $API_KEY" \\\n'
        f"  --data {shlex.quote(bodies[0])}\n"
    )


def _body(run: Run, cell: Cell) -> dict[str, Any]:
    spec = run.spec
    sampling = spec.sampling(cell.place, cell.sample)
    body: dict[str, Any] = {
        "model": model_of(run, cell)[0],
        "messages": _messages(spec, cell),
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "seed": cell.seed,
    }
    if sampling.top_k:
        body["top_k"] = sampling.top_k
    if sampling.max_new_tokens is not None:
        body["max_tokens"] = sampling.max_new_tokens
    return body


def _messages(spec: GridSpec, cell: Cell) -> list[dict[str, str]]:
    return [
        {"role": message.role, "content": message.content} for message in spec.messages(cell.place)
    ]


def json_code(run: Run, cells: Sequence[Cell] | None = None) -> str:
    """The settings as JSON: of the whole run, or a conversation with its settings per cell."""
    spec = run.spec
    if cells is None:
        value: Any = {**asdict(spec), "model": run.model, "precision": run.precision}
    else:
        value = [
            {
                "messages": _messages(spec, cell),
                "settings": spec.sampling(cell.place, cell.sample).to_dict(),
            }
            for cell in cells
        ]
        value = value[0] if len(value) == 1 else value
    return json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
