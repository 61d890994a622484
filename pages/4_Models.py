"""Choose the model that this server loads; see ui/models/page.py."""

import streamlit as st

from core.i18n import _
from ui import page_without_model
from ui.models.page import WORDS, models_page
from ui.shell.membership import in_charge

with page_without_model(_("Models"), words=WORDS):
    if in_charge():
        models_page()
    else:
        st.info(_("Your teacher chooses the models of this class."), icon=":material/school:")
