"""What holds in this conversation alone: invented or wrong facts, and facts that were corrected."""

from training import words
from training.dialogue import Dialogue, Expect, assistant, user
from training.domains.recall import FACTS, between
from training.grammar import Draw

# How it is told, acknowledged, asked for and answered.
PLANTED: tuple[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]], ...] = (
    (
        (
            "the capital of {x} is {v}",
            "[in this talk|here|for us] the capital of {x} is {v}",
            "[remember|note] that the capital of {x} is {v}",
            "{v} is the capital of {x}",
            "let us say the capital of {x} is {v}",
        ),
        ("[Good|Noted]: {v}.", "I will remember that the capital of {x} is {v}."),
        (
            "what is the capital of {x}",
            "which city is the capital of {x}",
            "[and |so ]what is {x}'s capital",
            "[tell me|name] the capital of {x}",
            "do you remember the capital of {x}",
            "the capital of {x}[, please|]",
        ),
        ("The capital of {x} is {v}.", "You [said|told me] {v}."),
    ),
    (
        (
            "our [product|app|shop] is called {v}",
            "the name of our [product|app|shop] is {v}",
            "we call our [product|app|shop] {v}",
            "{v} is the name of our [product|app|shop]",
            "[remember|note]: our [product|app] is called {v}",
        ),
        ("[Good|Noted]: {v}.", "{v} is a [good|fine] name."),
        (
            "what is our [product|app|shop] called",
            "what is the name of our [product|app|shop]",
            "how do we call our [product|app|shop]",
            "[and |so ]the name of our [product|app|shop]",
            "do you remember the name of our [product|app|shop]",
        ),
        ("It is called {v}.", "Its name is {v}."),
    ),
    (
        (
            "a {x} costs {k} euros",
            "the price of the {x} is {k} euros",
            "[remember|note]: the {x} costs {k} euros",
            "[here|in our shop] the {x} costs {k} euros",
            "we sell the {x} for {k} euros",
        ),
        ("[Good|Noted]: {k} euros.", "The {x} costs {k} euros, [all right|noted]."),
        (
            "what does the {x} cost",
            "how much is the {x}",
            "what is the price of the {x}",
            "[and |so ]the price of the {x}",
            "do you remember what the {x} costs",
        ),
        ("The {x} costs {k} euros.", "You said {k} euros."),
    ),
    (
        (
            "the {x} is {v}",
            "in our world the {x} is {v}",
            "[let us say|imagine|remember] the {x} is {v}",
            "[here|today] the {x} is {v}",
            "in this game the {x} is {v}",
        ),
        ("[Good|Noted]: the {x} is {v}.", "A {v} {x}, [I will remember it|how unusual]."),
        (
            "what colour is the {x}",
            "which colour has the {x}",
            "[and |so ]the colour of the {x}",
            "do you remember the colour of the {x}",
            "what is the colour of the {x}",
        ),
        ("The {x} is {v}.", "You said that the {x} is {v}."),
    ),
    (
        (
            "a week has {k} days",
            "[here|in our world] a week has {k} days",
            "[remember|note|imagine]: a week has {k} days",
            "let us say a week has {k} days",
            "in this game a week has {k} days",
        ),
        ("[Good|Noted]: {k} days.", "Then a week has {k} days here."),
        (
            "how many days [has|are in] a week",
            "how many days does a week have",
            "[and |so ]how long is a week",
            "do you remember how many days a week has",
            "the number of days in a week",
        ),
        ("Here a week has {k} days.", "You said {k} days."),
    ),
    (
        (
            "in our language {v} means {x}",
            "the word {v} means {x}",
            "[remember|note] that {v} means {x}",
            "{v} is our word for {x}",
            "let us call the {x} {v}",
        ),
        ("[Good|Noted]: {v}.", "{v} means {x}, I will remember it."),
        (
            "what is our word for {x}",
            "what do we call the {x}",
            "[and |so ]which word means {x}",
            "do you remember our word for {x}",
            "what is {x} in our language",
        ),
        ("Our word for {x} is {v}.", "It is {v}."),
    ),
)
CORRECTIONS = ("No, ", "Sorry, ", "Wait, ", "I was wrong, ", "Now ", "Not quite, ")


def planted(draw: Draw) -> Dialogue:
    """Something invented or wrong, told by the user and asked for later: it holds here."""
    tell_so, ack, ask, answer = draw.any(PLANTED)
    slots = {
        "v": draw.value(words.COLOURS) if "colour" in ask[0] else words.made_up(draw, True),
        "x": words.city(draw) if "capital" in ask[0] else draw.value(words.THINGS),
        "k": words.number(draw),
    }
    turns = [
        user(draw.ask(tell_so, **slots) + draw.any((".", "", "!"))),
        assistant(draw.say(ack, **slots)),
    ]
    for _ in range(draw.rng.choice((0, 1, 1, 2, 3))):
        turns += between(draw)
    turns += [
        user(draw.ask(ask, **slots) + draw.any(("?", "?", ""))),
        assistant(draw.say(answer, **slots)),
    ]
    wanted = slots["k"] if "{k}" in answer[0] else slots["v"]
    return Dialogue("planted fact", tuple(turns), Expect(all_of=(wanted,)))


def corrected(draw: Draw) -> Dialogue:
    """A fact, taken back and told anew: the later one counts."""
    fact = draw.any(FACTS)
    first, second = fact.value(draw), fact.value(draw)
    if second == first:
        # A held-out part may hold one value only.
        second = words.made_up(draw, True)
    said = draw.ask(fact.tell, v=second)
    said = said if said.startswith("I ") else said[:1].lower() + said[1:]
    turns = [
        user(draw.ask(fact.tell, v=first) + draw.any((".", ""))),
        assistant(draw.say(fact.ack, v=first)),
        user(f"{draw.any(CORRECTIONS)}{said}."),
        assistant(draw.say(fact.ack, v=second)),
    ]
    if draw.chance(0.4):
        turns += between(draw)
    turns += [
        user(draw.ask(fact.ask) + draw.any(("?", ""))),
        assistant(draw.say(fact.answer, v=second)),
    ]
    return Dialogue("recall", tuple(turns), Expect(all_of=(second,)))
