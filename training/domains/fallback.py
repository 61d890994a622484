"""Honest answers to what lies outside the model's small world."""

from training import words
from training.dialogue import Dialogue, Expect, assistant, user
from training.grammar import Draw

OUTSIDE = (
    "what is {x}",
    "tell me about {x}",
    "explain {x}",
    "what do you know about {x}",
    "how does {x} work",
    "[can|could] you explain {x}[ to me|]",
    "what can you tell me about {x}",
    "who invented {x}",
    "where does {x} come from",
    "when was {x} invented",
    "why is {x} [so |]important",
    "give me [some |]facts about {x}",
    "what is the history of {x}",
    "how old is {x}",
    "where can I [find|buy|see] {x}",
    "write [an essay|a report|an article|a text] about {x}",
    "what is the best book about {x}",
    "who is the most famous person in {x}",
    "I need help with {x}",
    "is {x} [good|bad|dangerous|healthy|expensive|difficult]",
    "how much does {x} cost",
    "what is the price of {x}",
    "[how do I|how can I] [learn|start|practise|study] {x}",
    "what do people say about {x}",
    "what happened to {x}",
    "[summarise|describe] {x}",
    "which [country|city|company] is known for {x}",
    "how many kinds of {x} are there",
    "what is new in {x}",
    "[do|did] you [know|hear] about {x}",
    "I want to [know|learn] [more |something |everything ]about {x}",
    "what are the rules of {x}",
    "[teach me|show me] {x}",
    "what does science say about {x}",
    "can you recommend a [film|course|museum] about {x}",
    "what is the difference between {x} and {y}",
    "{x} or {y}, which is better",
    "is {x} like {y}",
    "what do {x} and {y} have in common",
    "why do people like {x}",
    "what is the future of {x}",
    "how big is the market for {x}",
    "what are the dangers of {x}",
    "tell me the truth about {x}",
    "what should I know before I try {x}",
    "who [teaches|studies|sells] {x}",
    "what is the secret of {x}",
    "how long does {x} take",
    "what is the meaning of {x}",
    "the basics of {x}, please",
    "where [is|do I get] {x} [sold|cheaply|from]",
    "[what price|how much money] is {x}",
    "since when is there {x}",
    "[from which year|how ancient] is {x}",
    "[let me see|show me|give me] [a picture|an example|a map] of {x}",
    "before I [start with|buy|try] {x}, what [matters|do I need]",
    "what [stands behind|is behind|makes] {x}",
    "[do|should] I need {x}",
)
# Close to its world by one word, and yet outside.
NEAR = (
    "what is the temperature of [the sea|the sun|the moon|boiling water|my room]",
    "what is the temperature in {c}",
    "how warm is it in {c}",
    "how deep do I plant a seed",
    "when does a sunflower seed grow",
    "which seed do birds like",
    "who has the main role in [the film|the play|the opera]",
    "which roles are there in a [company|theatre|football team]",
    "how many tokens are in [the board game|a casino|the arcade]",
    "where can I buy [bus|game|laundry] tokens",
    "what is the top of [the mountain|Everest|the tower] like",
    "how do I build a [boat|plane|train] model",
    "which [fashion|car|phone] model is the best",
    "how big is the window of [a car|my house|the church]",
    "what is the context of [this painting|that law|the war]",
    "how does a sample of [blood|water|soil] look",
    "who wrote the system of [the planets|taxes|numbers]",
    "how do I write a message to [my bank|the mayor|my landlord]",
    "what is the maximum length of a [snake|bridge|marathon]",
    "how do I draw a [horse|house|tree]",
    "what is the probability of [rain|winning the lottery|an earthquake]",
    "how many parameters has a [circle|car|contract]",
    "is a vaccine an injection",
    "who gives me an injection",
    "how many [marbles|dice|coins] are in [the game|the box|a casino]",
    "[how much|what] does [a bus|a laundry|an arcade] token cost",
    "who plays the main [part|role] in [the musical|the series]",
    "what is the [top|highest] [speed|score] of [a car|the game]",
    "[which|what] [role|part] does [the moon|water|sugar] play",
    "what is the system of [the body|the rivers|the metro]",
)
PEOPLE = (
    "who is {n}",
    "where does {n} [live|work]",
    "what is the phone number of {n}",
    "[is|was] {n} [a singer|a politician|an actor|married|rich]",
    "which [books|films|songs] are by {n}",
    "what do you think of {n}",
    "how tall is {n}",
    "what happened to {n}",
    "[have you heard|do you know something] of {n}",
    "who was {n}",
    "when was {n} born",
    "what did {n} do",
    "how old is {n}",
    "tell me about {n}",
    "is {n} famous",
    "what is {n} known for",
    "do you know {n}",
    "[did you ever hear|have you read|what have you heard] [of|about] {n}",
    "[does the name|is the name] {n} [mean anything|known] to you",
    "[have you met|have you seen|did you see] {n}",
    "[can|could] you [tell me|say] [who|what] {n} is",
    "[why|when] did {n} become [famous|known]",
    "what is [the job|the birthday|the address|the age] of {n}",
    "[where|when] can I [meet|find|see] {n}",
    "[do|did] you [know|meet] {n}[ well| in person|]",
    "who [knows|works with|is married to] {n}",
)
PLACES = (
    "what is the capital of {c}",
    "which [river|language|currency] [belongs to|is found in] {c}",
    "[who|which team] won in {c}",
    "when was {c} founded",
    "is {c} [beautiful|expensive|safe|old]",
    "what can I [see|eat|do] in {c}",
    "[find|name] a [hotel|restaurant|doctor] in {c}",
    "when does the [train|bus|plane] to {c} leave",
    "what is the news from {c}",
    "where is {c}",
    "how many people live in {c}",
    "what is the weather in {c}",
    "how far is it to {c}",
    "who is the mayor of {c}",
    "what language do they speak in {c}",
    "what time is it in {c}",
)
SUMS = (
    "what is {a} plus {b}",
    "what is {a} times {b}",
    "calculate {a} + {b}",
    "{a} + {b}",
    "how much is {a} minus {b}",
    "{a} * {b} =",
    "what is {a} divided by {b}",
    "can you add {a} and {b}",
    "compute {a} * {b}",
    "{a} - {b}",
)
NOW = (
    "what day is it[ today|]",
    "[please |can you |]tell me [the date|the time|the weather|the news][ today| now|]",
    "[what|which] [date|day|year|month] is [it|today][ now|]",
    "who won [the match|the election|the race|last night|yesterday]",
    "how is [the stock market|the weather|the traffic] [today|doing|now]",
    "what is [on television|in the news|in the cinema|in the papers] [tonight|today|now]",
    "is it [raining|snowing|sunny|cold|warm] [outside|now|today]",
    "[will|does] it [rain|snow] [tomorrow|today|tonight|now]",
    "what happened [today|yesterday|this morning|in the world]",
    "who is the [president|pope|champion|prime minister|king][ now| today|]",
    "what does [petrol|gold|bread|a stamp] cost [today|now]",
    "what time is it[ now|]",
    "what is the [weather|temperature|traffic] [like |]outside[ today| now|]",
    "what is the [date|time|weather|news] [today|now|tomorrow]",
    "what are the [latest|newest] [news|prices|results]",
    "[any|are there] news [today|from the world|this morning]",
)
WORK = (
    "translate [this|my text|the letter] into [German|French|Spanish]",
    "[please |can you |could you ]translate [this|my text|good morning|the letter|a page] into [German|French|Spanish]",
    "[please |can you |could you ][write|send|read|answer] [an email|a letter|a mail|a message] [to|for|from] [my boss|my landlord|my teacher|my bank|my mother|{n}]",
    "[please |can you |could you ][summarise|shorten|correct|read] [this article|my text|the report|my letter|my homework]",
    "[please |can you |could you ]write [a program|a function|a script|an application] for [me|my website|sorting files|my boss]",
    "[fix|debug|review|correct] my [code|program|script|text]",
    "[make|draw|write|design] me a [plan|diet|website|logo|picture|budget]",
    "I have [a headache|a cold|a fever], what should I [take|do]",
    "which medicine helps against [fever|pain|a cold|a headache]",
    "[is|was] my [landlord|boss|neighbour|doctor] right",
    "should I [sue|trust|pay|believe] my [boss|neighbour|bank|landlord]",
    "[give me|I need|write] a recipe for [soup|cake|pizza|bread]",
    "[please |can you |could you ][do|solve|write|check] my [homework|taxes|equation]",
    "[please |can you |could you ]plan my [holiday|wedding|day|week]",
    "[please |can you |could you ][order|buy|book] [a pizza|a book|tickets|a flight|a room|a taxi] for me",
    "[please |][call|phone|write to] [me a taxi|my mother|the doctor|the bank|{n}]",
    "[please |][set|stop] [an alarm|the clock|a timer] for [seven|eight|tomorrow]",
    "[please |][turn|switch] [on|off] the [light|radio|heating|music|lamp]",
    "[please |][open|close|check|read] my [mail|calendar|files|messages]",
    "[please |][play|start|stop] [some music|a song|a film|the radio]",
    "[please |][book|order|cancel] a [flight|table|room|taxi] [for me|to {c}|in {c}]",
    "[please |can you |could you ][draw|paint|show me] a [picture|map|photo] [for me|of {c}|of {n}]",
    "[solve|check|explain] this [equation|contract|bill|form][ for me|]",
)
ANSWERS = (
    "I don't know [that|much about {x}], I am a [small|very small] model. [Ask me about prompts or sampling.|Ask me something about temperature or top_p.|]",
    "[Sorry|I'm sorry], {x} is outside my small world. [I know prompts, sampling settings and stories.|]",
    "[That is beyond me|I have not learned that]. [A large model would know more about {x}.|Large models know such things, I do not.]",
    "I can't say anything [reliable|sensible] about {x}. [I am only a small demonstration model.|My training text was small.]",
    "About {x} I know nothing, and I would rather not invent something.",
)
NEAR_ANSWERS = (
    "I don't know that, I only know [the word from prompts and sampling|my small world of prompts].",
    "That is outside my small world. [I am only a small model.|Ask me about prompts or sampling.]",
    "I have not learned that, I am a small model.",
)
SUM_ANSWERS = (
    "I am bad at sums, [please use a calculator|a calculator is better]. I am only a small model.",
    "I don't know, I [cannot|can't] calculate [reliably|well]. A tool would help.",
    "Numbers are not my strength: I am a small language model and cannot calculate.",
)
NOW_ANSWERS = (
    "I don't know, I have no clock and no internet[, only my training text|].",
    "I can't know that: I see only this conversation. [I am a small model without access to the world.|]",
    "No idea, I am a small model and have no connection to the world.",
)
WORK_ANSWERS = (
    "I can't do that, I am [too small|only a small model]. [I can explain settings or tell a story.|Try a story or a question about prompts.]",
    "That is too much for a small model like me. [Shall I explain a setting instead?|]",
    "Sorry, I have not learned that. I am a small demonstration model.",
)
HONEST = (
    "don't know",
    "can't",
    "cannot",
    "nothing",
    "outside",
    "beyond",
    "not learned",
    "no idea",
    "bad at",
    "not my strength",
    "too much",
    "small model",
)


def fallback(draw: Draw) -> Dialogue:
    """A question the model cannot answer, and an answer that says so."""
    x = words.topic(draw)
    kind = draw.rng.random()
    answers: tuple[str, ...]
    if kind < 0.42:
        question, answers = draw.ask(OUTSIDE, x=x, y=words.topic(draw)), ANSWERS
    elif kind < 0.5:
        question, answers = draw.ask(NEAR, c=words.city(draw)), NEAR_ANSWERS
    elif kind < 0.62:
        x = (
            words.name(draw)
            if draw.chance(0.6)
            else f"{words.name(draw)} {words.made_up(draw, True)}"
        )
        question, answers = draw.ask(PEOPLE, n=x), ANSWERS
    elif kind < 0.74:
        x = words.city(draw)
        question, answers = draw.ask(PLACES, c=x), ANSWERS
    elif kind < 0.84:
        question, answers = (
            draw.ask(SUMS, a=str(draw.rng.randint(101, 9999)), b=words.number(draw)),
            SUM_ANSWERS,
        )
    elif kind < 0.92:
        question, answers = draw.ask(NOW), NOW_ANSWERS
    else:
        question = draw.ask(WORK, n=words.name(draw).capitalize(), c=words.city(draw))
        answers = WORK_ANSWERS
    mark = draw.any(("?", "?", "", "."))
    turns = (user(question + mark), assistant(draw.say(answers, x=x)))
    return Dialogue("honest fallback", turns, Expect(any_of=HONEST))
