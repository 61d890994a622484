"""Sums up to 100, worked out in steps that a small model can follow.

The tokenizer splits numbers into digits, and one step of the model cannot carry over several of
them. So the answer goes over the tens and the ones: "27 + 15: 20 + 10 = 30, 7 + 5 = 12,
30 + 12 = 42. The answer is 42." Pairs of numbers are held out.
"""

from training.dialogue import Dialogue, Expect, assistant, user
from training.grammar import Draw, reserved

PLUS = (
    "what is {a} plus {b}",
    "{a} + {b}",
    "[what is|how much is|calculate|compute] {a} + {b}",
    "how much is {a} plus {b}",
    "add {a} and {b}",
    "[can you|please] add {a} and {b}",
    "{a} plus {b}",
    "{a} + {b} =",
    "what do you get if you add {b} to {a}",
    "the sum of {a} and {b}",
    "[please |can you |could you ][add|sum up] {a} and {b}",
    "[please |can you |could you ][compute|calculate|find] {a} [plus|+] {b}",
    "[tell me|I need|give me] {a} [plus|+] {b}",
    "[and|now|so] [what is|how much is] {a} [plus|+] {b}",
    "[compute|calculate|find] the sum of {a} and {b}",
    "[请问|请告诉我]{a}加{b}[是多少|等于几|等于多少]",
    "[what is|tell me|find] the sum of {a} and {b}",
    "{a}加{b}等于[几|多少]",
    "{a}加{b}[是多少|等于多少]",
    "[请|]计算{a}+{b}",
    "[what is|how much is|tell me] the total of {a} and {b}",
    "[put|take] {a} and {b} together",
    "[increase|raise] {a} by {b}",
    "I have {a} and [get|take] {b} more, how many [is that|in all]",
    "{a} and {b} [make|are|give] how [much|many]",
    "[how much|what] do {a} and {b} make",
    "{a} [and|with] {b} more",
    "[the result|the answer] of {a} + {b}",
    "[再|]把{a}和{b}加起来",
    "{a}[和|与]{b}的和是[几|多少]",
    "{a}[再|]加上{b}[是|等于|得]多少",
    "[算一下|请问|帮我算]{a}+{b}",
)
MINUS = (
    "what is {a} minus {b}",
    "{a} - {b}",
    "[what is|how much is|calculate|compute] {a} - {b}",
    "how much is {a} minus {b}",
    "subtract {b} from {a}",
    "[can you|please] subtract {b} from {a}",
    "{a} minus {b}",
    "{a} - {b} =",
    "what do you get if you take {b} from {a}",
    "take {b} away from {a}",
    "[please |can you |could you ][subtract|take] {b} from {a}",
    "[please |can you |could you ][compute|calculate|find] {a} [minus|-] {b}",
    "[tell me|I need|give me] {a} [minus|-] {b}",
    "[and|now|so] [what is|how much is] {a} [minus|-] {b}",
    "[compute|calculate|find] the difference of {a} and {b}",
    "[请问|请告诉我]{a}减{b}[是多少|等于几|等于多少]",
    "[what is|tell me|find] the difference of {a} and {b}",
    "{a}减{b}等于[几|多少]",
    "{a}减{b}[是多少|等于多少]",
    "[请|]计算{a}-{b}",
    "[remove|deduct] {b} from {a}",
    "[take|get] {b} off {a}",
    "[lower|reduce] {a} by {b}",
    "I have {a} and [lose|give away] {b}, how many [remain|are left]",
    "{a} take away {b}",
    "[how much|what] [is left|remains] of {a} without {b}",
    "[how much|what] [is left|remains] if I take {b} from {a}",
    "{a} less {b}",
    "[the result|the answer] of {a} - {b}",
    "from {a} [take|remove|subtract] {b}",
    "[从|]{a}[里|中]去掉{b}[是|还有|剩]多少",
    "{a}[和|与]{b}的差是[几|多少]",
    "{a}减去{b}[是|等于|得]多少",
    "[算一下|请问|帮我算]{a}-{b}",
    "{a}比{b}多[几|多少]",
)


def steps(a: int, b: int, minus: bool) -> str:
    """The way to a + b or a - b over tens and ones, without the final sentence.

    The task itself comes first, in the order in which it is worked out; the form is always the
    same, also where the tens or ones are 0.
    """
    tens, ones = b // 10 * 10, b % 10
    if minus:
        return f"{a} - {b}: {a} - {tens} = {a - tens}, {a - tens} - {ones} = {a - b}"
    high, low = a // 10 * 10 + tens, a % 10 + ones
    return (
        f"{a} + {b}: {a // 10 * 10} + {tens} = {high}, {a % 10} + {ones} = {low}, "
        f"{high} + {low} = {a + b}"
    )


def sums(draw: Draw) -> Dialogue:
    """One sum or difference with operands and result from 0 to 100, in English or Chinese."""
    minus = draw.chance(0.5)
    while True:
        a, b = draw.rng.randint(0, 100), draw.rng.randint(0, 100)
        total = a - b if minus else a + b
        if 0 <= total <= 100 and reserved(f"{a} {minus} {b}") == draw.heldout:
            break
    question = draw.ask(MINUS if minus else PLUS, a=str(a), b=str(b))
    chinese = not question.isascii()
    way = steps(a, b, minus)
    if chinese:
        answer, end = f"{way}。答案是 {total}。", f"答案是 {total}。"
        mark = draw.any(("？", "", "?"))
    else:
        answer, end = f"{way}. The answer is {total}.", f"answer is {total}."
        mark = draw.any(("?", "", ""))
    turns = (user(question + ("" if question.endswith("=") else mark)), assistant(answer))
    return Dialogue("sum", turns, Expect(ends=end, chinese=chinese))
