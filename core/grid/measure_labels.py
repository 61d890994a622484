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
        "ended_by_length": _("reached the length limit"),
        "distinct_1": _("distinct-1"),
        "distinct_2": _("distinct-2"),
        "distinct_3": _("distinct-3"),
        "self_bleu": _("self-BLEU"),
        "similarity": _("pairwise similarity"),
    }[name]


def measure_explained(name: str) -> str:
    """What it measures, its unit, and how to read it: one line."""
    distinct = _(
        "The share of different sequences of {n} tokens: 1 means that nothing is repeated."
    )
    return {
        "mean_logprob": _(
            "How likely the model finds the text, per token, at temperature 1 (natural logarithm): "
            "closer to 0 is more likely."
        ),
        "entropy": _(
            "How uncertain the model was before each token, in bits, at temperature 1: 1 bit is a "
            "choice between two equally likely tokens."
        ),
        "greedy": _(
            "The share of tokens before the text first departs from the greedy answer (temperature "
            "0): 1 means that it never does."
        ),
        "length": _("How many tokens the answer has, including its stop token."),
        "ended_by_length": _("The share of texts that stopped at the length limit."),
        "distinct_1": distinct.format(n=1),
        "distinct_2": distinct.format(n=2),
        "distinct_3": distinct.format(n=3),
        "self_bleu": _(
            "How much the samples of a cell repeat each other's words (sacrebleu, Chinese by "
            "character): 1 is the same text every time. Needs at least two samples."
        ),
        "similarity": _(
            "How much two samples of a cell have in common, in order, on average: 1 is the same "
            "text every time. Needs at least two samples."
        ),
    }[name]


def value_and_range(name: str, spread: Spread | None) -> tuple[str, str]:
    """A measure as people read it, a dash without one; and its range, empty where the samples do
    not differ."""
    if spread is None:
        return "–", ""
    digits = MEASURES[name].digits
    low, high = f"{spread.low:.{digits}f}", f"{spread.high:.{digits}f}"
    return f"{spread.value:.{digits}f}", "" if low == high else f"{low} … {high}"


def shown(name: str, spread: Spread | None) -> str:
    """Both in one line: "0.52 (0.25 … 0.75)"."""
    value, extent = value_and_range(name, spread)
    return f"{value} ({extent})" if extent else value


def axis_label(name: AxisName) -> str:
    """The name of an axis."""
    own = {"persona": _("persona"), "model": _("model and precision")}
    return own.get(name) or translated(name)


def axis_explained(name: AxisName) -> str:
    """What the values of an axis do: one line."""
    return {
        "temperature": _(
            "Temperature divides the logits: 0 always chooses the most likely token, 2 is wild."
        ),
        "top_p": _(
            "top_p samples only from the nucleus: the smallest set of most likely tokens whose "
            "probabilities add up to p."
        ),
        "top_k": _("top_k samples only from the k most likely tokens; 0 is off."),
        "max_new_tokens": _("Maximum length of the answer, in tokens."),
        "max_length": _(
            "Maximum length of prompt plus answer, in tokens; max_new_tokens applies as well."
        ),
        "seed": _("Each value is a base seed: sample k uses this seed plus k."),
        "persona": _("Each persona puts a different system message before the same prompt."),
        "model": _(
            "The models are loaded one after another; the previous model is restored at the end."
        ),
    }[name]
