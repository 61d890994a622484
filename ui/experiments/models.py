"""Which models can answer: those that are on offer, by their values, as people call them."""

from collections.abc import Iterable
from contextlib import suppress

import streamlit as st

from core.backends.backend import Backend
from core.engine.choices import choice_of, values
from core.engine.residents import ModelChoice
from core.errors import NotFound
from core.experiments.spec import ExperimentSpec
from core.i18n import _
from core.models import catalogue
from core.servers.cards import kept_card
from core.servers.prices import Price
from core.servers.reasons import unheeded, why_not
from ui.shell import resources
from ui.shell.choosing import PARAMETER, Choices, model_names
from ui.shell.leaving import elsewhere
from ui.shell.membership import in_charge
from ui.shell.session import state


def usual_model() -> str:
    """The value of the model that a new experiment begins with: what the URL says comes first."""
    settings, now = resources.settings(), resources.host().status()
    choice = None
    for value in (st.query_params.get(PARAMETER), state(Choices).preferred):
        with suppress(NotFound):  # not here, or not here any more
            choice = choice or (choice_of(value, settings) if value else None)
    choice = choice or resources.starting_choice()
    resident = now.resident(choice)
    return resident.value if resident else choice.value


def offered(current: str) -> dict[str, str]:
    """What can be chosen now, by its value, as people call it. current: stays on offer, whatever
    became of it."""
    settings, now = resources.settings(), resources.host().status()
    found = values(settings, now)
    if not in_charge():
        found = [resident.value for resident in now.residents]
    known = None
    with suppress(NotFound):
        known = choice_of(current, settings) if current else None
    resident = now.resident(known) if known else None
    if resident:
        # One model, one name: answers are kept under what it was called when they were asked for
        found = [value for value in found if value != resident.value]
    if current and current not in found:
        found.insert(0, current)
    names = model_names(found, current if known else "", now)
    if current and not known:
        names[current] = _("{name} · not here any more").format(name=resources.called(current))
    return names


def choices_of(values: Iterable[str]) -> dict[str, ModelChoice]:
    """What these values load; raises `NotFound` for one that is not on offer here."""
    return {value: choice_of(value, resources.settings()) for value in dict.fromkeys(values)}


def loaded(value: str) -> Backend | None:
    """The model of this value where it is loaded; none is loaded for reading."""
    try:
        choice = choice_of(value, resources.settings())
    except NotFound:
        return None
    resident = resources.host().status().resident(choice)
    return resident.backend if resident else None


def asked_elsewhere(spec: ExperimentSpec, model: str) -> tuple[str, ...]:
    """The machines, other than this one, that its questions go to. model: of the variants that name
    none."""
    return elsewhere(variant.model or model for variant in spec.variants)


def against(value: str) -> tuple[str | None, str | None]:
    """What the card of a server says against its calling tools, and against top_k; each None where
    nothing is known against it, or it is no server."""
    entry = catalogue.named(value, resources.settings())
    server = entry.server if entry else None
    # With its tokenizer here both are done otherwise than the card was made
    if server is None or server.tokenizer:
        return None, None
    kept = kept_card(resources.settings().data_dir, server)
    card = kept[0] if kept else None
    return why_not(card, "tools", server.called), unheeded(card, "top_k", server.called)


def prices_of(spec: ExperimentSpec, model: str) -> dict[int, Price]:
    """What the operator said that tokens cost, by the variant that they answer."""
    found = {}
    for place, variant in enumerate(spec.variants):
        entry = catalogue.named(variant.model or model, resources.settings())
        price = entry.server.price if entry and entry.server else None
        if price:
            found[place] = price
    return found
