"""``python -m benchmarks.make_checkpoint FOLDER``: a random checkpoint in ChatGLM3's layout.

Of full size by default: 28 layers of 4096 in seven shards, 12.5 GB in bfloat16. Nothing that it
says makes sense; memory and speed are those of the real model. The same seed gives the same
weights on the same kind of device. The tokenizer is the embedded model's: it knows fewer tokens
than there are rows.
"""

import json
import shutil
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import torch
import typer
from safetensors.torch import save_file

from core.models import configuration, tensors
from core.models.catalogue import EMBEDDED_FOLDER
from core.models.checkpoint import CONFIG_FILE, TOKENIZER_FILE
from core.models.plan import gigabytes

# Shards that are written while the next is drawn
_WRITERS = 4


def make(
    folder: Path,
    layers: int = 28,
    hidden: int = 4096,
    shards: int = 7,
    window: int = 8192,
    seed: int = 1,
    device: str = "cpu",
) -> int:
    """Write the checkpoint; how many bytes its weights have. Heads are 128 wide, as published.

    device: where the numbers are drawn; a GPU takes seconds for all of them.
    """
    heads = max(2, hidden // 128)
    config = {
        "model_type": "chatglm",
        "architectures": ["ChatGLMModel"],
        "hidden_size": hidden,
        "num_layers": layers,
        "num_attention_heads": heads,
        "multi_query_group_num": 2,
        "kv_channels": hidden // heads,
        "ffn_hidden_size": round(hidden * 3.34375 / 64) * 64,
        "padded_vocab_size": 65024,
        "seq_length": window,
        "add_qkv_bias": True,
        "layernorm_epsilon": 1e-5,
        "torch_dtype": "bfloat16",
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CONFIG_FILE).write_text(json.dumps(config, indent=2), encoding="utf-8")
    shutil.copyfile(EMBEDDED_FOLDER / TOKENIZER_FILE, folder / TOKENIZER_FILE)
    shapes = tensors.expected(configuration.sizes(folder / CONFIG_FILE, config))
    total = 2 * sum(torch.Size(shape).numel() for shape in shapes.values())
    generator = torch.Generator(device).manual_seed(seed)
    weight_map: dict[str, str] = {}
    part: dict[str, torch.Tensor] = {}
    held = 0
    writers = 1 if device == "cpu" else _WRITERS
    with ThreadPoolExecutor(writers) as pool:
        written: list[Future[None]] = []
        for name, shape in shapes.items():
            if name.endswith("layernorm.weight"):
                part[name] = torch.ones(shape, dtype=torch.bfloat16)
            else:
                drawn = torch.randn(shape, generator=generator, dtype=torch.bfloat16, device=device)
                part[name] = (drawn * 0.02).cpu()
            held += part[name].nbytes
            if held >= total * (len(written) + 1) / shards:
                if len(written) >= writers:  # no more in memory than is being written
                    written[-writers].result()
                file = f"model-{len(written) + 1:05d}-of-{shards:05d}.safetensors"
                written.append(pool.submit(save_file, part, folder / file, {"format": "pt"}))
                weight_map |= dict.fromkeys(part, file)
                part = {}
        for future in written:
            future.result()
    index = {"metadata": {"total_size": total}, "weight_map": weight_map}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")
    return total


def main(
    folder: Annotated[Path, typer.Argument(help="Where to write it.")],
    layers: Annotated[int, typer.Option(help="28 is full size.")] = 28,
    hidden: Annotated[int, typer.Option(help="4096 is full size.")] = 4096,
    shards: Annotated[int, typer.Option(help="Weight files.")] = 7,
    window: Annotated[int, typer.Option(help="Context window in tokens.")] = 8192,
    seed: Annotated[int, typer.Option(help="Seed of the weights.")] = 1,
    device: Annotated[str, typer.Option(help="Where to draw the numbers: cpu or cuda.")] = "cpu",
) -> None:
    """Write a random checkpoint in ChatGLM3's layout."""
    print(f"{gigabytes(make(folder, layers, hidden, shards, window, seed, device))} in {folder}")


if __name__ == "__main__":
    typer.run(main)
