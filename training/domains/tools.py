"""Tool calls in ChatGLM3's form: the call, the observation and the answer made from it."""

import json

from training import words
from training.dialogue import Dialogue, Expect, assistant, observation, user
from training.grammar import Draw

# name, description, argument, its description, questions, result keys, answers
TOOLS = (
    (
        "get_weather",
        "Get the current weather of a city",
        "city",
        "The city to look up",
        words.city,
        (
            "what is the weather in {v}",
            "how is the weather in {v}",
            "is it warm in {v}",
            "weather in {v}, please",
            "will I need a coat in {v}",
        ),
        ("temperature", "sky"),
        "In {v} it is {r0} degrees, and the sky is {r1}.",
    ),
    (
        "get_price",
        "Get the price of an article",
        "article",
        "The name of the article",
        words.thing,
        (
            "what does {v} cost",
            "how much is {v}",
            "the price of {v}, please",
            "what is the price of {v}",
            "is {v} expensive",
        ),
        ("price",),
        "The price of {v} is {r0} euros.",
    ),
    (
        "find_person",
        "Find the phone number of a person",
        "name",
        "The name of the person",
        words.name,
        (
            "what is the number of {v}",
            "I need to call {v}",
            "find {v}",
            "phone number of {v}",
            "how can I reach {v}",
        ),
        ("number",),
        "You reach {v} under {r0}.",
    ),
    (
        "count_orders",
        "Count the orders of a customer",
        "customer",
        "The customer's name",
        words.name,
        (
            "how many orders has {v}",
            "count the orders of {v}",
            "orders of {v}, please",
            "how often did {v} order",
            "number of orders for {v}",
        ),
        ("orders",),
        "{v} has {r0} orders.",
    ),
)
SKIES = ("clear", "cloudy", "grey", "rainy", "blue")


def _description(tool: str, text: str, argument: str, about: str) -> dict[str, object]:
    return {
        "name": tool,
        "description": text,
        "parameters": {
            "type": "object",
            "properties": {argument: {"description": about, "type": "string"}},
            "required": [argument],
        },
    }


def call(draw: Draw) -> Dialogue:
    """A question that needs a tool: the right call; or, with its result, the right answer."""
    chosen = draw.any(TOOLS)
    tool, _, argument, _, value, questions, keys, answer = chosen
    listed = [chosen]
    if draw.chance(0.5):
        listed.append(draw.any([t for t in TOOLS if t is not chosen]))
        draw.rng.shuffle(listed)
    tools = tuple(_description(*t[:4]) for t in listed)
    v = value(draw)
    talk = [
        user(draw.ask(questions, v=v) + draw.any(("?", ""))),
        assistant(f"```python\ntool_call({argument}='{v}')\n```", tool),
    ]
    if draw.chance(0.5):
        return Dialogue(
            "tool call",
            tuple(talk),
            Expect(all_of=(f"{argument}='{v}'",), tool=tool),
            tools,
            joins=False,
        )
    degrees = tool == "get_weather"
    result = (
        str(draw.rng.randint(1, 39)) if degrees else words.number(draw),
        draw.any(SKIES),
    )
    shown = json.dumps(dict(zip(keys, (int(result[0]), result[1]), strict=False)))
    said = draw.expand(answer, {"v": v, "r0": result[0], "r1": result[1]})
    talk += [observation(shown), assistant(said)]
    return Dialogue("tool answer", tuple(talk), Expect(all_of=(result[0],)), tools, joins=False)
