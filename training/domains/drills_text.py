"""Tables to look something up in, in both languages; the words of `drills`."""

# One entry of a table, with the key {a} and the value {b}, and how it is asked for.
ENTRIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "Box {a} holds {b}.",
        (
            "What is in box {a}?",
            "[Which word|What] does box {a} hold?",
            "[Please |]open box {a}.",
            "[Tell|Give] me what box {a} holds.",
            "[And |]box {a}?",
        ),
    ),
    (
        "{a} = {b}.",
        (
            "What is {a}?",
            "[Tell|Give|Show] me {a}.",
            "[Which|What] value has {a}?",
            "[And |]{a}?",
            "The value of {a}[, please|].",
        ),
    ),
    (
        "{a}: {b}.",
        (
            "What stands behind {a}?",
            "[Tell|Give|Show] me the word for {a}.",
            "[Which|What] word belongs to {a}?",
            "[And |]{a}?",
            "Look up {a}.",
        ),
    ),
    (
        "{a} has the {b}.",
        (
            "What does {a} have?",
            "[Which|What] thing has {a}?",
            "[Tell me what|Say what] {a} has.",
            "[And |]{a}?",
            "The thing of {a}[, please|].",
        ),
    ),
    (
        "The code of {a} is {b}.",
        (
            "What is the code of {a}?",
            "[Tell|Give] me the code of {a}.",
            "[Which|What] code has {a}?",
            "The code [of|for] {a}[, please|].",
            "[Find|Look up] the code of {a}.",
        ),
    ),
    (
        "{a} means {b}.",
        (
            "What does {a} mean?",
            "[Tell|Give] me the meaning of {a}.",
            "[And |]{a}?",
            "The meaning of {a}[, please|].",
            "[Translate|Look up] {a}.",
        ),
    ),
    (
        "{a} lives in {b}.",
        (
            "Where does {a} live?",
            "[Tell|Show] me where {a} lives.",
            "In which place does {a} live?",
            "[And |]{a}?",
            "The home of {a}[, please|].",
            "[Find|Look up] the home of {a}.",
            "[Do you know|Can you say] where {a} lives?",
        ),
    ),
    (
        "Drawer {a} contains {b}.",
        (
            "What does drawer {a} contain?",
            "[What|Which thing] is in drawer {a}?",
            "[Please |]open drawer {a}.",
            "[Tell|Show] me what drawer {a} contains.",
            "[And |]drawer {a}?",
            "The content of drawer {a}[, please|].",
            "[Look|See] into drawer {a}.",
        ),
    ),
    (
        "{a} bought {b}.",
        (
            "What did {a} buy?",
            "[Tell me|Say] what {a} bought.",
            "[Which thing|What] was bought by {a}?",
            "[And |]{a}?",
            "The purchase of {a}[, please|].",
            "[Look up|Find] what {a} bought.",
        ),
    ),
    (
        "Number {a} is {b}.",
        (
            "[What|Which] is number {a}?",
            "[Tell|Give] me number {a}.",
            "Number {a}[, please|].",
            "[And |]number {a}?",
            "What stands at number {a}?",
            "[Find|Look up] number {a}.",
        ),
    ),
    (
        "{a} -> {b}.",
        (
            "What does {a} lead to?",
            "[Tell|Give] me the target of {a}.",
            "[And |]{a}?",
            "Where does {a} point[ to|]?",
            "[Follow|Look up] {a}.",
            "[Which|What] word does the arrow of {a} show?",
        ),
    ),
    (
        "The key {a} opens {b}.",
        (
            "What does the key {a} open?",
            "[What|Which thing] is opened by the key {a}?",
            "[And |]the key {a}?",
            "[Tell me|Say] what the key {a} opens.",
            "[Use|Try] the key {a}.",
            "What do I open with the key {a}?",
        ),
    ),
    (
        "For {a} we chose {b}.",
        (
            "What did we choose for {a}?",
            "[Tell me|Say] what we chose for {a}.",
            "[And |]for {a}?",
            "[Which|What] was the choice for {a}?",
            "Our choice for {a}[, please|].",
            "[Look up|Find] the choice for {a}.",
        ),
    ),
    (
        "{b} belongs to {a}.",
        (
            "What belongs to {a}?",
            "[Tell me|Say] what belongs to {a}.",
            "[Which thing|What] is owned by {a}?",
            "[And |]{a}?",
            "What does {a} own?",
            "[Find|Look up] what belongs to {a}.",
        ),
    ),
)
CHINESE_ENTRIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "{a}号箱里是{b}。",
        (
            "{a}号箱里[是什么|有什么]？",
            "[请|]打开{a}号箱。",
            "[请|]告诉我{a}号箱里[是什么|有什么]。",
            "{a}号箱呢？",
        ),
    ),
    ("{a}＝{b}。", ("{a}是什么？", "[请|]告诉我{a}[是什么|]。", "{a}呢？", "[请|]查{a}。")),
    (
        "{a}：{b}。",
        ("{a}后面是什么？", "[请|]查{a}。", "{a}呢？", "[请|]告诉我{a}[后面|]是什么。"),
    ),
    (
        "{a}的密码是{b}。",
        ("{a}的密码是什么？", "[请|]告诉我{a}的密码。", "{a}的密码呢？", "[请|]查{a}的密码。"),
    ),
    (
        "{a}拿着{b}。",
        ("{a}拿着什么？", "[请|]告诉我{a}拿着什么。", "{a}呢？", "[请|]说出{a}拿的东西。"),
    ),
    (
        "{a}的意思是{b}。",
        ("{a}是什么意思？", "[请|]解释{a}。", "{a}呢？", "[请|]告诉我{a}的意思。"),
    ),
    (
        "{a}住在{b}。",
        (
            "{a}住在哪里？",
            "[请|]告诉我{a}住[在|]哪儿。",
            "{a}呢？",
            "[请|]说出{a}住的地方。",
            "{a}的家在哪里？",
            "[你|]知道{a}住哪[里|儿]吗？",
        ),
    ),
    (
        "{a}买了{b}。",
        (
            "{a}买了什么？",
            "[请|]告诉我{a}买了什么。",
            "{a}呢？",
            "[请|]说出{a}买的东西。",
            "[什么|哪样]东西是{a}买的？",
            "{a}买的是什么？",
        ),
    ),
    (
        "{a}的代号是{b}。",
        (
            "{a}的代号是什么？",
            "[请|]告诉我{a}的代号。",
            "{a}的代号呢？",
            "[请|]查[一下|]{a}的代号。",
            "[你|]知道{a}的代号吗？",
            "{a}用什么代号？",
        ),
    ),
    (
        "{a}对应{b}。",
        (
            "{a}对应什么？",
            "[请|]告诉我{a}对应[什么|哪个词]。",
            "{a}呢？",
            "[请|]查[一下|]{a}。",
            "[什么|哪个词]和{a}对应？",
            "[和|跟]{a}对应的是什么？",
        ),
    ),
    (
        "抽屉{a}里放着{b}。",
        (
            "抽屉{a}里[放着|有|是]什么？",
            "[请|]打开抽屉{a}。",
            "抽屉{a}呢？",
            "[请|]告诉我抽屉{a}里[放着|有|是]什么。",
            "[请|]看看抽屉{a}里[有|放着]什么。",
            "什么[东西|]放在抽屉{a}里？",
        ),
    ),
    (
        "{b}属于{a}。",
        (
            "什么属于{a}？",
            "[请|]告诉我什么属于{a}。",
            "{a}呢？",
            "{a}有什么？",
            "[哪个东西|什么东西]是{a}的？",
            "[请|]说出{a}的东西。",
        ),
    ),
    (
        "{a}喜欢{b}。",
        (
            "{a}喜欢什么？",
            "[请|]告诉我{a}喜欢什么。",
            "{a}呢？",
            "[请|]说出{a}喜欢的东西。",
            "[什么|哪样]东西是{a}喜欢的？",
            "{a}喜欢的是什么？",
        ),
    ),
)
