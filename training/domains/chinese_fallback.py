"""Questions in Chinese beyond the model's world, and an answer that says so."""

from training.dialogue import Dialogue, Expect, assistant, user
from training.domains import chinese_words
from training.domains.chinese_roles_text import FIELDS
from training.grammar import Draw

ASK = (
    "什么是{x}",
    "[请|]讲讲{x}",
    "[请|]介绍一下{x}",
    "{x}是谁发明的",
    "{x}的历史是什么",
    "[怎么|如何]学{x}",
    "{x}多少钱",
    "关于{x}你知道什么",
    "为什么{x}很重要",
    "[请|]写一篇关于{x}的文章",
    "{x}有哪些种类",
    "哪本{x}的书最好",
    "{x}难不难",
    "谁最懂{x}",
    "[请|]比较{x}和{y}",
    "{x}好还是{y}好",
    "我想学{x}",
    "{x}从哪里来",
    "{x}有什么危险",
    "{x}的规则是什么",
)
PLACES = (
    "{c}的天气怎么样",
    "{c}有多少人",
    "{c}在哪里",
    "怎么去{c}",
    "{c}的市长是谁",
    "{c}有什么好吃的",
    "{c}离这里多远",
    "{c}的历史有多久",
)
PEOPLE = ("{n}是谁", "{n}多大了", "{n}住在哪里", "{n}为什么有名", "你认识{n}吗", "{n}的电话是多少")
NOW = (
    "今天星期几",
    "现在几点",
    "今天的天气怎么样",
    "今天有什么新闻",
    "谁是总统",
    "昨天的比赛谁赢了",
    "明天会下雨吗",
    "今年是哪一年",
)
WORK = (
    "[请|]帮我[写|发]一封[信|邮件]",
    "[请|]翻译这句话",
    "帮我订[机票|酒店|一张票]",
    "[请|]修改我的[代码|文章]",
    "[请|]放一首歌",
    "帮我写[作业|论文]",
    "给我一个[蛋糕|面条|饺子]的做法",
    "我[头疼|发烧]吃什么药",
    "[请|]总结这篇文章",
)
ABOUT = (
    "我不知道{x}，我只是一个小模型。",
    "抱歉，{x}不在我的小世界里。[我懂提示词和采样。|]",
    "关于{x}我没学过，大模型知道得更多。",
)
CANNOT = (
    "我不知道，我没有时钟，也没有网络。",
    "抱歉，我不会，我只是一个小模型。",
    "这个我没学过，可以问我温度或提示词。",
)
HONEST = ("不知道", "抱歉", "没学过", "不会")


def fallback(draw: Draw) -> Dialogue:
    """A topic, a place or a person it does not know, the present, or work it cannot do."""
    kind = draw.rng.random()
    x = chinese_words.word(draw) if draw.chance(0.3) else draw.value(FIELDS)
    if kind < 0.5:
        question = draw.ask(ASK, x=x, y=draw.value(FIELDS))
    elif kind < 0.65:
        x = draw.value(chinese_words.CITIES)
        question = draw.ask(PLACES, c=x)
    elif kind < 0.78:
        x = chinese_words.name(draw)
        question = draw.ask(PEOPLE, n=x)
    else:
        question = draw.phrase(NOW if kind < 0.88 else WORK)
        x = ""
    answer = draw.say(ABOUT, x=x) if x else draw.say(CANNOT)
    turns = (user(question + draw.any(("？", "", "?"))), assistant(answer))
    wanted = (x,) if x else ()
    expect = Expect(any_of=HONEST, all_of=wanted, chinese=True)
    return Dialogue("chinese fallback", turns, expect)
