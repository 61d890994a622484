"""The tensors of a checkpoint: which there must be, and of which shape.

Read from the headers of the weight files, which takes a moment for a model of any size; the
weights themselves are not read. Source of the names: https://huggingface.co/THUDM/chatglm3-6b,
and for the other families transformers' own classes (models/llama/modeling_llama.py, ...).
"""

from dataclasses import dataclass
from pathlib import Path

from core.errors import CheckpointError
from core.i18n import _
from core.models import gguf_config, gguf_file
from core.models.checkpoint import Checkpoint
from core.models.families import CHATGLM, Family
from core.models.gguf_file import GGUFFile
from core.models.sizes import Sizes

Shape = tuple[int, ...]
# Rotary tables that published checkpoints carry; they are computed instead
_IGNORED = ("rotary_pos_emb.inv_freq", "rotary_emb.inv_freq")
_HEAD = "lm_head.weight"
_NUMBERS = {"F64", "F32", "F16", "BF16", "float64", "float32", "float16", "bfloat16"}


@dataclass(frozen=True, slots=True)
class Shard:
    """A weight file: its tensors with their shapes, or what is wrong with it."""

    file: Path
    tensors: dict[str, Shape]
    dtypes: frozenset[str]
    fault: str | None


@dataclass(frozen=True, slots=True)
class Report:
    """What a checkpoint is, and everything found wrong with it."""

    checkpoint: Checkpoint
    shards: tuple[Shard, ...]
    faults: tuple[str, ...]

    @property
    def dtypes(self) -> str:
        """The number formats of the weights, e.g. "F16"."""
        return ", ".join(sorted({dtype for shard in self.shards for dtype in shard.dtypes}))


def check(checkpoint: Checkpoint) -> Report:
    """Compare the headers of all weight files with the configuration."""
    shards: tuple[Shard, ...]
    if checkpoint.gguf:
        shards = (_gguf(gguf_file.read(checkpoint.gguf), checkpoint.sizes),)
    else:
        shards = tuple(read_shard(file) for file in checkpoint.weight_files)
    faults = [shard.fault for shard in shards if shard.fault]
    held: dict[str, tuple[Shape, str]] = {}
    for shard in shards:
        for name, shape in shard.tensors.items():
            if name in held:
                faults.append(
                    _("{name} is in two shards, {first} and {second}.").format(
                        name=name, first=held[name][1], second=shard.file.name
                    )
                )
            held[name] = (shape, shard.file.name)
    faults += [
        _("{file} contains numbers of type {found}; weights must be {wanted}.").format(
            file=shard.file.name,
            found=", ".join(sorted(shard.dtypes - _NUMBERS)),
            wanted="F16, BF16 or F32",
        )
        for shard in shards
        if shard.dtypes - _NUMBERS and not checkpoint.gguf
    ]
    # Where a shard cannot be read, all of its tensors would be missing: one fault is enough
    wanted = expected(checkpoint.sizes, checkpoint.family)
    faults += _differences(wanted, held, any(s.fault for s in shards), checkpoint.sizes)
    return Report(checkpoint, shards, tuple(faults))


def ignored(name: str, sizes: Sizes) -> bool:
    """Whether a tensor may be there without a use: a rotary table, a copy of a tied embedding."""
    return name.endswith(_IGNORED) or (sizes.tied and name == _HEAD)


def expected(sizes: Sizes, family: Family = CHATGLM) -> dict[str, Shape]:
    """Names and shapes of all tensors that a model of these sizes has."""
    return _original(sizes) if family.original else _native(sizes)


def _original(sizes: Sizes) -> dict[str, Shape]:
    """As the published ChatGLM3 checkpoints name them."""
    hidden, vocabulary = sizes.hidden, sizes.vocabulary
    shapes: dict[str, Shape] = {
        "transformer.embedding.word_embeddings.weight": (vocabulary, hidden),
        "transformer.encoder.final_layernorm.weight": (hidden,),
    }
    if not sizes.tied:
        shapes["transformer.output_layer.weight"] = (vocabulary, hidden)
    layer: dict[str, Shape] = {
        "input_layernorm.weight": (hidden,),
        "self_attention.query_key_value.weight": (sizes.fused, hidden),
        "self_attention.dense.weight": (hidden, sizes.heads * sizes.head),
        "post_attention_layernorm.weight": (hidden,),
        "mlp.dense_h_to_4h.weight": (2 * sizes.ffn, hidden),
        "mlp.dense_4h_to_h.weight": (hidden, sizes.ffn),
    }
    if sizes.biased:
        layer["self_attention.query_key_value.bias"] = (sizes.fused,)
    return shapes | _layers("transformer.encoder.layers", layer, sizes)


def _native(sizes: Sizes) -> dict[str, Shape]:
    """As the library's own classes name them."""
    hidden, vocabulary, ffn = sizes.hidden, sizes.vocabulary, sizes.ffn
    shapes: dict[str, Shape] = {
        "model.embed_tokens.weight": (vocabulary, hidden),
        "model.norm.weight": (hidden,),
    }
    if not sizes.tied:
        shapes[_HEAD] = (vocabulary, hidden)
    queries, keys = sizes.heads * sizes.head, sizes.groups * sizes.head
    matrices = {
        "self_attn.q_proj": (queries, hidden, sizes.biased),
        "self_attn.k_proj": (keys, hidden, sizes.biased),
        "self_attn.v_proj": (keys, hidden, sizes.biased),
        "self_attn.o_proj": (hidden, queries, sizes.output_biased),
        "mlp.down_proj": (hidden, ffn, sizes.ffn_biased),
        **(
            {"mlp.gate_up_proj": (2 * ffn, hidden, sizes.ffn_biased)}
            if sizes.fused_gate
            else {
                "mlp.gate_proj": (ffn, hidden, sizes.ffn_biased),
                "mlp.up_proj": (ffn, hidden, sizes.ffn_biased),
            }
        ),
    }
    norms = ["input_layernorm", "post_attention_layernorm"]
    if sizes.sandwiched:
        norms += ["post_self_attn_layernorm", "post_mlp_layernorm"]
    layer: dict[str, Shape] = {f"{name}.weight": (hidden,) for name in norms}
    if sizes.head_normed:
        layer |= {f"self_attn.{part}_norm.weight": (sizes.head,) for part in "qk"}
    for name, (rows, columns, biased) in matrices.items():
        layer[f"{name}.weight"] = (rows, columns)
        if biased:
            layer[f"{name}.bias"] = (rows,)
    return shapes | _layers("model.layers", layer, sizes)


def _layers(prefix: str, layer: dict[str, Shape], sizes: Sizes) -> dict[str, Shape]:
    return {
        f"{prefix}.{index}.{name}": shape
        for index in range(sizes.layers)
        for name, shape in layer.items()
    }


def read_shard(file: Path) -> Shard:
    """The names and shapes in a weight file, from its header."""
    read = _safetensors if file.suffix == ".safetensors" else _pickled
    try:
        tensors, dtypes = read(file)
    except CheckpointError as error:
        return Shard(file, {}, frozenset(), str(error))
    return Shard(file, tensors, frozenset(dtypes), None)


def _gguf(file: GGUFFile, sizes: Sizes) -> Shard:
    """The tensors of a GGUF file by the library's names."""
    held = {
        part.name: (part.stop - part.start, *file.tensors[part.source].shape[1:])
        for part in gguf_config.parts(file, sizes)
    }
    types = frozenset(tensor.type.name for tensor in file.tensors.values())
    return Shard(file.path, held, types, None)


def _safetensors(file: Path) -> tuple[dict[str, Shape], set[str]]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="np") as opened:
            slices = {name: opened.get_slice(name) for name in opened.keys()}  # noqa: SIM118
            shapes = {name: tuple(part.get_shape()) for name, part in slices.items()}
            return shapes, {part.get_dtype() for part in slices.values()}
    except (SafetensorError, OSError) as error:
        raise CheckpointError(
            _("The weights {file} cannot be read ({reason}). Download them again.").format(
                file=file, reason=error
            )
        ) from error


def _pickled(file: Path) -> tuple[dict[str, Shape], set[str]]:
    import torch

    try:
        # Memory-mapped: of the values nothing is read. Anything but plain tensors is refused
        held = torch.load(file, map_location="cpu", mmap=True, weights_only=True)
        shapes = {str(name): tuple(value.shape) for name, value in held.items()}
        return shapes, {str(value.dtype).removeprefix("torch.") for value in held.values()}
    except Exception as error:  # the library raises many kinds for damaged files
        reason = (str(error).splitlines() or [""])[0][:200]
        raise CheckpointError(
            _(
                "The weights {file} cannot be read ({reason}). Download them again, as safetensors "
                "if available."
            ).format(file=file, reason=f"{type(error).__name__}: {reason}")
        ) from error


def _differences(
    wanted: dict[str, Shape], held: dict[str, tuple[Shape, str]], damaged: bool, sizes: Sizes
) -> list[str]:
    """What is missing, left over or of another shape; one sentence for each kind."""
    missing = [name for name in wanted if name not in held]
    left_over = [name for name in held if name not in wanted and not ignored(name, sizes)]
    faults = []
    if missing and not damaged:
        faults.append(
            _("{count} tensors are missing, the first is {name}.").format(
                count=len(missing), name=missing[0]
            )
        )
    if left_over:
        faults.append(
            _("{count} tensors do not belong to this model, the first is {name}.").format(
                count=len(left_over), name=left_over[0]
            )
        )
    faults += [
        _("{name} in {file} has the shape {found}; config.json expects {wanted}.").format(
            name=name, file=held[name][1], found=list(held[name][0]), wanted=list(shape)
        )
        for name, shape in wanted.items()
        if name in held and held[name][0] != shape
    ]
    return faults
