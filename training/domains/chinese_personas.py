"""Written personas in Chinese: what each is asked in its field, and what it answers."""

import re
from dataclasses import dataclass

from training.dialogue import Dialogue, Expect, assistant, system, user
from training.domains.chinese_roles_text import DECLINED, I_AM, REFUSE, SYSTEMS, WHO
from training.grammar import Draw

# Where Chinese and Latin letters meet.
_SEAM = re.compile(r"(?<=[\u4e00-\u9fff])(?=[A-Za-z])|(?<=[A-Za-z])(?=[\u4e00-\u9fff])")
# Questions, answers, and words of which one has to occur.
QA = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Persona:
    """A role, its field, and the questions that it can answer."""

    titles: tuple[str, ...]
    field: str
    qa: tuple[QA, ...]


PERSONAS = (
    Persona(
        ("Java 专家", "Java 老师", "Java 开发者"),
        "Java",
        (
            (
                ("什么是类", "类是什么", "[请|]解释类", "类有什么用", "怎么理解类"),
                ("类是对象的蓝图，它规定字段和方法。",),
                ("蓝图",),
            ),
            (
                ("什么是接口", "接口是什么", "[请|]解释接口", "接口有什么用", "为什么需要接口"),
                ("接口列出类必须实现的方法，是一种约定。",),
                ("约定", "方法"),
            ),
            (
                ("怎么比较字符串", "字符串怎么比较", "== 和 equals 有什么区别", "为什么用 equals"),
                ("用 equals 比较字符串的内容，== 只比较是不是同一个对象。",),
                ("equals",),
            ),
            (
                ("什么是异常", "怎么处理异常", "异常是什么", "try 和 catch 怎么用"),
                ("异常报告一个问题，用 try 和 catch 来处理。",),
                ("catch",),
            ),
            (
                ("用哪种列表", "怎么创建列表", "什么是 ArrayList", "ArrayList 怎么用"),
                ("ArrayList 是会自动变长的列表，多数情况下用它就好。",),
                ("变长",),
            ),
        ),
    ),
    Persona(
        ("产品经理", "产品顾问", "资深产品经理"),
        "产品管理",
        (
            (
                ("什么是用户故事", "用户故事怎么写", "[请|]解释用户故事", "用户故事是什么"),
                ("用户故事用一句话说明谁要什么、为什么。",),
                ("谁", "一句话"),
            ),
            (
                ("怎么排优先级", "优先级怎么定", "先做哪个功能", "如何决定优先级"),
                ("先比较价值和成本，价值高、成本低的先做。",),
                ("价值",),
            ),
            (
                ("什么是最小可行产品", "什么是 MVP", "MVP 是什么", "[请|]解释 MVP"),
                ("最小可行产品是能验证想法的最小版本。",),
                ("最小版本",),
            ),
            (
                ("怎么做用户访谈", "用户访谈怎么做", "访谈要注意什么", "如何访谈用户"),
                ("访谈时多听少说，问具体发生过的事。",),
                ("多听",),
            ),
            (
                ("怎么写路线图", "什么是路线图", "路线图有什么用", "路线图怎么做"),
                ("路线图说明目标和先后顺序，而不是每个细节。",),
                ("目标",),
            ),
        ),
    ),
    Persona(
        ("数据分析师", "数据专家", "数据老师"),
        "数据分析",
        (
            (
                ("平均数和中位数有什么区别", "什么是中位数", "中位数是什么", "什么时候用中位数"),
                ("中位数是排序后中间的值，不受极端值影响。",),
                ("中间",),
            ),
            (
                ("什么是 SQL", "SQL 是什么", "SQL 有什么用", "[请|]解释 SQL"),
                ("SQL 是查询数据库的语言。",),
                ("数据库",),
            ),
            (
                ("用什么图表", "怎么选图表", "什么时候用折线图", "图表怎么选"),
                ("看变化用折线图，比大小用柱状图。",),
                ("折线图",),
            ),
            (
                ("什么是 A/B 测试", "A/B 测试怎么做", "A/B 测试有什么用", "[请|]解释 A/B 测试"),
                ("A/B 测试把用户随机分成两组，比较两个版本。",),
                ("两组",),
            ),
            (
                ("数据有缺失怎么办", "怎么处理缺失值", "缺失值怎么办", "什么是缺失值"),
                ("先弄清楚为什么缺失，再决定删除还是填补。",),
                ("缺失", "填补"),
            ),
        ),
    ),
    Persona(
        ("厨师", "大厨", "烹饪老师"),
        "做饭",
        (
            (
                ("怎么煮米饭", "米饭怎么煮", "米和水放多少", "煮饭要注意什么"),
                ("一杯米加大约一杯半水，小火煮熟后焖十分钟。",),
                ("一杯",),
            ),
            (
                ("怎么煮面条", "面条怎么煮", "意大利面怎么做", "煮面要多久"),
                ("水开后加盐，面条煮到稍硬就捞出来。",),
                ("水开",),
            ),
            (
                ("怎么切洋葱不流泪", "切洋葱流泪怎么办", "洋葱怎么切", "切洋葱有什么办法"),
                ("把洋葱冰一下，再用快刀切。",),
                ("洋葱",),
            ),
            (
                ("菜太咸怎么办", "汤太咸怎么办", "盐放多了怎么办", "太咸了怎么补救"),
                ("加一点水或土豆，可以减轻咸味。",),
                ("土豆",),
            ),
            (
                ("怎么煎鸡蛋", "鸡蛋怎么煎", "煎蛋要注意什么", "[请|]教我煎蛋"),
                ("锅热放油，小火慢煎，蛋白凝固就好。",),
                ("小火",),
            ),
        ),
    ),
    Persona(
        ("旅行顾问", "导游", "旅行专家"),
        "旅行",
        (
            (
                ("旅行要带什么", "行李怎么收拾", "怎么打包行李", "行李带什么"),
                ("先列清单，衣服少带，证件和药一定要带。",),
                ("清单",),
            ),
            (
                ("怎么省钱", "旅行怎么省钱", "便宜的旅行怎么安排", "怎么买便宜的票"),
                ("避开假期，提早订票，多坐公共交通。",),
                ("提早",),
            ),
            (
                ("什么时候去旅行好", "哪个季节好", "几月出发好", "什么时候出发"),
                ("春天和秋天人少，天气也舒服。",),
                ("春天",),
            ),
            (
                ("坐火车还是飞机", "火车好还是飞机好", "怎么选交通工具", "要不要坐火车"),
                ("近的地方坐火车更方便，远的地方坐飞机更快。",),
                ("火车",),
            ),
            (
                ("一个人旅行安全吗", "怎么保证安全", "旅行安全要注意什么", "独自旅行怎么办"),
                ("告诉家人你的行程，重要的东西分开放。",),
                ("行程",),
            ),
        ),
    ),
    Persona(
        ("健身教练", "运动教练", "私人教练"),
        "健身",
        (
            (
                ("怎么开始锻炼", "初学者怎么练", "如何开始健身", "第一次健身做什么"),
                ("从每周两三次、每次半小时开始，慢慢增加。",),
                ("每周",),
            ),
            (
                ("运动前要热身吗", "怎么热身", "为什么要热身", "热身做什么"),
                ("热身五到十分钟，可以减少受伤。",),
                ("受伤",),
            ),
            (
                ("肌肉酸痛怎么办", "锻炼后酸痛怎么办", "酸痛还能练吗", "肌肉疼怎么办"),
                ("休息一两天，轻轻活动，多睡觉。",),
                ("休息",),
            ),
            (
                ("深蹲怎么做", "怎么做深蹲", "深蹲要注意什么", "[请|]教我深蹲"),
                ("背挺直，膝盖对着脚尖，慢慢蹲下去。",),
                ("膝盖",),
            ),
            (
                ("每周练几次", "多久练一次", "一周锻炼几次好", "锻炼多少次合适"),
                ("每周三次左右，中间留出休息的日子。",),
                ("三次",),
            ),
        ),
    ),
)


def _spaced(draw: Draw, text: str) -> str:
    """``text`` with or without blanks around words of Latin letters, as people write both."""
    return _SEAM.sub(" ", text) if draw.chance(0.5) else text


def persona(draw: Draw) -> Dialogue:
    """Questions from the persona's field, answered; from another's field, declined."""
    cast = draw.any(PERSONAS)
    slots = {"r": draw.any(cast.titles), "f": cast.field}
    messages = [system(_spaced(draw, draw.ask(SYSTEMS, **slots)))]
    expect = Expect()
    for _ in range(draw.rng.choice((1, 1, 2, 3))):
        kind = draw.rng.random()
        asked = draw.any([one for one in PERSONAS if one is not cast]) if kind < 0.35 else cast
        questions, answers, telling = draw.any(asked.qa)
        if kind < 0.1:
            question, answer = draw.ask(WHO), draw.say(I_AM, **slots)
            expect = Expect(all_of=(cast.field,), chinese=True)
        elif asked is not cast:
            question, answer = draw.phrase(questions), draw.say(REFUSE, **slots)
            expect = Expect(any_of=DECLINED, all_of=(cast.field,), chinese=True)
        else:
            question, answer = draw.phrase(questions), draw.say(answers)
            expect = Expect(any_of=telling, chinese=True)
        messages += [user(_spaced(draw, question) + draw.any(("？", "", "?"))), assistant(answer)]
    return Dialogue("chinese persona", tuple(messages), expect, joins=False)
