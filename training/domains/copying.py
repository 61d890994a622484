"""Repeating what stands in the prompt, and finding a value in a given text."""

from training import words
from training.dialogue import Dialogue, Expect, assistant, user
from training.domains.chinese_words import CITIES as CHINESE_CITIES
from training.domains.chinese_words import name as chinese_name
from training.domains.chinese_words import word as chinese_word
from training.grammar import Draw

REPEAT = (
    "repeat: {v}",
    "repeat after me: {v}",
    "say: {v}",
    'say "{v}"',
    'please repeat "{v}"',
    "write exactly this: {v}",
    "copy this: {v}",
    "echo {v}",
    "say the following: {v}",
    "print {v}",
    "answer only with: {v}",
    "just say {v}",
)
SENTENCES = (
    "{n} from {c} bought {an t} for {k} euros.",
    "The {t} in {c} belongs to {n} and costs {k} euros.",
    "{n} travelled to {c} with {an t} and paid {k} euros.",
    "On Monday {n} sent {k} letters to {c}.",
    "In {c} {n} found {an t}, number {k}.",
    "{k} people saw {n} in {c}.",
    "Order {k}: {n} in {c} wants {an t}.",
    "{n} lives in {c}, is {k} years old and owns {an t}.",
    "{n} from {c} has {k} points.",
    "[Yesterday|Today|Last week] {n} drove {k} kilometres to {c}.",
    "The parcel for {n} in {c} weighs {k} grams.",
    "{n} paid {k} euros for {an t} in {c}.",
    "In {c} there is a shop with {k} chairs; it belongs to {n}.",
    "{n} called from {c} at {k} minutes past nine.",
    "The room {k} in {c} is booked for {n}.",
    "{n} and {k} friends visited {c}.",
    "Invoice {k}, customer {n}, city {c}.",
    "Name: {n}. Place: {c}. Number: {k}.",
    "A letter from {n}, {c}, with {k} stamps.",
    "{n} will move to {c} in {k} days.",
    "The train to {c} has {k} seats, says {n}.",
)
EXTRACT = {
    "n": (
        "Which name is in the text?",
        "Who is it about?",
        "Find the name.",
        "Name the person.",
        "Extract the name.",
        "Which person is mentioned?",
        "[Who|Which person] is [named|mentioned] in the text?",
        "What is the name of the person?",
        "[Give|Tell] me the name.",
        "The name, please.",
        "Whose name is in the text?",
        "[Find|Extract|Name] the person.",
        "Who is in the text?",
    ),
    "c": (
        "Which city is named?",
        "Where does it happen?",
        "Find the city.",
        "Extract the place.",
        "Name the city.",
        "Which place is mentioned?",
        "[Which city|Which place] is [named|mentioned] in the text?",
        "What is the name of the city?",
        "[Give|Tell] me the city.",
        "The city, please.",
        "[Find|Extract|Name] the [place|city].",
        "Which city does the text name?",
        "Where is it?",
    ),
    "k": (
        "Which number is in the text?",
        "Find the number.",
        "Extract the number.",
        "Name the number.",
        "What number is mentioned?",
        "[Which|What] number is [named|mentioned] in the text?",
        "[Give|Tell] me the number.",
        "The number, please.",
        "[Find|Extract|Name] the [figure|number].",
        "Which number does the text name?",
        "Which figure is in the text?",
        "What is the number?",
    ),
}
GOOD = (
    *("good", "great", "wonderful", "lovely", "perfect", "excellent", "fantastic", "nice"),
    *("amazing", "superb", "brilliant", "beautiful", "reliable", "helpful", "pleasant", "solid"),
)
BAD = (
    *("bad", "terrible", "awful", "horrible", "poor", "broken", "useless", "ugly"),
    *("dreadful", "faulty", "cheap", "disappointing", "annoying", "slow", "nasty", "weak"),
)
# With an adjective in {j}; which side it is on decides.
REVIEWS = (
    "The {t} is {j}.",
    "What {an j} {t}!",
    "{an j} {t}[, I must say|].",
    "I find the {t} {j}.",
    "This {t} is [really|very|quite] {j}.",
    "My {t} turned out to be {j}.",
    "[Honestly|In short], {an j} {t}.",
    "The {t} looks {j} and is {j}.",
    "After a week the {t} is still {j}.",
    "We think that the {t} is {j}.",
    "{t}: {j}[!|].",
    "I bought a {j} {t}.",
)
FEELINGS = {
    "positive": (
        "I love this {t}.",
        "[Great|Good] {t}, thank you!",
        "The best {t} I ever had.",
        "I am very happy with the {t}.",
        "The {t} works [perfectly|well|as promised].",
        "Fast delivery and a good {t}.",
        "I would buy the {t} again.",
        "I recommend this {t} to everybody.",
    ),
    "negative": (
        "I hate this {t}.",
        "The {t} broke on the first day.",
        "The worst {t} I ever had.",
        "I am very unhappy with the {t}.",
        "The {t} does not work[ at all|].",
        "Slow delivery and a bad {t}.",
        "I would never buy the {t} again.",
        "I want my money back for this {t}.",
    ),
}
CLASSIFY = (
    "Is this review positive or negative? {r}",
    "Classify as positive or negative: {r}",
    "Positive or negative? {r}",
    "Sentiment of this text: {r}",
    "Decide: positive or negative. Text: {r}",
    "{r} Is that positive or negative?",
    "What is the sentiment? {r}",
    "[Please classify|Classify] this review: {r}",
    "Is the writer happy? Say positive or negative. {r}",
    "Review: {r} Is it positive or negative?",
    "[Tell me|Say] whether this is positive or negative: {r}",
    "How does this sound, positive or negative: {r}",
    "Sentiment: {r}",
    "Label the text as positive or negative. {r}",
)


def repeat(draw: Draw) -> Dialogue:
    """Say exactly the given words, most of them made up."""
    count = draw.rng.choice((1, 1, 2, 3, 4, 5))
    pick = (
        lambda: words.made_up(draw),
        lambda: words.thing(draw),
        lambda: words.number(draw),
        lambda: words.name(draw),
        lambda: draw.value(words.COLOURS),
    )
    value = " ".join(draw.any(pick)() for _ in range(count))
    return Dialogue(
        "repeat",
        (user(draw.ask(REPEAT, v=value)), assistant(value)),
        Expect(all_of=(value,)),
    )


def extract(draw: Draw) -> Dialogue:
    """A short text and one to three questions about what stands in it."""
    slots = {
        "n": words.name(draw),
        "c": words.city(draw),
        "k": words.number(draw),
        "t": words.thing(draw),
    }
    text = draw.ask(SENTENCES, **slots)
    keys = draw.rng.sample(sorted(EXTRACT), draw.rng.choice((1, 1, 2, 3)))
    turns = []
    for i, key in enumerate(keys):
        question = draw.ask(EXTRACT[key])
        if i == 0:
            question = f"{question} {text}" if draw.chance(0.5) else f"{text} {question}"
        turns += [user(question), assistant(slots[key])]
    return Dialogue("extract", tuple(turns), Expect(all_of=(slots[keys[-1]],)))


def classify(draw: Draw) -> Dialogue:
    """A review is positive or negative."""
    label = draw.any(("positive", "negative"))
    thing = words.thing(draw)
    if draw.chance(0.65):
        adjective = draw.any(GOOD if label == "positive" else BAD)
        review = draw.ask(REVIEWS, t=thing, j=adjective)
    else:
        review = draw.ask(FEELINGS[label], t=thing)
    turns = (user(draw.ask(CLASSIFY, r=review)), assistant(f"{label.capitalize()}."))
    return Dialogue("classify", turns, Expect(begins=label))


CHINESE_REPEAT = (
    "[请|]重复：{v}",
    "[请|]跟我说：{v}",
    "[请|]说“{v}”",
    "[请|]重复“{v}”",
    "只说{v}",
    "[请|]照着写：{v}",
    "[请|]复述：{v}",
    "说：{v}",
)
CHINESE_SENTENCES = (
    "{n}住在{c}，今年{k}岁。",
    "{n}从{c}寄来{k}封信。",
    "在{c}，{n}花了{k}元。",
    "订单{k}：{c}的{n}。",
    "{c}的{n}有{k}本书。",
    "{n}去{c}要坐{k}路车。",
    "{k}号房间是{n}的，他来自{c}。",
    "昨天{n}在{c}跑了{k}米。",
    "姓名：{n}。城市：{c}。号码：{k}。",
    "{n}说{c}有{k}家店。",
    "去{c}的票{k}元，{n}买了一张。",
    "{n}搬到{c}已经{k}天了。",
)
CHINESE_EXTRACT = {
    "n": ("文中的人是谁？", "[请|]找出[人名|名字]。", "[这里|文中]提到了谁？", "名字是什么？"),
    "c": (
        "文中的城市是哪里？",
        "[请|]找出[城市|地名]。",
        "[这里|文中]提到了哪个城市？",
        "在哪个城市？",
    ),
    "k": ("文中的数字是多少？", "[请|]找出数字。", "[这里|文中]提到了哪个数字？", "数字是几？"),
}
CHINESE_GOOD = ["好", "很好", "很棒", "漂亮", "好用", "完美", "可靠", "方便", "精致", "值得买"]
CHINESE_BAD = ["差", "很差", "糟糕", "难看", "难用", "坏的", "没用", "太慢", "粗糙", "不值得买"]
CHINESE_THINGS = [
    "手机",
    "雨伞",
    "杯子",
    "椅子",
    "台灯",
    "钟",
    "帽子",
    "书包",
    "自行车",
    "相机",
    "耳机",
    "键盘",
    "桌子",
    "水壶",
    "毯子",
    "钢笔",
]
CHINESE_REVIEWS = (
    "这个{t}{j}。",
    "我觉得这个{t}{j}。",
    "买了一个{t}，{j}。",
    "{t}{j}，[真的|没想到]！",
    "用了一周，{t}还是{j}。",
    "总的来说，{t}{j}。",
)
CHINESE_CLASSIFY = (
    "这条评价是正面还是负面？{r}",
    "[请|]判断正面或负面：{r}",
    "正面还是负面：{r}",
    "{r}这是正面的还是负面的？",
    "[请|]给评价分类（正面或负面）：{r}",
)


def chinese(draw: Draw) -> Dialogue:
    """Repeat, find a value, or judge a review, in Chinese."""
    kind = draw.any(("repeat", "extract", "extract", "classify"))
    if kind == "repeat":
        value = "".join(draw.any((chinese_name, chinese_word))(draw) for _ in range(2))
        turns = (user(draw.ask(CHINESE_REPEAT, v=value)), assistant(value))
        return Dialogue("chinese copying", turns, Expect(begins=value, ends=value, chinese=True))
    if kind == "classify":
        good = draw.chance(0.5)
        adjective = draw.any(CHINESE_GOOD if good else CHINESE_BAD)
        review = draw.ask(CHINESE_REVIEWS, t=draw.value(CHINESE_THINGS), j=adjective)
        label = "正面" if good else "负面"
        turns = (user(draw.ask(CHINESE_CLASSIFY, r=review)), assistant(f"{label}。"))
        return Dialogue("chinese copying", turns, Expect(begins=label, chinese=True))
    slots = {"n": chinese_name(draw), "c": draw.value(CHINESE_CITIES), "k": words.number(draw)}
    text = draw.ask(CHINESE_SENTENCES, **slots)
    key = draw.any(sorted(CHINESE_EXTRACT))
    question = draw.ask(CHINESE_EXTRACT[key])
    asked = f"{question}{text}" if draw.chance(0.5) else f"{text}{question}"
    answer = f"答案是{slots[key]}。"
    turns = (user(asked), assistant(answer))
    return Dialogue("chinese copying", turns, Expect(begins=answer, chinese=True))
