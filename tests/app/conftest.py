"""Each page test has its own database and fresh caches; those that only ask a model share one."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.scripted import ScriptedBackend, ScriptedHost

if TYPE_CHECKING:
    from core.engine.host import ModelHost


@cache
def embedded_host() -> "ModelHost":
    """The embedded model for all tests of this process; it is read at the first use."""
    from core.config import Settings
    from core.engine.host import ModelHost
    from core.engine.residents import Bounds, ModelChoice
    from core.models import catalogue

    settings = Settings.from_environment()
    choice = ModelChoice(catalogue.find(catalogue.EMBEDDED, settings))
    return ModelHost(choice, bounds=Bounds(openvino=settings.openvino))


@pytest.fixture(scope="session", autouse=True)
def closed_at_last() -> Iterator[None]:
    yield
    if embedded_host.cache_info().currsize:
        embedded_host().close()


@pytest.fixture(scope="session", autouse=True)
def components_sought_once() -> Iterator[None]:
    """For every `AppTest` Streamlit would read the metadata of every installed package."""
    from streamlit.components.v2 import manifest_scanner

    found = cache(manifest_scanner.scan_component_manifests)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", found)
        yield


@pytest.fixture(autouse=True)
def own_data(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    import streamlit as st

    from ui.shell import resources
    from ui.shell.languages import forget_sessions

    monkeypatch.setenv("PROMPTLAB_DATA", str(tmp_path))
    # What a test stores beforehand is there for its visitor
    monkeypatch.setenv("PROMPTLAB_SPACES", "common")
    shared = request.node.get_closest_marker("own_model") is None
    if shared:
        monkeypatch.setattr(resources, "host", embedded_host)
    else:
        # Each would convert the model anew
        monkeypatch.setenv("PROMPTLAB_OPENVINO", "off")
    st.cache_resource.clear()
    forget_sessions()
    yield tmp_path
    st.cache_resource.clear()
    if shared and embedded_host.cache_info().currsize:
        _check_untouched(embedded_host())


@pytest.fixture
def scripted(own_data: Path, monkeypatch: pytest.MonkeyPatch) -> ScriptedBackend:
    """A scripted model in the place of the embedded one; it chats and knows nothing of tokens."""
    from ui.shell import resources

    backend = ScriptedBackend()
    host = ScriptedHost(backend)
    monkeypatch.setattr(resources, "host", lambda: host)
    return backend


def _check_untouched(host: "ModelHost") -> None:
    """A test that loads another model, or leaves a request behind, wants a host of its own."""
    host.wait()
    state = host.status()
    (resident,) = state.residents
    assert not state.failures
    assert resident.value == "embedded/fp32"
    assert not resident.held
    status: Any = resident.now
    assert (status.alive, status.restarts, status.running, status.waiting) == (True, 0, 0, 0)
