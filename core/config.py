"""Settings of an installation, read once from the environment; the only reader of it.

PROMPTLAB_DATA       folder of the database (default: the user's data directory)
PROMPTLAB_MODEL      the model to start on: a name of the catalogue, a folder, a GGUF file, or an id
                     of the hub (default: SmolLM2, where it is here and speaks the visitor's
                     language, or else the embedded one)
MODEL_PATH           a checkpoint folder, as the original ChatGLM3 demos have it, or a GGUF file;
                     loaded unless PROMPTLAB_MODEL says otherwise
PROMPTLAB_MODEL_DIR  a folder whose sub-folders are checkpoints to offer; downloads go there
                     (default: models, in the data folder); GGUF files there are offered too
PROMPTLAB_CATALOGUE  a YAML file of further models that can be downloaded
PROMPTLAB_SERVERS    a YAML file of servers whose models are offered too; see docs/servers.md
PROMPTLAB_REMOTE     on; or off: no prompt leaves this machine, whatever is listed (default: on)
PROMPTLAB_LESSONS    a folder of further lessons, en/NAME.md and so on
PROMPTLAB_TOOLS      a folder of Python files with further tools for models; see docs/tools.md
PROMPTLAB_TOOL_HOSTS hosts, with commas, that tools of users may send a GET to (default: none)
PROMPTLAB_MCP        a YAML file of MCP servers whose tools are offered too; see docs/tools.md
PROMPTLAB_INTERPRETER_WITHOUT_SANDBOX
                     off; or on: where no sandbox can be had, code that a model writes runs without
                     one, with all rights of whoever started the app (default: off)
PROMPTLAB_DEVICE     auto, cpu, cuda or mps (default: auto)
PROMPTLAB_PRECISION  auto, fp32, bf16, fp16, int8, nf4, bf16-openvino or int8-openvino
                     (default: auto)
PROMPTLAB_OPENVINO   on; or off: small models in float32 are left to torch (default: on)
PROMPTLAB_RESIDENT_MODELS
                     how many models may be loaded at a time (default: as many as fit)
PROMPTLAB_MEMORY     gigabytes that all of them together may take by their plans
PROMPTLAB_PIN        names of models, with commas, that are never unloaded for others
PROMPTLAB_CACHE      on or off: whether quantised weights are kept in the data folder, so that the
                     next start is quick (default: on)
PROMPTLAB_SPACES     browser: what visitors keep is their own browser's; or common: everybody sees
                     and changes everything (default: browser)
PROMPTLAB_UNATTENDED minutes that answers, grids and experiments go on with nobody looking
                     (default: 60)
PROMPTLAB_CLASSROOM, PROMPTLAB_CLASSROOM_KEY, PROMPTLAB_CLASSROOM_ADDRESS
                     the code that a class joins with, the key of the teacher's own link, and the
                     address on the network; `python -m core classroom` makes them
OLLAMA_MODELS        where Ollama keeps its models, as it reads it (default: ~/.ollama/models)
HOME                 LM Studio's and Ollama's own folders are below it, and Streamlit's secrets
LC_ALL, LC_MESSAGES, LANG
                     language of the command line

PROMPTLAB_PSEUDO_LANGUAGE, for tests of the layout: any value offers ?lang=xx
"""

import math
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import platformdirs

from core.errors import InvalidInput
from core.i18n import _, best_language

EMBEDDED = "embedded"
DEVICES = ("auto", "cpu", "cuda", "mps")
PRECISIONS = ("auto", "fp32", "bf16", "fp16", "int8", "nf4", "bf16-openvino", "int8-openvino")
DATABASE_FILE = "promptlab.db"
QUANTISED_FOLDER = "quantised"
# Shorter ones could be found by trying
LEAST_CODE, LEAST_KEY = 6, 16
# Beside the app, as Streamlit has it, and of its user
SECRETS_FILE = Path(".streamlit") / "secrets.toml"
_ROOT = Path(__file__).parents[1]
WITHOUT_SANDBOX = "PROMPTLAB_INTERPRETER_WITHOUT_SANDBOX"
LM_STUDIO_FOLDERS = (".lmstudio/models", ".cache/lm-studio/models")


@dataclass(frozen=True, slots=True)
class ClassSettings:
    """A class on one network. code: what students join with; key: of the teacher's own link; they
    are left out wherever settings are printed. address: "http://192.168.1.5:8501"."""

    code: str = field(repr=False)
    key: str = field(repr=False)
    address: str


@dataclass(frozen=True, slots=True)
class Settings:
    """Where data and models are, how a model is loaded, and how much may be loaded at once.

    model: the name, path or hub id that was chosen; None where nothing was. resident_models: how
    many models, at most. memory: bytes that all of them take by their plans, at most. pinned: names
    of models that stay once they are loaded. lm_studio, ollama: the folders of models that these
    programs keep. openvino: whether it runs the models that suit it, unless something else is asked
    for. servers: the operator's file of servers. remote: whether prompts may leave this
    machine. added_servers: those of one visitor (`core.servers.listed.Server`), never of the
    environment. secret_files: where Streamlit keeps secrets, the last first. tools: the operator's
    folder of tools; tool_hosts: that tools of users may reach; mcp: the file of MCP servers.
    without_sandbox: whether code of models may run without one where none can be had. own_spaces:
    whether each browser has a space of its own; in a class it always has. classroom: None where the
    app is for the people at this computer.
    """

    data_dir: Path
    model: str | None
    model_path: Path | None
    model_dir: Path
    catalogue: Path | None
    lessons: Path | None
    device: str
    precision: str
    cache: bool = True
    openvino: bool = True
    unattended_s: float = 3600
    resident_models: int | None = None
    memory: int | None = None
    pinned: tuple[str, ...] = ()
    lm_studio: tuple[Path, ...] = ()
    ollama: Path | None = None
    classroom: ClassSettings | None = None
    own_spaces: bool = True
    servers: Path | None = None
    remote: bool = True
    added_servers: tuple[Any, ...] = ()
    secret_files: tuple[Path, ...] = ()
    tools: Path | None = None
    tool_hosts: tuple[str, ...] = ()
    mcp: Path | None = None
    without_sandbox: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read the variables; raises `InvalidInput` for a value that is not legal."""
        data = _path(environment, "PROMPTLAB_DATA")
        model_path = _path(environment, "MODEL_PATH")
        model_dir = _path(environment, "PROMPTLAB_MODEL_DIR")
        named = environment.get("PROMPTLAB_MODEL", "").strip()
        home = _home(environment)
        data_dir = data or Path(platformdirs.user_data_dir("promptlab", appauthor=False))
        spaces = _choice(environment, "PROMPTLAB_SPACES", ("browser", "common"))
        classroom = _classroom(environment)
        return cls(
            data_dir=data_dir,
            model=named or (str(model_path) if model_path else None),
            model_path=model_path,
            model_dir=model_dir or data_dir / "models",
            catalogue=_path(environment, "PROMPTLAB_CATALOGUE"),
            lessons=_path(environment, "PROMPTLAB_LESSONS"),
            device=_choice(environment, "PROMPTLAB_DEVICE", DEVICES),
            precision=_choice(environment, "PROMPTLAB_PRECISION", PRECISIONS),
            cache=_choice(environment, "PROMPTLAB_CACHE", ("on", "off")) == "on",
            openvino=_choice(environment, "PROMPTLAB_OPENVINO", ("on", "off")) == "on",
            lm_studio=tuple(home / folder for folder in LM_STUDIO_FOLDERS),
            ollama=_path(environment, "OLLAMA_MODELS") or home / ".ollama" / "models",
            unattended_s=60 * _minutes(environment, "PROMPTLAB_UNATTENDED", 60),
            resident_models=_count(environment, "PROMPTLAB_RESIDENT_MODELS"),
            memory=_gigabytes(environment, "PROMPTLAB_MEMORY"),
            pinned=_names(environment, "PROMPTLAB_PIN"),
            classroom=classroom,
            own_spaces=spaces == "browser" or classroom is not None,
            servers=_path(environment, "PROMPTLAB_SERVERS"),
            remote=_choice(environment, "PROMPTLAB_REMOTE", ("on", "off")) == "on",
            secret_files=tuple(folder / SECRETS_FILE for folder in (_ROOT, home)),
            tools=_path(environment, "PROMPTLAB_TOOLS"),
            tool_hosts=_hosts(environment, "PROMPTLAB_TOOL_HOSTS"),
            mcp=_path(environment, "PROMPTLAB_MCP"),
            without_sandbox=_without_sandbox(environment, classroom),
        )

    @property
    def database(self) -> Path:
        """The file that keeps conversations, personas and runs."""
        return self.data_dir / DATABASE_FILE

    @property
    def quantised(self) -> Path:
        """The folder of the cache of quantised weights."""
        return self.data_dir / QUANTISED_FOLDER

    def secret(self, name: str) -> str | None:
        """A text of Streamlit's secrets; read where it is used, and kept in no settings.

        name: with dots for one in a table. Raises `InvalidInput` for a file that cannot be read.
        """
        for file in self.secret_files:
            value: Any = _secrets_in(file)
            for part in name.split("."):
                value = value.get(part) if isinstance(value, dict) else None
            if isinstance(value, str) and value.strip():
                return value
        return None


def secret(name: str) -> str | None:
    """A key that the operator keeps in a variable of this name; read where it is used, and kept in
    no settings."""
    return os.environ.get(name)


def _secrets_in(file: Path) -> dict[str, Any]:
    """What a file of secrets holds; nothing where there is none. What is wrong in it is not quoted:
    it may be a key."""
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError, RecursionError):
        raise InvalidInput(
            _("The file of secrets {file} cannot be read. Check that it is valid TOML.").format(
                file=file
            )
        ) from None


def terminal_language(environment: Mapping[str, str] = os.environ) -> str:
    """The language of a command line, by the variables that every program there obeys."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = environment.get(name, "").strip()
        if value:
            return best_language([value])
    return best_language([])


def pseudo_language_offered(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether pages may be shown in the language for looking at layouts (?lang=xx)."""
    return bool(environment.get("PROMPTLAB_PSEUDO_LANGUAGE", "").strip())


def _home(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("HOME", "").strip() or Path.home())


def _path(environment: Mapping[str, str], name: str) -> Path | None:
    """A path as a shell would read it: where it was quoted, nobody has expanded its ~ yet."""
    value = environment.get(name, "").strip()
    if not value:
        return None
    if value == "~" or value.startswith("~/"):
        return _home(environment) / value[2:]
    try:
        return Path(value).expanduser()
    except RuntimeError as error:
        raise InvalidInput(
            _("{name} is {value!r}, and there is no such user. Write the whole path.").format(
                name=name, value=value
            )
        ) from error


def classroom_variables(classroom: ClassSettings) -> dict[str, str]:
    """The variables that give an app these settings."""
    values = (classroom.code, classroom.key, classroom.address)
    return dict(zip(_CLASSROOM, values, strict=True))


def with_own_environment(given: Mapping[str, str]) -> dict[str, str]:
    """The environment of a program that this one starts: its own, and these variables."""
    return {**os.environ, **given}


_CLASSROOM = ("PROMPTLAB_CLASSROOM", "PROMPTLAB_CLASSROOM_KEY", "PROMPTLAB_CLASSROOM_ADDRESS")


def _classroom(environment: Mapping[str, str]) -> ClassSettings | None:
    """A half-given one is refused: an app meant for a class must never open without its code."""
    code, key, address = (environment.get(name, "").strip() for name in _CLASSROOM)
    if not (code or key or address):
        return None
    if len(code) < LEAST_CODE or len(key) < LEAST_KEY or not address:
        raise InvalidInput(
            _(
                "{names} belong together: a code of {code} characters or more, a key of {key} or "
                "more, and an address. Start with python -m core classroom, which makes them."
            ).format(names=", ".join(_CLASSROOM), code=LEAST_CODE, key=LEAST_KEY)
        )
    return ClassSettings(code, key, address)


def _without_sandbox(environment: Mapping[str, str], classroom: ClassSettings | None) -> bool:
    """Refused in a class: every student could do as the teacher on the teacher's own computer."""
    chosen = _choice(environment, WITHOUT_SANDBOX, ("off", "on")) == "on"
    if chosen and classroom:
        raise InvalidInput(
            _(
                "{name} cannot be on in a class: everybody in it could read and change the files of "
                "this computer. Unset it."
            ).format(name=WITHOUT_SANDBOX)
        )
    return chosen


def _choice(environment: Mapping[str, str], name: str, legal: tuple[str, ...]) -> str:
    value = environment.get(name, "").strip().lower() or legal[0]
    if value not in legal:
        raise InvalidInput(
            _("{name} must be one of {legal}, got {value!r}.").format(
                name=name, legal=", ".join(legal), value=value
            )
        )
    return value


def _minutes(environment: Mapping[str, str], name: str, usual: float) -> float:
    value = environment.get(name, "").strip()
    try:
        minutes = float(value) if value else usual
    except ValueError:
        minutes = math.nan
    if not 0 <= minutes < math.inf:
        raise InvalidInput(
            _("{name} must be a number of minutes, 0 or more, got {value!r}.").format(
                name=name, value=value
            )
        )
    return minutes


def _count(environment: Mapping[str, str], name: str) -> int | None:
    value = environment.get(name, "").strip()
    if not value:
        return None
    if not (value.isascii() and value.isdigit() and int(value) > 0):
        raise InvalidInput(
            _("{name} must be a whole number, 1 or more, got {value!r}.").format(
                name=name, value=value
            )
        )
    return int(value)


def _gigabytes(environment: Mapping[str, str], name: str) -> int | None:
    value = environment.get(name, "").strip()
    try:
        size = float(value) if value else None
    except ValueError:
        size = math.nan
    if size is not None and not 0 < size < math.inf:
        raise InvalidInput(
            _("{name} must be a number of gigabytes above 0, got {value!r}.").format(
                name=name, value=value
            )
        )
    return None if size is None else round(size * 1e9)


def _hosts(environment: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Names of hosts. An address, a port or a pattern among them would never be reached."""
    found = _names(environment, name)
    for host in found:
        if not host.replace("-", "a").replace(".", "a").isalnum():
            raise InvalidInput(
                _(
                    "{name} lists {value!r}, which is no name of a host. Write the names alone, as "
                    "api.example.org, with commas between them."
                ).format(name=name, value=host)
            )
    return found


def _names(environment: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part for part in map(str.strip, environment.get(name, "").split(",")) if part)
