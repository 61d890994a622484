"""Each page test has its own database and fresh caches; those that only ask a model share one."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.scripted import ScriptedBackend

if TYPE_CHECKING:
    from core.engine.host import HostStatus, ModelHost


@cache
def embedded_host() -> "ModelHost":
    """The embedded model for all tests of this process; it is read at the first use."""
    from core.config import Settings
    from core.engine.host import ModelChoice, ModelHost
    from core.models import catalogue

    return ModelHost(ModelChoice(catalogue.find(catalogue.EMBEDDED, Settings.from_environment())))


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
    shared = request.node.get_closest_marker("own_model") is None
    if shared:
        monkeypatch.setattr(resources, "host", embedded_host)
    st.cache_resource.clear()
    forget_sessions()
    yield tmp_path
    st.cache_resource.clear()
    if shared and embedded_host.cache_info().currsize:
        _check_untouched(embedded_host())


class ScriptedHost:
    """Has the scripted model loaded, and never another one."""

    def __init__(self, backend: ScriptedBackend) -> None:
        self._backend = backend

    def ready(self) -> bool:
        return True

    def backend(self) -> ScriptedBackend:
        return self._backend

    def status(self) -> "HostStatus":
        from core.engine.host import HostStatus

        return HostStatus(None, None, None, self._backend)


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
    status = state.engine
    assert status is not None
    assert (state.error, status.alive, status.restarts) == (None, True, 0)
    assert state.loaded is not None
    assert state.loaded.entry.name == "embedded"
    assert host.backend().facts.precision == "fp32"
    assert status.running == status.waiting == 0
