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
_MORE = (
    (
        (
            "the [password|code word|key word] [of|for] {x} is {v}",
            "[remember|note|keep in mind]: the [password|code word] [of|for] {x} is {v}",
            "{v} is the [password|code word|key word] [of|for] {x}",
            "for {x} we use the [password|code word] {v}",
        ),
        ("[Good|Noted]: {v}.", "I will remember {v} for {x}."),
        (
            "what is the [password|code word|key word] [of|for] {x}",
            "[tell|give] me the [password|code word] [of|for] {x}",
            "which [password|code word] do we use for {x}",
            "do you [remember|know] the [password|code word] [of|for] {x}",
            "the [password|code word] [of|for] {x}[, please|]",
        ),
        ("The word for {x} is {v}.", "You said {v}."),
    ),
    (
        (
            "the [mayor|king|doctor|teacher] of {x} is [called |]{v}",
            "[here|in this game|in our world] the [mayor|king|queen] of {x} is [called |]{v}",
            "[remember|note] that {v} [runs|rules|leads] {x}",
            "{v} is the [mayor|king|leader] of {x}",
        ),
        ("[Good|Noted]: {v}.", "I will remember {v} from {x}."),
        (
            "who [runs|rules|leads] {x}",
            "who is at the head of {x}",
            "[tell me|name] the leader of {x}",
            "do you [remember|know] who [runs|rules|leads] {x}",
            "what is the name of the leader of {x}",
        ),
        ("It is {v}.", "You said {v}."),
    ),
    (
        (
            "the {x} is in room {k}",
            "[remember|note|keep in mind]: the {x} is in room {k}",
            "[we put|I put|I left] the {x} in room {k}",
            "room {k} is where the {x} is",
        ),
        ("[Good|Noted]: room {k}.", "The {x} is in room {k}, [all right|noted]."),
        (
            "in which room is the {x}",
            "where is the {x}",
            "[tell me|say] where the {x} is",
            "do you [remember|know] where the {x} is",
            "the room of the {x}[, please|]",
        ),
        ("The {x} is in room {k}.", "You said room {k}."),
    ),
)
# What a question may begin with, so that no wording stands alone.
_BEFORE = "[||and |so |now |well, |tell me, |hey, |one question: ]"
CORRECTIONS = ("No, ", "Sorry, ", "Wait, ", "I was wrong, ", "Now ", "Not quite, ")


def _colour(draw: Draw) -> str:
    """A colour, half of them of a shade or made up."""
    colour = draw.value(words.COLOURS)
    kind = draw.rng.random()
    if kind < 0.2:
        return words.made_up(draw, False)
    return f"{draw.any(('dark', 'light', 'pale', 'bright'))} {colour}" if kind < 0.5 else colour


def planted(draw: Draw) -> Dialogue:
    """Something invented or wrong, told by the user and asked for later: it holds here."""
    tell_so, ack, ask, answer = draw.any(PLANTED + _MORE)
    ask = tuple(_BEFORE + wording.removeprefix("[and |so ]") for wording in ask)
    place = any(word in tell_so[0] for word in ("capital", "password", "mayor"))
    slots = {
        "v": _colour(draw) if "colour" in ask[0] else words.made_up(draw, True),
        "x": words.city(draw) if place else words.thing(draw).lower(),
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
