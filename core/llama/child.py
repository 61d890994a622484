"""The process around llama.cpp: `python -m core.llama.child`.

Its settings come as one line of JSON on standard input, which then stays open: when it closes, the
parent is gone, however it went, and so does this process. The one line on standard output has the
port that llama.cpp listens on, and whether it knows llguidance's grammars. What llama.cpp says goes
to standard error.
"""

import json
import os
import shutil
import sys
from typing import Any

from xllamacpp import (
    CommonParams,
    Server,
    ggml_type,
    json_schema_to_grammar,
    llama_flash_attn_type,
)

# llama.cpp's scale: 1 errors, 2 warnings, 3 what it does
_ERRORS = 1
# Tokens of a prompt that are read in one step, after which a request that was cut is noticed and
# the others get their next token
_STEP_TOKENS = 252
# Tokens that are computed together. With 64 or more attention on the CPU goes another way, and so
# it does for the single token of a long text, where keys and values are numbers of the same kind.
# Each way rounds otherwise: the same request would give other texts by how its prompt was read and
# by what else runs. Values in BF16 are summed in 32 bits besides.
_TOGETHER = 63
_VALUES = ggml_type.GGML_TYPE_BF16


def params(settings: dict[str, Any]) -> CommonParams:
    """llama.cpp's parameters.

    settings: model, the file; slots, and the window of each in tokens; host, key; saved, the folder
    for the states of slots, with a separator at its end; wide, whether keys and values have 32
    bits.
    """
    made = CommonParams()
    made.model.path = settings["model"]
    made.n_parallel = settings["slots"]
    # Each slot has keys and values of its own: where slots share them, texts depend on each other
    made.kv_unified = False
    made.n_ctx = settings["slots"] * settings["window"]
    made.n_batch, made.n_ubatch = _STEP_TOKENS, _TOGETHER
    if settings["wide"]:
        made.flash_attn_type = llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
        made.cache_type_k = made.cache_type_v = ggml_type.GGML_TYPE_F32
    else:
        made.cache_type_v = _VALUES
    made.n_gpu_layers = 0
    made.hostnames = [settings["host"]]
    made.port = 0
    made.api_keys = [settings["key"]]
    made.slot_save_path = settings["saved"]
    made.verbosity = _ERRORS
    # What was planned holds: nothing is changed to fit, and no prompt is kept beside the slots
    made.fit_params = False
    made.cache_ram_mib = 0
    made.cache_idle_slots = False
    # Prompts come as ids: the file's own template is not looked at
    made.chat_template = "chatml"
    made.ui = False
    return made


def main() -> None:
    """Run llama.cpp until the parent goes."""
    # llama.cpp must not write where the parent reads
    with os.fdopen(os.dup(1), "w") as answer:
        os.dup2(2, 1)
        settings = json.loads(sys.stdin.readline())
        server = Server(params(settings))
        port = int(server.listening_address.rsplit(":", 1)[1])
        # Asked for a grammar it does not know, it would end
        grammars = json_schema_to_grammar("{}").startswith("%llguidance")
        answer.write(json.dumps({"port": port, "grammars": grammars}) + "\n")
    while sys.stdin.read(1):
        pass
    shutil.rmtree(settings["saved"], ignore_errors=True)
    # A tidy end would wait for requests
    os._exit(0)


if __name__ == "__main__":
    main()
