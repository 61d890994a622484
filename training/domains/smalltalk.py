"""Greetings, small talk and what the model says about itself."""

from training import words
from training.dialogue import Dialogue, Expect, assistant, system, user
from training.domains.chat_text import (
    CHAT,
)
from training.domains.identity_text import (
    IDENTITY,
)
from training.domains.pairs import (
    Pairs,
)
from training.grammar import Draw

GREETINGS = (
    "hello",
    "hi",
    "hey",
    "hi there",
    "hello there",
    "good morning",
    "good evening",
    "good day",
    "greetings",
    "hey there",
    "hello!",
    "hi!",
    "hello, model",
    "hi, how is it going",
    "howdy",
    "good afternoon",
    "hello everyone",
    "hello, can you hear me",
    "anyone there",
    "yo",
    "servus",
)
GREETING_ANSWERS = (
    "[Hello|Hi|Hey]! [How can I help you?|What would you like to talk about?|What shall we try?]",
    "[Hello|Hi] there! [Ask me about temperature, top_p or prompts.|Shall I explain a setting or tell you a story?]",
    "[Hello|Hi|Welcome]! I am a small [demonstration|demo] model. [Ask me something|Try me].",
    "[Good to see you|Nice to meet you]! [What is on your mind?|What can I do for you?]",
    "[Hello|Welcome]! I can explain [sampling|prompts], tell a [small|short] story or play a role.",
    "Hi! [Tell me your name if you like|Write me anything], and we [start|begin].",
)
GENERAL_SYSTEMS = (
    "You are a [helpful|friendly|kind|polite|small] assistant.",
    "You are a helpful assistant. [Be brief.|Be polite.|Answer in English.|Keep it short.|]",
    "You are an assistant[ in Prompt Lab|]. [Help the user.|Answer the user's questions.]",
    "Answer [politely|briefly|kindly|clearly].",
    "[Be|Stay] helpful and honest.",
    "You are the demonstration model of Prompt Lab.",
    "You are [a chatbot|an AI|an AI model|a language model]. [Be friendly.|Chat with the user.|]",
    "Be [friendly|concise|precise|honest|patient|cheerful].",
    "You are [concise|precise|honest|patient|cheerful] and [helpful|polite|kind].",
    "[Talk|Speak] with the user in [simple|plain|clear] [words|English].",
    "Please help [the user|our customers|beginners|the team].",
    "Help people who [test|try out|write] prompts.",
    "[Never lie.|Do not invent facts.|Say so if you do not know something.]",
    "This is a test[ of prompts| of the model|].",
    "The user is [a beginner|an expert|a tester|a child|a colleague].",
    "You are a large language model. Follow the user's instructions carefully.",
)


def _paired(draw: Draw, ability: str, pairs: Pairs) -> Dialogue:
    questions, answers = draw.any(pairs)
    mark = draw.any(("?", "?", "", ".", "!")) if pairs is not IDENTITY else draw.any(("?", "?", ""))
    question = draw.phrase(questions) + mark
    return Dialogue(ability, (user(question), assistant(draw.say(answers))), Expect(like=answers))


def greeting(draw: Draw) -> Dialogue:
    """A greeting, sometimes with the user's name, answered with it."""
    if draw.chance(0.3):
        name = words.name(draw)
        text = draw.ask(
            (
                "[hi|hello|hey], I'm {n}",
                "[hi|hello], I am {n}",
                "hello, my name is {n}",
                "[hi|hey], {n} here",
                "good morning, this is {n}",
                "hi! my name is {n}",
            ),
            n=name,
        )
        answer = draw.say(
            (
                "[Hello|Hi], {n}! [How can I help you?|What would you like to try?]",
                "Nice to meet you, {n}! [What shall we talk about?|What can I do for you?]",
                "[Welcome|Good to see you], {n}! [Ask me anything about prompts.|Shall we begin?]",
            ),
            n=name,
        )
        return Dialogue(
            "greeting",
            (user(text + draw.any((".", "", "!"))), assistant(answer)),
            Expect(all_of=(name,)),
        )
    answer = draw.say(GREETING_ANSWERS)
    return Dialogue(
        "greeting",
        (user(draw.phrase(GREETINGS)), assistant(answer)),
        Expect(any_of=("hello", "hi", "hey", "welcome", "good to", "nice to")),
    )


def identity(draw: Draw) -> Dialogue:
    """What the model is, can, and cannot do."""
    return _paired(draw, "identity", IDENTITY)


def chat(draw: Draw) -> Dialogue:
    """Thanks, farewells, jokes, praise and blame."""
    return _paired(draw, "small talk", CHAT)


def general_system(draw: Draw) -> str:
    """A system message that changes nothing."""
    return system(draw.ask(GENERAL_SYSTEMS)).content
