"""Remembering in Chinese what the user told: name, city, number, colour, animal, food, a word."""

from training import words
from training.dialogue import Dialogue, Expect, assistant, user
from training.domains import chinese_words
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
        (
            "我叫{v}",
            "我的名字[是|叫]{v}",
            "[你可以|请|]叫我{v}",
            "[你好|您好|嗨]，我叫{v}",
            "大家[都|]叫我{v}",
            "[请|]记住，我叫{v}",
            "我是{v}",
            "朋友们叫我{v}",
            "[本人|我]姓名{v}",
            "你好，我的名字是{v}",
            "[我是|这里是]{v}，很高兴认识你",
            "记住我的名字：{v}",
        ),
        ("你好，{v}！", "很高兴认识你，{v}！", "好的，{v}，我记住了。"),
        (
            "我叫什么[名字|]",
            "[请问|请告诉我，|]我的名字是什么",
            "[你|]还记得我[的名字|叫什么|是谁]吗",
            "[请问|请告诉我，|那么，]我是谁",
            "[请|]说[出|一下]我的名字",
            "[你|]知道我[叫什么|的名字|是谁]吗",
            "[刚才|之前]我说我叫什么",
            "我的名字呢",
            "[你|]应该[怎么|如何]叫我",
            "[请|]告诉我我的名字",
            "我叫啥[名字|]",
            "[你|]记得我[的名字|叫什么|是谁]吗",
            "我刚才说的名字是什么",
            "[请|]说[出|一下]我叫什么",
        ),
        ("你叫{v}。", "你的名字是{v}。"),
    ),
    Fact(
        chinese_words.city,
        (
            "我住在{v}",
            "我来自{v}",
            "我[是|]{v}人",
            "我的家在{v}",
            "我在{v}工作",
            "我[去年|]搬到了{v}",
            "我的城市是{v}",
        ),
        ("好的，我记住了：{v}。", "{v}，真不错。"),
        (
            "我住在[哪里|哪儿|什么地方]",
            "我[来自|是]哪里[人|]",
            "我在哪个城市",
            "[你|]还记得我住哪儿吗",
            "我的家在哪里",
            "我说过哪个城市",
            "我的城市是什么",
        ),
        ("你在{v}。", "是{v}。"),
    ),
    Fact(
        words.number,
        (
            "[请|]记住数字{v}",
            "我的[号码|数字]是{v}",
            "[我的|]幸运数字是{v}",
            "我的房间号是{v}",
            "[请|]记一下{v}这个数字",
            "数字是{v}",
        ),
        ("好的，{v}。", "我记住了：{v}。"),
        (
            "[那个|我的|我说的]数字是[多少|几]",
            "我的[号码|数字]是多少",
            "[你|]还记得[那个|]数字吗",
            "我说的数字是几",
            "我告诉你哪个数字",
            "数字呢",
        ),
        ("数字是{v}。", "是{v}，我记得。"),
    ),
    Fact(
        _colour,
        (
            "我[最|]喜欢{v}",
            "我最喜欢的颜色是{v}",
            "[请|]记住颜色：{v}",
            "我爱{v}这个颜色",
            "我的车是{v}的",
        ),
        ("好的，{v}。", "{v}很好看。"),
        (
            "我[最|]喜欢[什么|哪种]颜色",
            "[你|]还记得我喜欢的颜色吗",
            "是什么颜色",
            "我说的是哪个颜色",
            "颜色呢",
        ),
        ("你喜欢{v}。", "是{v}。"),
    ),
    Fact(
        _animal,
        ("我有一只{v}", "我养了一只{v}", "我最喜欢的动物是{v}", "我家有{v}", "我的宠物是{v}"),
        ("{v}，真可爱！", "好的，{v}。"),
        (
            "我[有|养了][什么|哪种]动物",
            "我养了什么",
            "[你|]还记得我的宠物吗",
            "我说的是什么动物",
            "动物呢",
        ),
        ("是{v}。", "你说的是{v}。"),
    ),
    Fact(
        _food,
        ("我[最|]喜欢吃{v}", "我爱吃{v}", "我今天吃了{v}", "我最喜欢的食物是{v}", "我常常吃{v}"),
        ("{v}，听起来很好吃。", "好的，{v}。"),
        (
            "我[最|]喜欢吃什么",
            "[你|]还记得我爱吃什么吗",
            "我吃了什么",
            "食物呢",
            "我说的食物是什么",
        ),
        ("你喜欢{v}。", "是{v}。"),
    ),
    Fact(
        chinese_words.word,
        (
            "密码是{v}",
            "[请|]记住[这个|]词：{v}",
            "暗号是{v}",
            "我们的[密码|暗号]是{v}",
            "[请|]记住“{v}”",
            "我们的产品叫{v}",
        ),
        ("我记住了：{v}。", "好的，{v}。"),
        (
            "[密码|暗号|那个词]是[什么|哪个]",
            "[你|]还记得[密码|暗号|那个词]吗",
            "我让你记住什么",
            "我说的是哪个词",
            "[请|]说出那个词",
        ),
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
