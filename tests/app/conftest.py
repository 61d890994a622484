"""Each page test has its own database and fresh caches."""

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    import streamlit as st

    from ui.shell.languages import forget_sessions

    monkeypatch.setenv("PROMPTLAB_DATA", str(tmp_path))
    st.cache_resource.clear()
    forget_sessions()
    yield tmp_path
    st.cache_resource.clear()
