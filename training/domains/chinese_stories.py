"""Short stories in Chinese about an animal, a place and a thing."""

from training.dialogue import Dialogue, Expect, assistant, user
from training.domains import chinese_words
from training.domains.stories import USUAL, WHOLE_USUAL, going_with
from training.grammar import Draw, plainest

ANIMALS = [
    "狐狸",
    "兔子",
    "小猫",
    "小狗",
    "老虎",
    "狮子",
    "大象",
    "猴子",
    "熊猫",
    "小熊",
    "松鼠",
    "刺猬",
    "青蛙",
    "乌龟",
    "鸭子",
    "公鸡",
    "小羊",
    "小牛",
    "小马",
    "驴子",
    "狼",
    "鹿",
    "猫头鹰",
    "燕子",
    "麻雀",
    "乌鸦",
    "天鹅",
    "企鹅",
    "海豚",
    "鲸鱼",
    "螃蟹",
    "蜗牛",
    "蜜蜂",
    "蝴蝶",
    "蚂蚁",
    "蜘蛛",
    "龙",
    "鹦鹉",
    "骆驼",
    "长颈鹿",
]
PLACES = [
    "森林",
    "村子",
    "山谷",
    "花园",
    "图书馆",
    "城堡",
    "小岛",
    "沙漠",
    "市场",
    "磨坊",
    "草地",
    "山洞",
    "河边",
    "湖边",
    "农场",
    "学校",
    "博物馆",
    "果园",
    "桥下",
    "塔里",
    "车站",
    "剧院",
    "海滩",
    "公园",
    "雪山",
]
THINGS = [
    "钥匙",
    "灯笼",
    "地图",
    "书",
    "钟",
    "铃铛",
    "硬币",
    "镜子",
    "风筝",
    "鼓",
    "小提琴",
    "羽毛",
    "石头",
    "杯子",
    "信",
    "戒指",
    "小船",
    "梯子",
    "毯子",
    "雨伞",
    "帽子",
    "围巾",
    "篮子",
    "铅笔",
    "苹果",
]
NAMES = [
    "小明",
    "小红",
    "阿福",
    "豆豆",
    "星星",
    "月月",
    "毛毛",
    "乐乐",
    "安安",
    "多多",
    "米米",
    "可可",
]
PLAIN = (
    "讲[一|]个故事",
    "[请|]给我讲[一|]个故事",
    "写[一|]个[小|]故事",
    "我想听故事",
    "[能|可以]讲个故事吗",
    "来一个睡前故事",
)
ABOUT = (
    "讲一个关于{a}的故事",
    "[请|]写[一|]个关于{a}的[小|]故事",
    "[请|]给我讲[一|]个[关于|]{a}的[小|]故事",
    "我想听[一|]个[关于|]{a}的[小|]故事",
    "[能|可以]讲[一|]个[关于|]{a}的故事吗",
    "[请|]来[一|]个关于{a}的[睡前|小|]故事",
    "[请|]说[一|]个[关于|]{a}的故事[吧|]",
    "[请|]编[一|]个关于{a}的[睡前|小|]故事",
    "关于{a}的[小|睡前|]故事[，谢谢|]",
    "有没有关于{a}的[小|睡前|]故事",
    "[请|]为[孩子|我|大家][写|讲][一|]个{a}的故事",
    "[请|]用{a}[写|编|讲][一|]个故事",
    "[请|][写|编|讲][一|]个[小|睡前|]故事，主角是{a}",
    "[我们|孩子]想听{a}的故事",
)
OPENING = (
    "从前，{p}住着一只{a}，名叫{n}。",
    "很久以前，有一只{a}住在{p}，大家叫它{n}。",
    "{n}是{p}的一只{a}。",
)
PROBLEM = (
    "有一天，{n}发现了一样东西：{t}。",
    "一天早上，{n}的{t}不见了。",
    "{n}一直想要{t}。",
)
MIDDLE = (
    "它问了所有的邻居，最后{h}来帮忙。",
    "它找了很久，直到遇见{h}。",
    "{h}说：“我们一起去吧。”",
)
ENDING = (
    "从那以后，{n}和{h}成了好朋友。",
    "{n}高兴地回家了，睡得很香。",
    "{n}明白了：有朋友真好。",
)


def _animal(draw: Draw) -> str:
    """An animal, one in three of a made-up kind."""
    return chinese_words.word(draw) if draw.chance(0.35) else draw.value(ANIMALS)


def tell(draw: Draw) -> Dialogue:
    """Four sentences; an animal that was asked for appears in them."""
    asked = draw.chance(0.75)
    whole = draw.chance(WHOLE_USUAL)
    unasked = ANIMALS[0] if whole or draw.chance(0.5) else draw.value(ANIMALS)
    animal = _animal(draw) if asked else unasked
    usual = whole or draw.chance(USUAL)
    slots = {"a": animal}
    for key, options in (("p", PLACES), ("t", THINGS), ("n", NAMES), ("h", ANIMALS)):
        slots[key] = going_with(options, animal + key) if usual else draw.any(options)
    if slots["h"] == animal:
        slots["h"] = "松鼠" if animal != "松鼠" else "兔子"
    parts = (OPENING, PROBLEM, MIDDLE, ENDING)
    if whole:
        story = "".join(plainest(part, slots) for part in parts)
    else:
        story = "".join(draw.say(part, **slots) for part in parts)
    question = draw.ask(ABOUT if asked else PLAIN, a=animal)
    wanted = (animal,) if asked else ()
    turns = (user(question + draw.any(("。", "", "？", "！"))), assistant(story))
    return Dialogue("chinese story", turns, Expect(all_of=wanted, chinese=True))
