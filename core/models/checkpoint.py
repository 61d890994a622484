"""Looks at a model folder or GGUF file, without loading it, and says what it is or what is wrong.

Covered: missing folders and files, broken JSON, configurations that cannot be (`configuration`),
shards that an index names and the folder lacks, names and links that lead out of the folder,
weights far too small for the configuration. What is inside the weight files: `layout`.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from core.errors import CheckpointError
from core.i18n import _
from core.models import configuration, gguf_config, gguf_file
from core.models.families import TOKENIZER_MODEL, Family
from core.models.sizes import Sizes

CONFIG_FILE = "config.json"
TOKENIZER_FILE = TOKENIZER_MODEL
# What the families of the library's own layout have beside their weights, each only if it is there
SIDE_FILES = (
    "tokenizer_config.json",
    "special_tokens_map.json",
    "generation_config.json",
    "chat_template.jinja",
    "chat_template.json",
)
# Of several templates by name, that of a conversation
_CHATS = ("default", "chat", "tool_use")
# Above that a JSON file is damage: the largest index of a published model has a tenth of it
_MOST_JSON = 32 * 2**20
_BASE = "-base"
# In the order in which the library looks for them: what is checked must be what is loaded
_WEIGHTS = (
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A model that can be loaded: a folder, or a GGUF file.

    folder: where its files are. gguf: the one file that has everything, where it is one; the
    configuration is what its header says.
    """

    folder: Path
    config: dict[str, Any]
    weight_files: tuple[Path, ...]
    gguf: Path | None = None

    @property
    def source(self) -> Path:
        """What to open it by: its GGUF file, or its folder."""
        return self.gguf or self.folder

    @property
    def name(self) -> str:
        """What to call it where nobody gave it a name."""
        return self.gguf.stem if self.gguf else self.folder.name

    @property
    def config_file(self) -> Path:
        """The file that the configuration comes from."""
        return self.gguf or self.folder / CONFIG_FILE

    @property
    def quantisation(self) -> str | None:
        """The numbers of a GGUF file by the name people know, e.g. "Q4_1"; None for a folder."""
        return gguf_file.read(self.gguf).quantisation if self.gguf else None

    @property
    def family(self) -> Family:
        """The kind of model; raises `CheckpointError` where the configuration does not say it."""
        return configuration.check_config(self.config_file, self.config)

    @property
    def tokenizer_file(self) -> Path:
        return self.folder / self.family.tokenizer_file

    @property
    def chat(self) -> bool:
        """Whether there is a chat format, as far as the files tell.

        A ChatGLM3 base model has the files of a chat model; only its name tells.
        """
        if self.gguf:
            template = gguf_file.read(self.gguf).values.get("tokenizer.chat_template")
            return isinstance(template, str) and bool(template.strip())
        if not self.family.original:
            return chat_template(self.folder) is not None
        names = (str(self.config.get("_name_or_path", "")), self.folder.name)
        return not any(name.lower().endswith(_BASE) for name in names)

    @property
    def window(self) -> int:
        """The context window in tokens: prompt and answer together.

        Raises `CheckpointError` where the configuration does not say it.
        """
        return configuration.window(self.config_file, self.config)

    @property
    def sizes(self) -> Sizes:
        """The sizes that the configuration describes; raises `CheckpointError` as `window`."""
        return configuration.sizes(self.config_file, self.config)

    @property
    def weight_bytes(self) -> int:
        """Bytes of the weight files on disk."""
        return sum(file.stat().st_size for file in self.weight_files)


def is_model(path: Path) -> bool:
    """Whether it looks like a model, complete or not: a folder of one, or a GGUF file."""
    try:
        if path.is_dir():
            return (path / CONFIG_FILE).is_file() or bool(_gguf_files(path))
        return gguf_file.is_gguf(path)
    except (OSError, ValueError):
        return False  # not readable, or no path at all


def inspect(path: Path) -> Checkpoint:
    """What lies in a folder, or in a GGUF file; raises `CheckpointError` when it cannot be loaded.

    A folder without a config.json may have one GGUF file instead.
    """
    if path.is_file():
        return _inspect_file(path)
    if path.is_dir() and not (path / CONFIG_FILE).is_file() and (files := _gguf_files(path)):
        if len(files) > 1:
            raise CheckpointError(
                _(
                    "Model folder {folder} has several GGUF files: {names}. Give the path of one of "
                    "them."
                ).format(folder=path, names=", ".join(file.name for file in files))
            )
        _check_inside(path, files[0])
        return _inspect_file(files[0])
    return _inspect_folder(path)


def _gguf_files(folder: Path) -> list[Path]:
    return sorted(
        file
        for file in folder.iterdir()
        if file.suffix.lower() == gguf_file.SUFFIX and file.is_file()
    )


def _inspect_file(path: Path) -> Checkpoint:
    read = gguf_file.read(path)
    config = gguf_config.config_of(read)
    checkpoint = Checkpoint(path.parent, config, (path,), path)
    # All sizes are checked here
    sizes = checkpoint.sizes
    held = sum(math.prod(tensor.shape) for tensor in read.tensors.values())
    if held < sizes.parameters:
        raise gguf_file.refused(
            path,
            _("it has {held} weights, but describes a model of {parameters}").format(
                held=held, parameters=sizes.parameters
            ),
        )
    return checkpoint


def _inspect_folder(folder: Path) -> Checkpoint:
    if not folder.is_dir():
        raise CheckpointError(
            _("There is no model folder {folder}. Check the path, or MODEL_PATH.").format(
                folder=folder
            )
        )
    config = read_json(folder / CONFIG_FILE)
    family = configuration.check_config(folder / CONFIG_FILE, config)
    if not (folder / family.tokenizer_file).is_file():
        raise CheckpointError(
            _("Model folder {folder} has no {file}. Copy it from the original checkpoint.").format(
                folder=folder, file=family.tokenizer_file
            )
        )
    checkpoint = Checkpoint(folder, config, _weight_files(folder))
    beside = [folder / name for name in (CONFIG_FILE, family.tokenizer_file, *SIDE_FILES)]
    for file in (*beside, *checkpoint.weight_files):
        _check_inside(folder, file)
    _check_extent(checkpoint)
    return checkpoint


def chat_template(folder: Path) -> str | None:
    """The Jinja template of a folder's chat format, or None where it has none.

    Raises `CheckpointError` where its file is damaged.
    """
    file = folder / "chat_template.jinja"
    if file.is_file():
        try:
            written = file.read_text(encoding="utf-8-sig")
            return written if written.strip() else None
        except (OSError, UnicodeDecodeError) as error:
            raise CheckpointError(
                _("{file} is not readable text ({reason}). Download the file again.").format(
                    file=file, reason=error
                )
            ) from error
    found = read_optional(folder / "tokenizer_config.json").get("chat_template")
    found = found or read_optional(folder / "chat_template.json").get("chat_template")
    if isinstance(found, list):
        # Several by name, as older checkpoints have them
        rows = [row for row in found if isinstance(row, dict)]
        found = {str(row.get("name")): row.get("template") for row in rows}
    if isinstance(found, dict):
        only = list(found.values()) if len(found) == 1 else []
        found = next((found[name] for name in _CHATS if name in found), *only or [None])
    return found if isinstance(found, str) and found.strip() else None


def _check_inside(folder: Path, file: Path) -> None:
    """Raise `CheckpointError` for a link out of the folder; the hub's own cache has such links."""
    homes = [folder.resolve()]
    if folder.resolve().parent.name == "snapshots":
        homes.append(folder.resolve().parents[1] / "blobs")
    target = file.resolve()
    if not any(target.is_relative_to(home) for home in homes):
        raise CheckpointError(
            _("{file} is a link to {target}, outside its folder. Do not use it.").format(
                file=file, target=target
            )
        )


def _check_extent(checkpoint: Checkpoint) -> None:
    # No supported format has less than a byte a weight. The library makes room for the sizes
    # that config.json gives before it compares them with the files: a wrong digit there would
    # fill the memory
    described = checkpoint.sizes.parameters
    if checkpoint.weight_bytes < described:
        raise CheckpointError(
            _(
                "The weights in {folder} have {bytes} bytes, but config.json describes a model of "
                "{parameters} parameters: they do not belong together, or a file is truncated. "
                "Download them again."
            ).format(folder=checkpoint.folder, bytes=checkpoint.weight_bytes, parameters=described)
        )


def _weight_files(folder: Path) -> tuple[Path, ...]:
    for name in _WEIGHTS:
        if (folder / name).is_file():
            if name.endswith(".json"):
                return _indexed_files(folder, folder / name)
            return (folder / name,)
    raise CheckpointError(
        _("Model folder {folder} has no weights ({files}). Download it again.").format(
            folder=folder, files=", ".join(_WEIGHTS)
        )
    )


def _indexed_files(folder: Path, index: Path) -> tuple[Path, ...]:
    content = read_json(index)
    weight_map = content.get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map:
        raise CheckpointError(
            _("{file} has no weight_map. Download the file again.").format(file=index)
        )
    names = sorted({str(name) for name in weight_map.values()})
    for name in names:
        if PurePosixPath(name).name != name or "\\" in name:
            raise CheckpointError(
                _("{file} names a shard outside its folder: {name!r}. Do not use it.").format(
                    file=index, name=name
                )
            )
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise CheckpointError(
            _(
                "Model folder {folder} is missing {count} of {total} shards: {names}. Download "
                "them."
            ).format(folder=folder, count=len(missing), total=len(names), names=", ".join(missing))
        )
    if not isinstance(content.get("metadata"), dict):
        # Without it the library fails, though it needs nothing from there
        raise CheckpointError(
            _("{file} has no metadata. Download the file again.").format(file=index)
        )
    return tuple(folder / name for name in names)


def read_optional(file: Path) -> dict[str, Any]:
    """The JSON object in a file that may be absent; raises `CheckpointError` as `read_json`."""
    return read_json(file) if file.is_file() else {}


def read_json(file: Path, most: int = _MOST_JSON) -> dict[str, Any]:
    """The JSON object in a file of at most `most` bytes; raises `CheckpointError`."""
    try:
        if file.stat().st_size > most:
            raise ValueError(_("it has {bytes} bytes").format(bytes=file.stat().st_size))
        value = json.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise CheckpointError(
            _("Model folder {folder} has no {name}. Copy it from the original checkpoint.").format(
                folder=file.parent, name=file.name
            )
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(
            _("{file} is not readable JSON ({reason}). Download the file again.").format(
                file=file, reason=error
            )
        ) from error
    if not isinstance(value, dict):
        raise CheckpointError(
            _("{file} must hold a JSON object, got {kind}. Download the file again.").format(
                file=file, kind=type(value).__name__
            )
        )
    return value
