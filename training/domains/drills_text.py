"""Tables, lists and sentences to look something up in, in both languages; the words of `drills`."""

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
)
# About a list whose words are {w}, with the word {a} before {b}.
LISTS = (
    "The list is: {w}.",
    "[Here is a|This is my|A] list: {w}.",
    "[Look at|Take|Read] these words: {w}.",
    "[My|The|Our] words are {w}.",
    "[Words|List|Row]: {w}.",
)
AFTER = (
    "Which word [comes|stands|is] [right |]after {a}?",
    "What [comes|stands|follows] [right |]after {a}?",
    "[Name|Say|Write|Give me] the word after {a}.",
    "The word [right |]behind {a}[, please|].",
    "[And |]what is next to the right of {a}?",
)
FIRST = (
    "Which word is [the first|first]?",
    "[Name|Say|Write|Give me] the first word.",
    "The first word[, please|].",
    "What does the list begin with?",
    "With which word does it [begin|start]?",
)
LAST = (
    "Which word is [the last|last]?",
    "[Name|Say|Write|Give me] the last word.",
    "The last word[, please|].",
    "What does the list end with?",
    "With which word does it [end|finish]?",
)
AGAIN = (
    "[Repeat|Say|Write|Copy] the list.",
    "[Say|Write|Give me] all the words[ again|].",
    "[Repeat|Copy] all words of the list.",
    "The whole list[, please|].",
    "What are the words?",
)
# What stands before, between and after words that are asked for with blanks between them.
SHELLS = (
    ('"', '" "', '"'),
    ('"', '", "', '"'),
    ("'", "', '", "'"),
    ("", "_", ""),
    ('"', "_", '"'),
    ("", "/", ""),
    ("(", ") (", ")"),
    ("“", "”“", "”"),
    ("", "-", ""),
    ("=", "=", ""),
)
RESPELL = (
    "[Only the words|The words only|Just the words]: {v}",
    "[Please |][say|write|read|give] the words [in|of] {v}",
    "[Which|What] words [are|stand] in {v}",
    "{v}: [say|write|read] [only |]the words",
    "[Write|Put|Say] {v} with blanks[ between the words|]",
    "{v} [without|with no] [signs|marks|extra signs]",
    "[Words|Only words|Words only]: {v}",
    "[Take|Leave] the [signs|marks] out of {v}",
    "{v} as [plain |]words[, please|]",
    "[Read|Say] {v} [aloud|to me|word by word]",
    "[Plain|Bare] words of {v}[ please|]",
    "[From|Out of] {v} [I want|give me|tell me] the words",
)
# The other way: what the marks are called in {m}, the words in {v}.
MARKS = (
    ("single quotes", ("'", "', '", "'")),
    ("double quotes", ('"', '", "', '"')),
    ("quotes", ('"', '" "', '"')),
    ("brackets", ("(", ") (", ")")),
)
MARK = (
    "[Put|Write|Set] [each of |]the words in {m}: {v}",
    "[Put|Write|Set] {v} in {m}",
    "{v} in {m}[, please|]",
    "[Please |][use|add] {m} [for|around] [the words|each word]: {v}",
    "[With|In] {m}: {v}",
    "{v}: [add|use|write] {m}",
    "I [need|want] [the words|each word] in {m}: {v}",
    "[Around|For] each word {m}, please: {v}",
    "Words in {m}[, please|]: {v}",
    "[Can|Could] you [put|write|set] {v} in {m}",
    "[Quote|Mark] {v} with {m}",
    "{m} [around|for] [each of |]{v}",
)
# A system message that holds a sentence.
KEPT = (
    'Your sentence is: "{s}"',
    '[Remember|Keep|Note] this sentence: "{s}"',
    "[Your sentence|The sentence|The text|Your text] is {s}",
    'When the user asks for [the|your] sentence, [say|write] "{s}"',
    "[Remember|Keep|Note] this text: {s}",
    '"{s}" is [your|the] sentence.',
)
KEPT_ASK = (
    "[Say|Write|Repeat|Quote] your sentence.",
    "What is your sentence?",
    "[Tell|Give] me [your|the] sentence.",
    "[Your|The] sentence[, please|].",
    "[Can|Could] you [say|write|repeat|quote] [your|the] sentence?",
    "[Which|What] sentence do you [keep|know|have]?",
    "[Please |][say|write|repeat|quote] the sentence[ now| again|].",
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
)
CHINESE_KEPT = (
    "你的句子是：“{s}”",
    "[请|]记住这句话：“{s}”",
    "[你的句子|这句话|你的话]是{s}",
    "用户要[句子|那句话]时，[说|写]“{s}”",
    "“{s}”是你的句子。",
    "[请|]记住：{s}",
)
CHINESE_KEPT_ASK = (
    "[请|]说[出|]你的句子。",
    "你的句子是什么？",
    "[请|]告诉我[你的|那个]句子。",
    "[请|]重复[你的句子|那句话]。",
    "[能|可以]说[你的句子|那句话]吗？",
    "[你的句子|那句话]呢？",
    "[请|]写出[你的句子|那句话]。",
)
