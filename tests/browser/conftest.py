"""A served app on a free port and a real browser for the tests of this folder."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)
from safetensors.torch import load_file, save_file

from core.models.catalogue import EMBEDDED_FOLDER
from core.models.chatglm_tokenizer import ChatGLMTokenizer

ROOT = Path(__file__).parents[2]
# For the worst of machines: it is waited for events, and only what fails takes so long
PATIENCE_MS = 240_000
expect.set_options(timeout=PATIENCE_MS)
# A first model is loaded with its libraries, behind all that runs beside it
LOADING_MS = 2 * PATIENCE_MS
BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


@dataclass
class App:
    """The app as a user starts it, on its own data folder."""

    data: Path
    log: Path
    model: str = "embedded"
    # What a test stores beforehand is there for its browsers
    spaces: str = "common"
    # Further variables of its environment
    environment: dict[str, str] = field(default_factory=dict)
    port: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        with socket.socket() as probe:
            probe.bind(("localhost", 0))
            self.port = probe.getsockname()[1]
        # Behind the browser in line: on few cores a busy model would hold its frames up for
        # seconds. Only a little, or the tests beside it would take all the processor
        command = [
            "nice",
            "-n3",
            sys.executable,
            "-m",
            "streamlit",
            "run",
            "Home.py",
            f"--server.port={self.port}",
        ]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={
                **os.environ,
                "PROMPTLAB_DATA": str(self.data),
                "PROMPTLAB_MODEL": self.model,
                "PROMPTLAB_SPACES": self.spaces,
                **self.environment,
            },
            stdout=self.log.open("ab"),
            stderr=subprocess.STDOUT,
        )
        self._wait()

    def _wait(self) -> None:
        for _attempt in range(2400):
            if self.process is None or self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1):
                    return
            except OSError:
                # Waiting on the process itself is the pause between two looks
                try:
                    self.process.wait(timeout=0.2)
                except subprocess.TimeoutExpired:
                    continue
        raise AssertionError(f"the app did not start:\n{self.log.read_text()}")

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no browser: install one, e.g. sudo apt-get install chromium")
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
        browser = playwright.chromium.launch(executable_path=found, args=flags)
        yield browser
        browser.close()


def storage(browser: Browser, **look: Any) -> BrowserContext:
    """A browser's empty storage, in whose windows everything is waited for with patience. look: as
    `Browser.new_context` takes it."""
    context = browser.new_context(**look)
    context.set_default_timeout(PATIENCE_MS)
    return context


@contextmanager
def serving(app: App, browser: Browser, models: str = "Models") -> Iterator[App]:
    """A started app whose model is there: the first page that wants it begins to load it.

    models: the address of the page that says so.
    """
    try:
        app.start()
        context = storage(browser)
        page = context.new_page()
        page.goto(f"{app.url}/{models}", timeout=LOADING_MS)
        expect(page.get_by_text(re.compile("is loaded: ")).first).to_be_visible(timeout=LOADING_MS)
        context.close()
        yield app
    finally:
        app.kill()


@pytest.fixture(scope="session")
def app(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    folder = tmp_path_factory.mktemp("app")
    with serving(App(folder / "data", folder / "server.log"), browser) as app:
        yield app


@pytest.fixture(scope="session")
def endless(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The embedded model without a wish to stop: greedily it writes until a longer window is
    full."""
    folder = tmp_path_factory.mktemp("endless") / "model"
    shutil.copytree(EMBEDDED_FOLDER, folder)
    weights = load_file(folder / "model.safetensors")
    stops = sorted(ChatGLMTokenizer(folder / "tokenizer.model").stop_ids)
    weights["transformer.output_layer.weight"][stops] = 0
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"seq_length": 4096}))
    return folder


@pytest.fixture(scope="session")
def endless_app(
    browser: Browser, endless: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[App]:
    """A server of its own on the model that does not stop; tests stop what they begin."""
    folder = tmp_path_factory.mktemp("endless_app")
    served = App(folder / "data", folder / "server.log", str(endless))
    with serving(served, browser) as app:
        yield app


class Visitors:
    """Windows of a kind share what the browser has fetched, and nothing else that it keeps."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: dict[str, BrowserContext] = {}

    @contextmanager
    def window(self, width: int = 1280, height: int = 900, **look: Any) -> Iterator[Page]:
        """A new window on empty storage. look: as `Browser.new_context` takes it."""
        kind = f"{width} {height} {look}"
        if kind not in self._contexts:
            size: ViewportSize = {"width": width, "height": height}
            self._contexts[kind] = storage(self._browser, viewport=size, **look)
        page = self._contexts[kind].new_page()
        try:
            yield page
            if page.url.startswith("http"):
                page.evaluate("localStorage.clear()")
            page.close()
            self._contexts[kind].clear_cookies()
        except BaseException:
            # What a failed test leaves is not for the next one
            self._contexts.pop(kind).close()
            raise


@pytest.fixture(scope="session")
def visitors(browser: Browser) -> Visitors:
    return Visitors(browser)


@pytest.fixture
def page(visitors: Visitors, app: App) -> Iterator[Page]:
    with visitors.window() as page:
        yield page


@pytest.fixture
def phone(visitors: Visitors, app: App) -> Iterator[Page]:
    with visitors.window(390, 800) as page:
        yield page
