"""System messages, questions and programs of the code interpreter; the wordings of `code`."""

from dataclasses import dataclass

SYSTEMS = (
    "You are connected to a computer and can run Python code.",
    "You can run Python code on a computer[ and see its output|].",
    "[Use|Solve tasks with] Python code. You get the output of each program.",
    "You have a Python interpreter. [Use it to solve the task.|Use it for sums and lists.|]",
    "You are an assistant with a code interpreter. [Run code when it helps.|]",
    "A Python interpreter is at hand. [Write code, read its output, then answer.|]",
    "You work on a computer with Python. Write a program when something must be computed.",
    "Solve tasks by writing and running Python code.",
    "You may execute Python code. [There is no internet.|]",
    "Code interpreter: on. [Answer with a program first.|]",
    "You are a computing assistant. Programs that you write in Python are run for you.",
    "The interpreter runs your Python code[ and returns what it prints|].",
    "[You have|There is|You can use] [a Python interpreter|Python|a code interpreter]. [Write|Run|Use] [code|a program] [for each task|first|to solve the task].",
    "[Code interpreter|Python interpreter|Python|Interpreter]: [ready|running|yes|there]. [Write a program first.|]",
    "[Answer|Reply|Work] with [code|Python|a program|Python code]. [You are shown its output.|]",
    "[The user's tasks|All tasks|Tasks] are solved by [running code|a program|Python|Python code].",
    "[You are|Act as] [a programmer|a computer|a calculator] with [Python|an interpreter|a code interpreter].",
    "[First|For each task] [write|run] [code|a program|Python code], then [tell|give] the [result|answer].",
    "[Write|Run] [programs|code|Python] [to answer|for the user|when asked].",
    "你连接着一台电脑，可以运行 Python 代码。",
    "你可以运行 Python 代码并得到结果。[没有网络。|]",
    "请用 Python 代码解决问题。",
    "[你有|这里有|可以用][一个|] Python 解释器。[先写代码，再回答。|请运行代码。|]",
    "[代码解释器|解释器|Python]：[打开|已打开|可以用]。[先写程序。|]",
    "[请|][先|]写 [Python |]代码，[看|读]结果，再回答。",
    "[用户的问题|问题|任务][都|]用[代码|程序| Python ]解决。",
)


@dataclass(frozen=True, slots=True)
class Task:
    """``value`` names what the task is about: numbers, a word, or a sentence with a letter.

    Programs hold ``{v}`` (the list or the text as a Python literal) and ``{c}`` (a letter). The
    answer is made from the output ``{r}``; a plot has none.
    """

    name: str
    value: str
    ask: tuple[str, ...]
    programs: tuple[str, ...]
    answers: tuple[str, ...]


def _asked(noun: str) -> tuple[str, ...]:
    """Ways to ask for what ``noun`` names, such as "the [sum|total]", of a list of numbers."""
    return tuple(
        frame.replace("{p}", noun)
        for frame in (
            "[please |can you |could you ][compute|calculate|find|print] {p} of {l}",
            "[please |][tell|give|show] me {p} of [the numbers |these numbers |the list |]{l}",
            "[I need|I want|we need|I would like] {p} of [the numbers |these numbers |the list |]{l}",
            "[what is|what's] {p} of [the numbers |these numbers |the list |]{l}",
            "[my numbers are|the numbers are|here is a list:|numbers:] {l}. [compute|find|give me] {p}",
            "[my numbers are|the numbers are|here is a list:|numbers:] {l}. What is {p}",
            "for [the numbers |the list |]{l}, [what is|compute|find] {p}",
            "{l}: [compute|find|give me|what is] {p}",
            "[use code|use Python|run code] to [find|compute|print] {p} of {l}",
            "[now|next|then] [compute|find|print|give me] {p} of {l}",
            "{p} of [the numbers|these numbers|the list]: {l}",
            "{p} of {l}[, please|]",
        )
    )


def _of_word(noun: str) -> tuple[str, ...]:
    """Ways to ask for what ``noun`` names, such as "the length", of a word."""
    return tuple(
        frame.replace("{p}", noun)
        for frame in (
            "[please |can you |could you ][compute|calculate|find|print] {p} of [the word |]{w}",
            "[please |][tell|give|show] me {p} of [the word |]{w}",
            "[I need|I want|we need|I would like] {p} of [the word |]{w}",
            "[what is|what's] {p} of [the word |this word: |]{w}",
            "[my word is|the word is|here is a word:|word:] {w}. [compute|find|give me] {p}",
            "[my word is|the word is|here is a word:|word:] {w}. What is {p}",
            "for [the word |]{w}, [what is|compute|find] {p}",
            "[use code|use Python|run code] to [find|compute|print] {p} of {w}",
            "[now|next|then] [compute|find|print|give me] {p} of {w}",
            "{p} of [the word|this word]: {w}",
        )
    )


def _in_chinese(noun: str) -> tuple[str, ...]:
    """Ways to ask in Chinese for what ``noun`` names of a list of numbers or a word."""
    return tuple(
        frame.replace("{p}", noun)
        for frame in (
            "[请|帮我|请帮我|]计算 {l} 的{p}",
            "[请|帮我|][求|算|算出|算一下|找出|给出] {l} 的{p}",
            "{l} 的{p}[是多少|是什么|呢|]",
            "用[代码| Python |程序][计算|算出|求] {l} 的{p}",
            "[告诉我|我要|我想知道|我需要] {l} 的{p}",
            "[数字|这些数字|我的数字][是|：]{l}。[求|计算|给出]{p}",
            "{p}：{l}",
        )
    )


TASKS = (
    Task(
        "sum",
        "numbers",
        (
            "what is the sum of {l}",
            "[please |]add up {l}",
            "add [these numbers|the numbers|]: {l}",
            "[calculate|compute] the sum of {l}",
            "sum of {l}",
            "sum up {l}",
            "how much is {l} [together|in total|altogether]",
            "what do {l} add up to",
            "[find|give me|I need] the [sum|total] of {l}",
            "total of {l}[, please|]",
            "what is the total of [the numbers|] {l}",
            "{l}: what is the sum",
            "{l}[ 的和是多少| 加起来是多少]",
            "[请|]计算 {l} 的[和|总和]",
            *_asked("the [sum|total]"),
            *_in_chinese("[和|总和]"),
        ),
        ("print(sum({v}))",),
        ("The sum is {r}.", "[Together they are|The total is] {r}."),
    ),
    Task(
        "mean",
        "numbers",
        (
            "what is the mean of {l}",
            "what is the average of {l}",
            "[calculate|compute] the [mean|average] of {l}",
            "[mean|average] of {l}[, please|]",
            "[find|give me|I need] the [mean|average] of {l}",
            "the mean value of {l}",
            "what do {l} average to",
            "average [these numbers|the numbers]: {l}",
            "{l}: what is the [mean|average]",
            "how big is the average of {l}",
            "what is the mean of the numbers {l}",
            "take the [average|mean] of {l}",
            "{l} 的平均数是多少",
            "[请|]计算 {l} 的平均值",
            *_asked("the [mean|average]"),
            *_in_chinese("[平均数|平均值]"),
        ),
        ("numbers = {v}\nprint(sum(numbers) / len(numbers))",),
        ("The mean is {r}.", "The average is {r}."),
    ),
    Task(
        "sort",
        "numbers",
        (
            "sort {l}",
            "sort [these numbers|the numbers|the list]: {l}",
            "[please |]put {l} in order",
            "order [these numbers|the numbers|] {l}",
            "arrange {l} from small to large",
            "what is {l} in sorted order",
            "[bring|put] the numbers {l} into order",
            "can you sort {l}",
            "I need {l} sorted",
            "{l}: sort them[, please|]",
            "sorted list of {l}",
            "give me {l} in ascending order",
            "[请|]把 {l} 排序",
            "[请|]将 {l} 从小到大排列",
            *_asked("the sorted list"),
            "[请|帮我|]把 {l} [排序|排好|从小到大排列]",
            "[请|帮我|][排序|从小到大排列]：{l}",
            "{l}，[请|]从小到大[排|排列]",
            "用[代码| Python |程序]给 {l} 排序",
            "[给|为] {l} 排[序|一下序]",
        ),
        ("print(sorted({v}))",),
        ("Sorted: {r}.", "In order they are {r}."),
    ),
    Task(
        "largest",
        "numbers",
        (
            "what is the largest of {l}",
            "which number is the [largest|biggest|highest]: {l}",
            "[find|give me] the [largest|biggest|highest] of {l}",
            "largest number in {l}",
            "the [maximum|highest value] of {l}",
            "what is the maximum of {l}",
            "which of {l} is the [largest|biggest]",
            "[compute|find] the maximum of {l}",
            "maximum of {l}[, please|]",
            "{l}: which is the [largest|biggest|highest]",
            "I need the [maximum|largest number] of {l}",
            "what is the biggest number among {l}",
            "{l} 中最大的[是哪个|是多少]",
            "[请|]找出 {l} 的最大值",
            *_asked("the [largest|biggest|maximum]"),
            *_in_chinese("[最大值|最大的数]"),
        ),
        ("print(max({v}))",),
        ("The largest is {r}.", "The maximum is {r}."),
    ),
    Task(
        "smallest",
        "numbers",
        (
            "what is the smallest of {l}",
            "which number is the [smallest|lowest]: {l}",
            "[find|give me] the [smallest|lowest] of {l}",
            "smallest number in {l}",
            "the [minimum|lowest value] of {l}",
            "what is the minimum of {l}",
            "which of {l} is the smallest",
            "[compute|find] the minimum of {l}",
            "minimum of {l}[, please|]",
            "{l}: which is the [smallest|lowest]",
            "I need the [minimum|smallest number] of {l}",
            "what is the lowest number among {l}",
            "{l} 中最小的[是哪个|是多少]",
            "[请|]找出 {l} 的最小值",
            *_asked("the [smallest|lowest|minimum]"),
            *_in_chinese("[最小值|最小的数]"),
        ),
        ("print(min({v}))",),
        ("The smallest is {r}.", "The minimum is {r}."),
    ),
    Task(
        "count",
        "letter",
        (
            "how many times does {c} occur in {w}",
            "how many {c} are in {w}",
            "count the letter {c} in {w}",
            "how often [does|is] the letter {c} [occur |]in {w}",
            "count {c} in [the word |]{w}",
            "how many letters {c} has {w}",
            "number of {c} in {w}",
            "how often do you find {c} in {w}",
            "[please |]count how many {c} {w} has",
            "in {w}, how many {c} are there",
            "what is the number of {c} in the word {w}",
            "how many times is {c} in {w}",
            "{w} 里有几个 {c}",
            "[请|]数一数 {w} 中的字母 {c}",
            "[请|帮我|][数|算|算一下] {w} [里|中]有[几|多少]个[字母|] {c}",
            "[字母|] {c} 在 {w} [里|中]出现[几|多少]次",
            "用[代码| Python |程序]数 {w} [里|中]的 {c}",
            "[please |can you |could you |][count|find] [the letter |every |all ]{c} in [the word |]{w}",
            "[tell|show|give] me how [often|many times] {c} [occurs|is] in [the word |]{w}",
            "[the|my] word is {w}. How [often|many times] [does {c} occur|is {c} in it]",
            "[I need|I want|find|compute|print] the number of {c} in [the word |]{w}",
            "[use code|use Python|run code] to count [the letter |]{c} in {w}",
            "[now|next|then] count [the letter |]{c} in [the word |]{w}",
            "[what is|compute|find] the count of [the letter |]{c} in [the word |]{w}",
        ),
        ('print("{w}".count("{c}"))',),
        ("The count is {r}.", "I count {r}."),
    ),
    Task(
        "length",
        "word",
        (
            "how many letters has {w}",
            "how long is [the word |]{w}",
            "count the letters of {w}",
            "what is the length of {w}",
            "[find|give me] the length of [the word |]{w}",
            "length of {w}[, please|]",
            "how many letters are in {w}",
            "number of letters in {w}",
            "how many letters does {w} have",
            "[compute|calculate] the length of {w}",
            "{w}: how many letters",
            "I need the length of the word {w}",
            "{w} 有[几|多少]个字母",
            "[请|]计算 {w} 的长度",
            *_of_word("the length"),
            "[请|帮我|][数|算|算一下] {w} [有多少个字母|的字母数]",
            "[单词|这个词|词] {w} [有多长|的长度是多少|有几个字母]",
            "用[代码| Python |程序]计算 {w} 的长度",
        ),
        ('print(len("{w}"))',),
        ("It has {r} letters.", "The length is {r}."),
    ),
    Task(
        "reverse",
        "word",
        (
            "reverse {w}",
            "write {w} backwards",
            "what is {w} backwards",
            "[spell|read|say] {w} backwards",
            "turn [the word |]{w} around",
            "reverse the word {w}",
            "{w} in reverse[, please|]",
            "what is the reverse of {w}",
            "can you reverse {w}",
            "give me {w} from back to front",
            "I need {w} reversed",
            "reverse the letters of {w}",
            "[请|]把 {w} 倒过来",
            "{w} 倒着[写|读]是什么",
            *_of_word("the reverse"),
            "[请|帮我|]把[单词|这个词|] {w} [倒过来写|反过来|反着写]",
            "[单词|这个词|词] {w} [倒过来|反过来][是什么|怎么写]",
            "用[代码| Python |程序]把 {w} 倒过来",
        ),
        ('print("{w}"[::-1])',),
        ("Backwards it is {r}.", "Reversed: {r}."),
    ),
    Task(
        "plot",
        "numbers",
        (
            "plot {l}",
            "[draw|make|show me] a [plot|chart|line chart] of {l}",
            "plot [these numbers|the numbers|the list]: {l}",
            "draw {l} as a line",
            "can you plot {l}",
            "[please |]plot the values {l}",
            "I need a [plot|chart] of {l}",
            "chart {l}",
            "show {l} in a [plot|chart]",
            "make a picture of the numbers {l}",
            "a [plot|chart] with {l}[, please|]",
            "visualise {l}",
            "[请|]画出 {l} 的折线图",
            "[请|]用图表示 {l}",
            "[请|帮我|]画[出|一下|] {l} 的[图|线图|曲线]",
            "[请|帮我|]把 {l} 画成[图|线图|折线图|曲线]",
            "用[代码| Python |程序]画 {l}",
            "[给|为] {l} 画[一张图|图|一条折线]",
            "[图|折线图]：{l}",
            "[我要|我想看] {l} 的[图|折线图]",
            "[please |can you |could you ][draw|make|show me|give me] a [plot|chart] of {l}",
            "[please |][draw|plot|chart|show] [the numbers |these numbers |the list |]{l}",
            "[I need|I want|we need|I would like] a [plot|chart] of [the numbers |the list |]{l}",
            "[my numbers are|the numbers are|here is a list:|numbers:] {l}. [plot|draw|chart] them",
            "[use code|use Python|run code] to [plot|draw|chart] {l}",
            "[now|next|then] [plot|draw|chart] {l}",
            "a [plot|chart] of [the numbers|these numbers|the list]: {l}",
        ),
        ('import matplotlib.pyplot as plt\n\nplt.plot({v})\nplt.savefig("plot.png")',),
        ("The plot is in plot.png.", "I have drawn the plot: plot.png."),
    ),
)
