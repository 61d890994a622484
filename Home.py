"""The entry: the table of pages, and nothing else."""

import streamlit as st

from core.i18n import _
from ui.home.page import home
from ui.shell.gate import admitted, join_page
from ui.shell.membership import in_charge
from ui.shell.page import ICON

st.set_page_config(page_title="Prompt Lab", page_icon=ICON, layout="wide")
inside = admitted()
page = st.navigation(
    [
        st.Page(home, title=_("Home"), icon=":material/home:", default=True),
        st.Page("pages/1_Chat.py", title=_("Chat"), icon=":material/chat:"),
        st.Page("pages/2_Personas.py", title=_("Personas"), icon=":material/theater_comedy:"),
        st.Page("pages/3_Playground.py", title=_("Playground"), icon=":material/grid_view:"),
        st.Page("pages/9_Tools.py", title=_("Tools"), icon=":material/build:"),
        st.Page("pages/10_Interpreter.py", title=_("Interpreter"), icon=":material/terminal:"),
        st.Page("pages/8_Experiments.py", title=_("Experiments"), icon=":material/science:"),
        st.Page(
            "pages/4_Models.py",
            title=_("Models"),
            icon=":material/memory:",
            visibility="visible" if in_charge() else "hidden",
        ),
        st.Page("pages/5_Lessons.py", title=_("Lessons"), icon=":material/school:"),
        st.Page("pages/6_Glossary.py", title=_("Glossary"), icon=":material/menu_book:"),
        st.Page("pages/7_Space.py", title=_("Your space"), icon=":material/inventory_2:"),
    ],
    position="sidebar" if inside else "hidden",
)
if inside:
    page.run()
else:
    join_page()
