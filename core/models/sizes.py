"""The sizes of a decoder, and how many numbers they make."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a configuration says of a decoder.

    groups: heads of keys and values, shared by the heads of queries. head: width of one head.
    tied: the output layer is the embedding. biased, output_biased, ffn_biased: queries, keys and
    values, the output of attention, and the feed-forward matrices have a bias. head_normed:
    queries and keys are normed head by head. sandwiched: a norm behind attention and feed-forward
    too. fused_gate: gate and up are one matrix.
    """

    hidden: int
    layers: int
    vocabulary: int
    heads: int
    groups: int
    head: int
    ffn: int
    window: int
    tied: bool
    biased: bool
    output_biased: bool = False
    ffn_biased: bool = False
    head_normed: bool = False
    sandwiched: bool = False
    fused_gate: bool = True

    @property
    def fused(self) -> int:
        """Width of queries, keys and values together."""
        return (self.heads + 2 * self.groups) * self.head

    @property
    def matrices(self) -> int:
        """Weights of the matrices inside the layers: what quantisation makes smaller."""
        attention = self.hidden * (self.fused + self.heads * self.head)
        return self.layers * (attention + 3 * self.hidden * self.ffn)

    @property
    def kept(self) -> int:
        """Weights that every precision keeps whole: embedding, output layer, norms, biases."""
        ends = (1 if self.tied else 2) * self.vocabulary * self.hidden
        norms = (4 if self.sandwiched else 2) * self.hidden + 2 * self.head_normed * self.head
        biases = (
            self.biased * self.fused
            + self.output_biased * self.hidden
            + self.ffn_biased * (2 * self.ffn + self.hidden)
        )
        return ends + self.hidden + self.layers * (norms + biases)

    @property
    def parameters(self) -> int:
        """All weights."""
        return self.matrices + self.kept

    @property
    def cached(self) -> int:
        """Numbers that the KV cache holds for each token."""
        return 2 * self.layers * self.groups * self.head
