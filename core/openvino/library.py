"""The library, which loads only where it is to run a model, and says nothing to anybody."""

import importlib
import sys
from typing import Any


def openvino() -> Any:
    """The library's own module; raises `ImportError` where it is not installed.

    It tells its makers about every import and every conversion, unless its package for that is
    missing: here it is, to all who ask for it in this process.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    return importlib.import_module("openvino")
