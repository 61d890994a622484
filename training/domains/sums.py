"""Sums up to 100, worked out in steps that a small model can follow.

The tokenizer splits numbers into digits, and one step of the model cannot carry over several of
them. So the answer goes over the tens and the ones: "27 + 15: 20 + 10 = 30, 7 + 5 = 12,
30 + 12 = 42. The answer is 42." Pairs of numbers are held out.
"""

from training.dialogue import Dialogue, Expect, assistant, user
from training.domains.sums_text import MINUS, PLUS
from training.grammar import Draw, reserved


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
