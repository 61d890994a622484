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
    "hi, model",
    "hello again",
    "hi again",
    "hey, good morning",
    "nice to meet you",
    "hello, nice to meet you",
    "hi, I am new here",
    "hello, I am back",
    "hi folks",
    "hey you",
    "good to see you",
    "hello, friend",
    "hi, friend",
    "morning",
    "evening",
    "a very good morning",
    "hello, who is there",
    "hi, are you there",
    "hello, assistant",
    "hey, assistant",
    "hallo",
    "ahoy",
    "hiya",
    "heya",
    "hello, hello",
    "hi, let us begin",
    "hello, shall we start",
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
    "[Act|Work|Serve] as a [helpful|kind|friendly|patient] assistant.",
    "You [help|support|assist] [people|users|visitors|our guests] [politely|kindly|with patience].",
    "Your [task|job] is to [help|assist|answer] [the user|people|our customers].",
    "[Always|Please] [answer|reply|respond] [politely|honestly|clearly|briefly].",
    "[Give|Write] [clear|short|honest|helpful] answers.",
    "[I am|We are] [testing|trying out|comparing] [prompts|models|settings].",
    "[Assist|Support|Guide] [the user|our visitors|beginners] [as well as you can|with care|kindly].",
    "[You are|This is] a [test|demo|trial] [assistant|chat|model] [for prompts|in Prompt Lab].",
    "[The assistant|The model] is [helpful|polite|friendly|honest].",
    "[A conversation|A chat] between [a user|a visitor|a person] and [an assistant|a helpful model|a chatbot].",
    "[Keep|Make] your answers [short|clear|simple|friendly].",
    "[No|Avoid] [rude words|long speeches|jargon], please.",
    "Today you [talk|chat|speak] with [a visitor|a student|a tester|a guest].",
    "[If|When] you do not know [something|an answer], say so.",
    "[Be|Stay] [calm|polite|patient|kind] [with everybody|at all times|whatever happens].",
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
                "[hi|hello|good evening], {n} is my name",
                "[hello|hey|hi] there, I'm {n}",
                "[good day|good evening|good afternoon], I am {n}",
                "[hello|hi|hey], this is {n}[ speaking| writing|]",
                "[hello|hi], you can call me {n}",
                "[hello|hi|hey], call me {n}",
                "[hello|hi], they call me {n}",
                "{n} here, [hello|hi|good morning]",
                "[I am|I'm] {n}, [hello|hi|nice to meet you]",
                "[nice to meet you|good to see you], I'm {n}",
                "my name is {n}, [hello|hi|good morning]",
                "[greetings|hello again|hello], I am {n}",
                "[hey|hi|hello] model, {n} here",
                "[hello|hi], it is me, {n}",
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
