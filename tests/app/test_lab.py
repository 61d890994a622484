from pathlib import Path
from streamlit.testing.v1 import AppTest
PAGE = str(Path(__file__).parents[2] / "pages" / "3_Playground.py")

def open_page(**query: str) -> AppTest:
    at = AppTest.from_file(PAGE, default_timeout=60)
    for name, value in {"view": "lab", **query}.items():
        at.query_params[name] = value
    return at.run()

def test_x():
    at = open_page(lab_temperature="1.5")
    print(at.exception)
    print([m.value for m in at.caption], [m.value for m in at.metric], [s.value for s in at.slider])
    print(at.get("plotly_chart"))
