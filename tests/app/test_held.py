"""Widgets whose values are kept elsewhere."""

from streamlit.testing.v1 import AppTest

from tests.patience import PAGE_S


def _page() -> None:
    import streamlit as st

    from ui.shell.held import held_choice

    kept = st.session_state.setdefault("kept", ["a"])
    drawn = st.session_state["drawn"] = st.session_state.get("drawn", 0) + 1
    names = {"a": f"A, drawn {drawn} times", "b": "B"}
    given = held_choice("box", kept[-1], kept.append)
    st.selectbox("Box", list(names), format_func=names.__getitem__, **given)


def test_the_browser_is_told_the_new_name_of_what_is_chosen() -> None:
    at = AppTest.from_function(_page, default_timeout=PAGE_S).run()
    at.run()
    # Else it would go on sending a name that is nobody's any more
    assert at.selectbox(key="box").proto.set_value
    assert at.selectbox(key="box").proto.raw_value == "A, drawn 2 times"
    at.selectbox(key="box").set_value("b").run()
    assert at.session_state["kept"] == ["a", "b"]


def _form() -> None:
    import streamlit as st

    from ui.shell.held import held

    kept = st.session_state.setdefault("kept", [""])
    if st.button("Take a table", key="take"):
        st.session_state["table"] = True
        kept.append("a table")
    if not st.session_state.get("table"):
        st.text_area("Lines", **held("lines", kept[-1], kept.append))


def test_a_field_that_has_gone_keeps_nothing() -> None:
    at = AppTest.from_function(_form, default_timeout=PAGE_S).run()
    before = at._tree.get_widget_states()
    at.button(key="take").click().run()
    assert not at.text_area
    # As a timer of the page sends it that went off before the browser knew
    at._run(before)
    assert at.session_state["kept"] == ["", "a table"]


def test_a_field_can_be_set_back_to_what_it_was() -> None:
    at = AppTest.from_function(_form, default_timeout=PAGE_S).run()
    at.text_area(key="lines").set_value("one").run()
    at.text_area(key="lines").set_value("").run()
    assert at.session_state["kept"] == ["", "one", ""]
