"""From a model in torch to a graph for OpenVINO, with paged attention in it.

`export` traces one pass of the model over the tokens of many texts, side by side in one row. What
would be attention is a mark in the graph that joins queries, keys and values: so the graph is an
ordinary one, which is written to a file and read back. `with_paged_attention` puts the library's
own operation in the place of every mark: it reads and writes a cache of pages, as vLLM's does (Kwon
et al. 2023, https://arxiv.org/abs/2309.06180), and knows where each text begins.

The operation is no public one. What protects is that its results are compared with torch's before
any of them are used (`core.openvino.check`).
"""

import threading
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from transformers import AttentionInterface, PreTrainedModel

from core.errors import CheckpointError
from core.i18n import _
from core.models.library import said
from core.openvino.library import openvino

IDS, POSITIONS, CHOSEN = "input_ids", "position_ids", "logits_indices"
# Of the paged attention, for each step
PAST, BEGINS, PAGES, PAGES_BEGIN = (
    *("past_lens", "subsequence_begins"),
    *("block_indices", "block_indices_begins"),
)
LONGEST = "max_context_len"
_MARK = "attention_to_be_paged"
# The library's registry of attentions belongs to the process
_registry = threading.Lock()
# Their angles follow the longest text of a step, which a traced graph does not see
_BY_LENGTH = ("dynamic", "longrope")
_LARGEST_8_BITS = 127
# What an attention may be given beside queries, keys, values and a mask, and change nothing
_PLAIN = ("dropout", "is_causal", "position_ids", "use_cache", "scaling", "logits_to_keep")


class NotConvertible(CheckpointError):
    """A model that cannot be brought to OpenVINO, and why."""


@dataclass(frozen=True, slots=True)
class Attention:
    """The attention of one layer. groups: heads of keys and values, each `width` wide; scale: of
    the products of queries and keys."""

    groups: int
    width: int
    scale: float


def cache_names(layer: int) -> tuple[str, str]:
    """The inputs with the pages of keys and of values of a layer."""
    return f"key_cache.{layer}", f"value_cache.{layer}"


def export(model: PreTrainedModel) -> tuple[Any, list[Attention]]:
    """The graph of a model, with marks, and what is to be computed at each of them.

    Inputs: ids and positions of all tokens, int64 of shape (1, tokens); which of them need logits,
    int64 (chosen,). Output: logits, (chosen, vocabulary). The graph has the model's own memory for
    its weights. Raises `NotConvertible`.
    """
    rope = getattr(model.config, "rope_parameters", None) or {}
    if rope.get("rope_type") in _BY_LENGTH:
        raise NotConvertible(
            _("Its positions ({kind}) depend on the length of the text.").format(
                kind=rope["rope_type"]
            )
        )
    with _registry:
        marked = _Marked(model)
        before = model.config._attn_implementation
        AttentionInterface.register(_MARK, marked.attend)
        model.set_attn_implementation(_MARK)
        try:
            with warnings.catch_warnings():
                # Of widths that the trace takes for constants, which they are
                warnings.simplefilter("ignore")
                graph = _graph(marked)
            return graph, [marked.found[i] for i in sorted(marked.found)]
        except NotConvertible:
            raise
        except Exception as error:  # the library raises many kinds for what it does not know
            raise NotConvertible(
                _("OpenVINO cannot convert it ({reason}).").format(reason=said(error))
            ) from error
        finally:
            model.set_attn_implementation(before)
            # The registry would hold the model for ever
            AttentionInterface.register(_MARK, _nothing)


def _nothing(*_given: Any, **_named: Any) -> Any:
    """What the registry has while nothing is being converted."""
    raise AssertionError("no model is being converted")


class _Mark(torch.nn.Module):
    """Stands where attention would be; its result has the shape of attention's."""

    def forward(
        self, queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor
    ) -> torch.Tensor:
        return queries


class _Marked(torch.nn.Module):
    """A model as the graph has it: the three inputs, the logits, and marks for its attention."""

    def __init__(self, model: PreTrainedModel) -> None:
        super().__init__()
        self.model = model
        layers = model.config.get_text_config().num_hidden_layers
        self.marks = torch.nn.ModuleList(_Mark() for _layer in range(layers))
        self.found: dict[int, Attention] = {}

    def forward(
        self, input_ids: torch.Tensor, position_ids: torch.Tensor, logits_indices: torch.Tensor
    ) -> torch.Tensor:
        output = self.model(
            input_ids=input_ids,
            position_ids=position_ids,
            logits_to_keep=logits_indices,
            use_cache=False,
        )
        logits: torch.Tensor = output.logits[0]
        return logits

    def attend(
        self,
        layer: torch.nn.Module,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        attention_mask: torch.Tensor | None,
        scaling: float | None = None,
        **given: Any,
    ) -> tuple[torch.Tensor, None]:
        """As the library's own attentions: queries (1, heads, tokens, width) and so on."""
        odd = {name for name, value in given.items() if value is not None} - {*_PLAIN}
        if odd:
            raise NotConvertible(
                _("Its attention has what OpenVINO's lacks: {names}.").format(
                    names=", ".join(sorted(odd))
                )
            )
        heads, width = int(query.shape[1]), int(query.shape[3])
        if int(key.shape[3]) != width or int(value.shape[3]) != width:
            raise NotConvertible(_("Its keys and values are not of one width."))
        index = int(layer.layer_idx)  # type: ignore[arg-type]
        self.found[index] = Attention(int(key.shape[1]), width, float(scaling or width**-0.5))
        seen = self.marks[index](*(_flat(part) for part in (query, key, value)))
        return seen.view(1, -1, heads, width), None


def _flat(states: torch.Tensor) -> torch.Tensor:
    """(1, heads, tokens, width) as (tokens, heads x width)."""
    return states.transpose(1, 2).reshape(-1, int(states.shape[1]) * int(states.shape[3]))


def _graph(marked: _Marked) -> Any:
    ov = openvino()
    from openvino import opset13
    from openvino.frontend.pytorch import ConversionExtension, ModuleExtension
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    def joined(node: Any) -> list[Any]:
        mark = opset13.concat([node.get_input(i) for i in range(3)], -1)
        mark.set_friendly_name(_MARK)
        return list(mark.outputs())

    example = (torch.arange(3, 8)[None], torch.arange(5)[None], torch.tensor([2, 4]))
    with torch.inference_mode(False), torch.no_grad():
        decoder = TorchScriptPythonDecoder(
            marked.eval(),
            example_input=example,
            trace_kwargs={"check_trace": False},
            module_extensions={_Mark: ModuleExtension(_Mark, _MARK)},
        )
        row, chosen = ov.PartialShape([1, -1]), ov.PartialShape([-1])
        graph = ov.convert_model(
            decoder,
            input=[(row, ov.Type.i64), (row, ov.Type.i64), (chosen, ov.Type.i64)],
            extension=[ConversionExtension(_MARK, joined)],
        )
    for port, name in zip(graph.inputs, (IDS, POSITIONS, CHOSEN), strict=True):
        port.get_tensor().set_names({name})
        port.get_node().set_friendly_name(name)
    graph.outputs[0].get_tensor().set_names({"logits"})
    # In the order of the layers, each of which needs the one before
    marks = [op for op in graph.get_ordered_ops() if op.get_friendly_name().startswith(_MARK)]
    if len(marks) != len(marked.found):
        raise NotConvertible(_("OpenVINO cannot convert it ({reason}).").format(reason="attention"))
    for layer, mark in enumerate(marks):
        mark.set_friendly_name(f"{_MARK}.{layer}")
    return graph


def to_8_bits(graph: Any) -> None:
    """Round a graph to 8 bits a weight, with a scale for every row of a product's matrix.

    Symmetric rounding without data (Dettmers et al. 2022, LLM.int8, without its outliers). The
    library multiplies with the rounded numbers as they are, and reads a quarter of the bytes.
    """
    from openvino import opset13

    for product in graph.get_ordered_ops():
        if product.get_type_name() != "MatMul":
            continue
        matrix = product.input_value(1).get_node()
        if matrix.get_type_name() != "Constant" or len(matrix.get_output_shape(0)) != 2:
            continue
        weights = np.asarray(matrix.data, dtype=np.float32)
        inputs = 1 if product.get_attributes()["transpose_b"] else 0
        scale = np.abs(weights).max(axis=inputs, keepdims=True) / _LARGEST_8_BITS
        scale = np.where(scale > 0, scale, 1).astype(np.float32)
        rounded = opset13.constant(np.rint(weights / scale).astype(np.int8))
        found = opset13.multiply(opset13.convert(rounded, np.float32), opset13.constant(scale))
        product.input(1).replace_source_output(found.output(0))
    graph.validate_nodes_and_infer_types()


def with_paged_attention(graph: Any, layers: Sequence[Attention]) -> Any:
    """The same graph with paged attention in the places of the marks, ready to be compiled.

    Further inputs, int32: how many tokens of each text are in the cache already, where each text
    begins among the tokens of this step, the pages of all texts, where each text's pages begin, and
    the longest text with its tokens of this step. And the pages themselves, for each layer.
    """
    ov = openvino()
    from openvino import opset13
    from openvino.op import _PagedAttentionExtension

    def entered(name: str, kind: Any, shape: Any) -> Any:
        parameter = opset13.parameter(shape, kind, name)
        parameter.output(0).get_tensor().set_names({name})
        return parameter

    def number(value: float, kind: type) -> Any:
        return opset13.constant(np.array(value, dtype=kind)).output(0)

    def none(kind: type) -> Any:
        return opset13.constant(np.zeros(0, dtype=kind)).output(0)

    whole, real, count = np.int32, np.float32, ov.PartialShape([-1])
    past, begins, pages, pages_begin = (
        entered(name, whole, count) for name in (PAST, BEGINS, PAGES, PAGES_BEGIN)
    )
    longest = entered(LONGEST, whole, ov.PartialShape([]))
    added = [past, begins, pages, pages_begin, longest]
    marks = {op.get_friendly_name(): op for op in graph.get_ops()}
    for layer, attention in enumerate(layers):
        mark = marks[f"{_MARK}.{layer}"]
        keys, values = (
            entered(name, real, ov.PartialShape.dynamic(4)) for name in cache_names(layer)
        )
        for cache in (keys, values):
            # In what numbers it is kept is chosen when the graph is compiled
            cache.set_element_type(ov.Type.dynamic)
        paged = _PagedAttentionExtension(
            [
                *(mark.input_value(i) for i in range(3)),
                *(one.output(0) for one in (keys, values, past, begins, pages, pages_begin)),
                number(attention.scale, real),
                number(0, whole),  # no sliding window
                none(real),  # slopes of ALiBi
                longest.output(0),
                none(whole),  # window of a score's sums: none are asked for
                *(none(whole), none(whole), none(real), none(real)),  # rotated pages: none
                *(number(0, whole), number(0, whole), none(real)),  # nothing is left out
                number(0, whole),
                *(none(whole), none(whole), none(whole), none(whole), none(np.uint8), none(whole)),
            ]
        )
        about = paged.get_rt_info()
        about["num_k_heads"] = about["num_v_heads"] = attention.groups
        about["k_head_size"] = about["v_head_size"] = attention.width
        for target in mark.output(0).get_target_inputs():
            target.replace_source_output(paged.output(0))
        added += [keys, values]
    graph.add_parameters(added)
    graph.validate_nodes_and_infer_types()
    return graph
