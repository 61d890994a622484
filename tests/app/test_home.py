"""The home page: there before the model is, and about the model that is there."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.models.catalogue import STARTER
from tests.patience import PAGE_S
from tests.real_model import smollm2

ROOT = Path(__file__).parents[2]


def _home() -> AppTest:
    page = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=PAGE_S).run()
    assert not page.exception
    return page


def test_it_is_drawn_without_torch_while_the_model_is_still_to_come(tmp_path: Path) -> None:
    code = (
        "import sys; from core.engine.host import ModelHost; from streamlit.testing.v1 import AppTest;"
        "begun = []; ModelHost.begin = lambda host, choice=None: begun.append(choice.entry.name);"
        f"page = AppTest.from_file({str(ROOT / 'Home.py')!r}, default_timeout={PAGE_S}).run();"
        "print(begun, len(page.exception), page.chat_input[0].key, 'torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PATH": "", "PROMPTLAB_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "['embedded'] 0 home_question False"


def test_the_teaching_model_is_called_so_before_any_percentage_with_the_way_to_a_real_one() -> None:
    page = _home()
    texts = [text.value for text in page.markdown]
    assert any("teaching model of a small world" in text for text in texts)
    assert page.button(f"download_{STARTER}").label == "Download SmolLM2 135M Instruct (98 MB)"
    chat = AppTest.from_file(str(ROOT / "pages/1_Chat.py"), default_timeout=PAGE_S).run()
    assert any("teaching model of a small world" in text.value for text in chat.markdown)


def test_what_is_asked_there_is_sent_to_the_chat() -> None:
    page = _home()
    page.chat_input("home_question").set_value("What is a token?").run()
    said = [message for message in page.chat_message if message.name == "user"]
    assert [message.text[0].value for message in said] == ["What is a token?"]


@pytest.mark.own_model
def test_it_offers_what_the_real_model_does_well(own_data: Path) -> None:
    from ui.shell import resources

    folder = own_data / "models" / STARTER
    folder.mkdir(parents=True)
    shutil.copyfile(smollm2(), folder / "model.gguf")
    try:
        page = _home()
        assert page.button("home_chat").label == "Write a one-sentence pitch for a solar lamp."
        assert not [b for b in page.button if b.key and b.key.startswith(("ability_", "download_"))]
        resources.host().backend()
        page.run()
        assert any("**Q4_1**" in text.value for text in page.markdown)
    finally:
        resources.host().close()
