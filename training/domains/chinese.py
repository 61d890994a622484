"""A little Chinese: greetings, what the model is, settings, names, roles."""

from training import words
from training.dialogue import Dialogue, Expect, assistant, system, user
from training.domains.chinese_text import (
    ACK,
    ANSWER,
    ASK,
    CITIES,
    HOME,
    ROLE_TURNS,
    ROLES,
    SYSTEMS,
    TALK,
    TELL,
)
from training.grammar import Draw

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华玉兰红梅文建国志海山川云雨雪春夏秋冬天宇星月晨阳光辉"
    "思雅琪佳慧欣怡婷颖洁莉珍珠宝康健安宁福乐嘉瑞祥龙虎飞翔鹏松柏竹青蓝紫金银玲珊瑶诗书琴棋画"
)


def _mark(draw: Draw, text: str, question: bool = True) -> str:
    return text + draw.any(("？", "", "?") if question else ("。", "", "！"))


def talk(draw: Draw) -> Dialogue:
    """Small talk, settings and honest fallback in Chinese."""
    questions, answers, must = draw.any(TALK)
    turns = (user(_mark(draw, draw.phrase(questions))), assistant(draw.say(answers)))
    return Dialogue("chinese", turns, Expect(any_of=must, chinese=True))


def _name(draw: Draw) -> str:
    """Surname and given name from hundreds of thousands: only copying can produce it."""
    if draw.chance(0.15):
        return words.name(draw)
    count = draw.rng.choice((1, 2, 2))
    return draw.any(SURNAMES) + "".join(draw.any(GIVEN) for _ in range(count))


def recall(draw: Draw) -> Dialogue:
    """A name and perhaps a city, asked for later."""
    name, turns = _name(draw), []
    turns += [
        user(_mark(draw, draw.ask(TELL, v=name), False)),
        assistant(draw.say(ACK, v=name)),
    ]
    if draw.chance(0.3):
        turns += talk(draw).messages
    expected = name
    questions: tuple[str, ...] = ASK
    answers: tuple[str, ...] = ANSWER
    if draw.chance(0.4):
        tell, ack, ask, answer = HOME
        place = draw.value(CITIES)
        turns += [user(draw.ask(tell, v=place)), assistant(draw.say(ack, v=place))]
        if draw.chance(0.5):
            expected, questions, answers = place, ask, answer
    turns += [
        user(_mark(draw, draw.ask(questions))),
        assistant(draw.say(answers, v=expected)),
    ]
    return Dialogue("chinese recall", tuple(turns), Expect(all_of=(expected,), chinese=True))


def role(draw: Draw) -> Dialogue:
    """A role given in Chinese; titles and fields are mixed so that they must be read."""
    title, field = draw.any(ROLES)
    if draw.chance(0.4):
        field = draw.any(ROLES)[1]
    messages = [system(draw.ask(SYSTEMS, r=title, f=field))]
    for _ in range(draw.rng.choice((1, 2, 2, 3))):
        questions, answers = draw.any(ROLE_TURNS)
        messages += [
            user(_mark(draw, draw.ask(questions))),
            assistant(draw.say(answers, r=title, f=field)),
        ]
    return Dialogue(
        "chinese role",
        tuple(messages),
        Expect(any_of=(title, field), chinese=True),
        joins=False,
    )
