"""What code gives back, as data that is safe to show.

Text without control characters; pictures whose header alone is read; plotly figures without
anything that makes a browser load from an address. HTML, SVG, JavaScript and Markdown have no form
here: what is drawn in one of them is shown as its plain text. Nothing is unpickled, decoded or run.
"""

import base64
import binascii
import json
import math
import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from core.i18n import _
from core.interpreter.frames import BadFrame
from core.interpreter.limits import SHOWN_RESULTS, SHOWN_TEXT

MAX_PIXELS = 16_000_000
MAX_SIDE = 8192
_PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
PLOTLY = "application/vnd.plotly.v1+json"
# Escape sequences of terminals, other control characters, and marks that turn text around
_CONTROL = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f]"
)
# Kinds of traces that a browser draws from what it was given alone; maps and pictures are not
_TRACES = (
    "bar barpolar box candlestick carpet cone contour contourcarpet funnel funnelarea heatmap "
    "histogram histogram2d histogram2dcontour icicle indicator isosurface mesh3d ohlc parcats "
    "parcoords pie sankey scatter scatter3d scattercarpet scattergl scatterpolar scatterpolargl "
    "scattersmith scatterternary splom streamtube sunburst surface table treemap violin volume "
    "waterfall"
)
TRACES = frozenset(_TRACES.split())
# Parts of a figure that load something, or that could set such a part when somebody clicks
_LOADING = re.compile(
    r"(?:images?|template|source|geojson|updatemenus|sliders|frames|(?:geo|map|mapbox)\d*)(?:[.\[].*)?"
)
# Of sankey diagrams this is a list of numbers
_NUMBERS_ONLY = "source"
# plotly draws some tags in texts; with attributes they can be links
_TAG_WITH_ATTRIBUTES = re.compile(r"<\s*/?\s*[A-Za-z][^\s<>]*\s[^<>]*>")
_MAX_DEPTH = 60


@dataclass(frozen=True, slots=True)
class Text:
    """Plain text. kind: what was printed, what went to standard error, or the value of the last
    expression."""

    text: str
    kind: Literal["stdout", "stderr", "result"] = "stdout"


@dataclass(frozen=True, slots=True)
class Table:
    """A table as pandas writes it: text in columns, for a font of one width."""

    text: str


@dataclass(frozen=True, slots=True)
class Failure:
    """An exception that the code did not catch."""

    name: str
    message: str
    traceback: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG file as it came. Only its header was read; whoever shows it hands it on undecoded."""

    png: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Figure:
    """A plotly figure, {"data": [...], "layout": {...}}, that loads nothing."""

    json: str


@dataclass(frozen=True, slots=True)
class Note:
    """What the app has to say of an output that is not shown, or not whole."""

    about: Literal["text", "results", "size", "picture", "figure", "kept"]

    @property
    def sentence(self) -> str:
        """The same in the language of whoever asks."""
        return {
            "text": _(
                "The rest of the output is not shown: it was longer than {most:,} characters."
            ),
            "results": _("Further results are not shown: one run shows {results}."),
            "size": _("A result was too large to show."),
            "picture": _("A picture was too large to show, or no PNG file."),
            "figure": _("A figure was left out: only charts that load nothing are shown."),
            "kept": _("Some results were too large to keep. Run the code again to see them."),
        }[self.about].format(most=SHOWN_TEXT, results=SHOWN_RESULTS)


@dataclass(frozen=True, slots=True)
class Ended:
    """The sandbox was ended, with everything in it. why: a sentence for the visitor."""

    why: str


Output = Text | Table | Failure | Picture | Figure | Note | Ended
_NOTES: tuple[str, ...] = ("text", "results", "size")


def read(message: Mapping[str, Any]) -> Output:
    """The output in a message from a sandbox; raises `BadFrame` for what no honest relay sends."""
    kind = message.get("type")
    if kind == "stream":
        name = message.get("name")
        return Text(_plain_of(message, "text"), "stderr" if name == "stderr" else "stdout")
    if kind == "error":
        return Failure(
            _plain_of(message, "name"), _plain_of(message, "value"), _plain_of(message, "text")
        )
    if kind == "note" and message.get("about") in _NOTES:
        return Note(message["about"])
    if kind == "display" and isinstance(message.get("data"), dict):
        return _displayed(message["data"], table=message.get("table") is True)
    raise BadFrame("an unknown message")


def _plain_of(message: Mapping[str, Any], key: str) -> str:
    value = message.get(key)
    if not isinstance(value, str):
        raise BadFrame(f"{key} is not text")
    return plain(value)


def plain(text: str) -> str:
    """Text without control characters and halves of characters, of at most `SHOWN_TEXT`."""
    return _CONTROL.sub("", text[:SHOWN_TEXT]).encode("utf-8", "replace").decode()


def _displayed(data: Mapping[str, Any], table: bool) -> Output:
    if PLOTLY in data:
        figure = tame_figure(data[PLOTLY])
        return Figure(figure) if figure else Note("figure")
    if "image/png" in data:
        return picture(data["image/png"]) or Note("picture")
    text = data.get("text/plain", "")
    if not isinstance(text, str):
        raise BadFrame("text is not text")
    return Table(plain(text)) if table else Text(plain(text), "result")


def picture(encoded: Any) -> Picture | None:
    """The PNG file in base64, where its header says that it is one of a size that can be shown."""
    if not isinstance(encoded, str):
        return None
    try:
        png = base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    if png[:16] != _PNG or len(png) < 24:
        return None
    width, height = struct.unpack(">II", png[16:24])
    fits = 0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE and width * height <= MAX_PIXELS
    return Picture(png, width, height) if fits else None


def tame_figure(figure: Any) -> str | None:
    """A figure as JSON, without what loads from an address; None where no trace is left."""
    if not isinstance(figure, dict):
        return None
    traces, layout = figure.get("data"), figure.get("layout", {})
    if not isinstance(traces, list) or not isinstance(layout, dict):
        return None
    kept = [
        _tame(trace)
        for trace in traces
        if isinstance(trace, dict) and trace.get("type", "scatter") in TRACES
    ]
    try:
        # An empty figure is one; a figure of maps alone is none
        if traces and not kept:
            return None
        return json.dumps({"data": kept, "layout": _tame(layout)}, allow_nan=False)
    except (ValueError, RecursionError):
        return None


def _tame(value: Any, depth: int = 0) -> Any:
    if depth > _MAX_DEPTH:
        return None
    if isinstance(value, dict):
        if "bdata" in value:
            return value if _sound_array(value) else None
        return {
            _tame_text(key): _tame(part, depth + 1)
            for key, part in value.items()
            if not _LOADING.fullmatch(key) or (key == _NUMBERS_ONLY and _numbers(part))
        }
    if isinstance(value, list):
        return [_tame(part, depth + 1) for part in value]
    return _tame_text(value) if isinstance(value, str) else value


def _numbers(value: Any) -> bool:
    if isinstance(value, dict):
        return value.keys() <= {"dtype", "bdata", "shape"} and _sound_array(value)
    return isinstance(value, list) and all(isinstance(one, int | float) for one in value)


def _tame_text(text: str) -> str:
    text = plain(text)
    # What is left after one removal may be a tag again
    while (less := _TAG_WITH_ATTRIBUTES.sub("", text)) != text:
        text = less
    return text


def _sound_array(value: Mapping[str, Any]) -> bool:
    """Numbers in base64, as many as they say: a browser would make room for a shape unasked."""
    kind, data, shape = value.get("dtype"), value.get("bdata"), value.get("shape", "")
    if not (isinstance(kind, str) and isinstance(data, str) and isinstance(shape, str | int)):
        return False
    if not re.fullmatch(r"u?i[124]|f[48]|u?int(?:8|16|32)|float(?:32|64)|uint8c|u1c", kind):
        return False
    if not re.fullmatch(r"[A-Za-z0-9+/]*={0,2}", data):
        return False
    sides = [part.strip() for part in str(shape).split(",")] if shape != "" else []
    if not all(side.isascii() and side.isdigit() and len(side) < 10 for side in sides):
        return False
    return len(sides) <= 3 and (not sides or math.prod(map(int, sides)) <= len(data))


def merged(given: Sequence[Output]) -> list[Output]:
    """The same with neighbouring texts of one kind as one: where a stream was cut means nothing."""
    joined: list[Output] = []
    for one in given:
        last = joined[-1] if joined else None
        if isinstance(one, Text) and isinstance(last, Text) and one.kind == last.kind != "result":
            joined[-1] = Text(last.text + one.text, one.kind)
        else:
            joined.append(one)
    return joined


def observation(outputs: Sequence[Output], most: int) -> str:
    """What a model is told of a run, as text of at most `most` characters: pictures and figures by
    the word that ChatGLM3 knows, and what is too long without its middle."""
    parts: list[str] = []
    for one in merged(outputs):
        match one:
            case Text() | Table():
                parts.append(one.text if one.text.endswith("\n") else f"{one.text}\n")
            case Failure():
                parts.append(f"{one.traceback or f'{one.name}: {one.message}'}\n")
            case Picture() | Figure():
                parts.append("[image]\n")
            case Note():
                parts.append("[not all of the output is shown]\n")
            case Ended():
                parts.append(f"{one.why}\n")
    text = "".join(parts).strip("\n")
    if len(text) <= most:
        return text
    half = (most - len(_GAP)) // 2
    return text[:half] + _GAP + text[-half:]


_GAP = "\n[...]\n"
