"""Which models can answer: those that are on offer, by their values, as people call them."""

from collections.abc import Iterable
from contextlib import suppress

import streamlit as st

from core.engine.choices import choice_of, values
from core.engine.residents import ModelChoice
from core.errors import NotFound
from core.experiments.spec import ExperimentSpec
from core.i18n import _
from core.models import catalogue
from core.servers.prices import Price
from ui.shell import resources
from ui.shell.choosing import PARAMETER, Choices, model_names
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


def prices_of(spec: ExperimentSpec, model: str) -> dict[int, Price]:
    """What the operator said that tokens cost, by the variant that they answer."""
    found = {}
    for place, variant in enumerate(spec.variants):
        entry = catalogue.named(variant.model or model, resources.settings())
        price = entry.server.price if entry and entry.server else None
        if price:
            found[place] = price
    return found


def elsewhere(spec: ExperimentSpec, model: str) -> tuple[str, ...]:
    """The machines that what is asked goes to, other than this one."""
    hosts = []
    for variant in spec.variants:
        entry = catalogue.named(variant.model or model, resources.settings())
        if entry and entry.server and not entry.server.here:
            hosts.append(entry.server.host)
    return tuple(dict.fromkeys(hosts))
