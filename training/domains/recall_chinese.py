"""Remembering in Chinese what the user told: name, city, number, colour, animal, food, a word."""

from training import words
from training.dialogue import Dialogue, Expect, assistant, user
from training.domains import chinese_words
from training.domains import recall_chinese_text as text
from training.domains.chinese import talk
from training.domains.chinese_concepts import explain
from training.domains.chinese_stories import ANIMALS
from training.domains.recall import Fact
from training.grammar import WHOLE, Draw

COLOURS = [
    "红色",
    "蓝色",
    "绿色",
    "黄色",
    "紫色",
    "橙色",
    "粉色",
    "棕色",
    "黑色",
    "白色",
    "灰色",
    "金色",
    "银色",
    "青色",
]
FOODS = [
    "米饭",
    "面条",
    "饺子",
    "包子",
    "豆腐",
    "鸡蛋",
    "牛肉",
    "鱼",
    "苹果",
    "香蕉",
    "西瓜",
    "葡萄",
    "面包",
    "蛋糕",
    "巧克力",
    "汤",
    "粥",
    "火锅",
    "烤鸭",
    "饼干",
]


def _colour(draw: Draw) -> str:
    if draw.chance(0.3):
        return chinese_words.characters(draw, 1) + "色"
    return draw.any(("", "", "深", "浅", "淡", "亮")) + draw.value(COLOURS)


def _animal(draw: Draw) -> str:
    return chinese_words.word(draw) if draw.chance(0.35) else draw.value(ANIMALS)


def _food(draw: Draw) -> str:
    if draw.chance(0.4):
        return chinese_words.characters(draw, 2) + draw.any("汤饼面粥糕饭")
    return draw.value(FOODS)


FACTS = (
    Fact(
        chinese_words.name,
        text.NAME,
        ("你好，{v}！", "很高兴认识你，{v}！", "好的，{v}，我记住了。"),
        text.NAME_ASK,
        ("你叫{v}。", "你的名字是{v}。"),
    ),
    Fact(
        chinese_words.city,
        text.CITY,
        ("好的，我记住了：{v}。", "{v}，真不错。"),
        text.CITY_ASK,
        ("你在{v}。", "是{v}。"),
    ),
    Fact(
        words.number,
        text.NUMBER,
        ("好的，{v}。", "我记住了：{v}。"),
        text.NUMBER_ASK,
        ("数字是{v}。", "是{v}，我记得。"),
    ),
    Fact(
        _colour,
        text.COLOUR,
        ("好的，{v}。", "{v}很好看。"),
        text.COLOUR_ASK,
        ("你喜欢{v}。", "是{v}。"),
    ),
    Fact(
        _animal,
        text.ANIMAL,
        ("{v}，真可爱！", "好的，{v}。"),
        text.ANIMAL_ASK,
        ("是{v}。", "你说的是{v}。"),
    ),
    Fact(
        _food,
        text.FOOD,
        ("{v}，听起来很好吃。", "好的，{v}。"),
        text.FOOD_ASK,
        ("你喜欢{v}。", "是{v}。"),
    ),
    Fact(
        chinese_words.word,
        text.WORD,
        ("我记住了：{v}。", "好的，{v}。"),
        text.WORD_ASK,
        ("是{v}。", "你说的是{v}。"),
    ),
)


_BEFORE = "[|||请问，|那么，|对了，|还有，|请告诉我，]"


def recall(draw: Draw) -> Dialogue:
    """One to three facts with other talk between them, then one of them is asked for."""
    facts = draw.rng.sample(FACTS, draw.rng.choice((1, 1, 2, 2, 3)))
    values = [fact.value(draw) for fact in facts]
    turns = []
    for fact, value in zip(facts, values, strict=True):
        turns += [
            user(draw.ask(fact.tell, v=value) + draw.any(("。", "", "！"))),
            assistant(draw.say(fact.ack, v=value)),
        ]
        if draw.chance(0.35):
            turns += draw.any((talk, explain))(draw).messages
    k = draw.rng.randrange(len(facts))
    # Behind an opening, so that no short wording stands alone.
    asked = [
        wording if len(facts[k].ask) >= WHOLE else _BEFORE + wording for wording in facts[k].ask
    ]
    question = draw.ask(asked) + draw.any(("？", "", "?"))
    turns += [user(question), assistant(draw.say(facts[k].answer, v=values[k]))]
    expect = Expect(all_of=(values[k],), chinese=True)
    return Dialogue("chinese recall", tuple(turns), expect)
