"""What the measures are called, and what each says in one line, in the visitor's language."""

from core.grid.axes import AxisName
from core.grid.measures import MEASURES, Spread
from core.i18n import _, translated


def measure_label(name: str) -> str:
    """The name of a measure."""
    return {
        "mean_logprob": _("mean log-probability"),
        "entropy": _("mean entropy"),
        "greedy": _("agreement with the greedy answer"),
        "length": _("length"),
        "ended_by_length": _("cut at the length limit"),
        "distinct_1": _("distinct-1"),
        "distinct_2": _("distinct-2"),
        "distinct_3": _("distinct-3"),
        "self_bleu": _("self-BLEU"),
        "similarity": _("pairwise similarity"),
    }[name]


def measure_explained(name: str) -> str:
    """What it measures, its unit, and how to read it: one line."""
    distinct = _("Different sequences of {n} tokens over all of them: 1 never repeats itself.")
    return {
        "mean_logprob": _(
            "How likely the model finds the text, per token, at temperature 1 (natural logarithm): "
            "nearer to 0 is likelier."
        ),
        "entropy": _(
            "How undecided the model was before each token, in bits, at temperature 1: 1 bit is a "
            "choice between two equals."
        ),
        "greedy": _(
            "The share of the tokens before the text first leaves the greedy answer, the one of "
            "temperature 0: 1 never leaves it."
        ),
        "length": _("How many tokens the answer has, its end token included."),
        "ended_by_length": _(
            "The share of the texts that ended because they were as long as allowed."
        ),
        "distinct_1": distinct.format(n=1),
        "distinct_2": distinct.format(n=2),
        "distinct_3": distinct.format(n=3),
        "self_bleu": _(
            "How much each sample of a cell repeats the words of the others (sacrebleu, Chinese by "
            "character): 1 is the same text every time. It takes two samples or more."
        ),
        "similarity": _(
            "How much two samples of a cell have in common, in order, on average: 1 is the same "
            "text every time. It takes two samples or more."
        ),
    }[name]


def shown(name: str, spread: Spread | None) -> str:
    """A measure as people read it; with its range where the samples differ, a dash without one."""
    if spread is None:
        return "–"
    digits = MEASURES[name].digits
    value = f"{spread.value:.{digits}f}"
    low, high = f"{spread.low:.{digits}f}", f"{spread.high:.{digits}f}"
    return value if low == high else f"{value} ({low} … {high})"


def axis_label(name: AxisName) -> str:
    """The name of an axis."""
    own = {"persona": _("persona"), "model": _("model and precision")}
    return own.get(name) or translated(name)


def axis_explained(name: AxisName) -> str:
    """What the values of an axis do: one line."""
    return {
        "temperature": _(
            "Temperature divides the logits: 0 always takes the likeliest token, 2 is wild."
        ),
        "top_p": _(
            "top_p draws only from the nucleus: the fewest tokens whose probabilities sum to p."
        ),
        "top_k": _("top_k draws only from the k likeliest tokens; 0 is off."),
        "max_new_tokens": _("The longest answer, in tokens."),
        "max_length": _("The longest prompt plus answer, in tokens; max_new_tokens holds as well."),
        "seed": _("Each value is a base seed: sample k draws with it plus k."),
        "persona": _("Each persona is another system message before the same prompt."),
        "model": _(
            "The models are loaded one after another, and the one from before comes back at the end."
        ),
    }[name]
