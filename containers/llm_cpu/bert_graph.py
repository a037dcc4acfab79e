"""A BERT encoder's weights as an OpenVINO graph.

The architecture is that of Devlin et al. 2018 (https://arxiv.org/abs/1810.04805); the tensor names are those every
`BertModel` checkpoint on the Hugging Face hub uses. Mean pooling and normalisation to length 1 are part of the graph,
as sentence-transformers' all-MiniLM models prescribe.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import opset13 as ops

Weights = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, kw_only=True)
class BertShape:
    """The numbers of a checkpoint's `config.json` that decide the graph."""

    layers: int
    heads: int
    hidden: int
    layer_norm_epsilon: float


def bert_graph(weights: Weights, shape: BertShape) -> ov.Model:
    """Token ids and attention mask, both [batch, tokens] of int64, to unit vectors [batch, hidden]."""
    token_ids = ops.parameter([-1, -1], np.int64, name="token_ids")
    mask = ops.parameter([-1, -1], np.int64, name="attention_mask")
    present = ops.convert(mask, np.float32)
    # Added to the attention scores: nothing for a token, minus "infinity" for padding. [batch, 1, 1, tokens]
    padding = ops.unsqueeze(
        ops.multiply(ops.subtract(present, _number(1.0)), _number(float(np.finfo(np.float32).max))), _axes(1, 2)
    )
    hidden = _embeddings(token_ids, weights, shape)
    for index in range(shape.layers):
        hidden = _layer(hidden, padding, weights, f"encoder.layer.{index}", shape)
    counted = ops.unsqueeze(present, _axes(2))
    pooled = ops.divide(
        ops.reduce_sum(ops.multiply(hidden, counted), _axes(1), keep_dims=False),
        ops.reduce_sum(counted, _axes(1), keep_dims=False),
    )
    return ov.Model([ops.normalize_l2(pooled, _axes(1), 1e-12, "max")], [token_ids, mask], "sentence_encoder")


def _embeddings(token_ids: ov.Node, weights: Weights, shape: BertShape) -> ov.Node:
    zero = ops.constant(np.int64(0))
    length = ops.gather(ops.shape_of(token_ids), ops.constant(np.int64(1)), zero)
    positions = ops.range(zero, length, ops.constant(np.int64(1)), output_type="i64")
    words = ops.gather(ops.constant(weights["embeddings.word_embeddings.weight"]), token_ids, zero)
    places = ops.gather(ops.constant(weights["embeddings.position_embeddings.weight"]), positions, zero)
    # Every sentence is one segment, so the segment embedding is the same row everywhere.
    segment = ops.constant(weights["embeddings.token_type_embeddings.weight"][0])
    return _layer_norm(ops.add(ops.add(words, places), segment), weights, "embeddings.LayerNorm", shape)


def _layer(hidden: ov.Node, padding: ov.Node, weights: Weights, name: str, shape: BertShape) -> ov.Node:
    query, key, value = (
        _by_head(_dense(hidden, weights, f"{name}.attention.self.{part}"), shape) for part in ("query", "key", "value")
    )
    attended = ops.transpose(
        ops.scaled_dot_product_attention(query, key, value, padding), ops.constant(np.array([0, 2, 1, 3]))
    )
    joined = ops.reshape(attended, ops.constant(np.array([0, 0, shape.hidden])), special_zero=True)
    attention = _dense(joined, weights, f"{name}.attention.output.dense")
    hidden = _layer_norm(ops.add(hidden, attention), weights, f"{name}.attention.output.LayerNorm", shape)
    inner = ops.gelu(_dense(hidden, weights, f"{name}.intermediate.dense"), "erf")
    outer = _dense(inner, weights, f"{name}.output.dense")
    return _layer_norm(ops.add(hidden, outer), weights, f"{name}.output.LayerNorm", shape)


def _by_head(node: ov.Node, shape: BertShape) -> ov.Node:
    """[batch, tokens, hidden] as [batch, heads, tokens, hidden / heads]."""
    split = np.array([0, 0, shape.heads, shape.hidden // shape.heads])
    return ops.transpose(
        ops.reshape(node, ops.constant(split), special_zero=True), ops.constant(np.array([0, 2, 1, 3]))
    )


def _dense(node: ov.Node, weights: Weights, name: str) -> ov.Node:
    product = ops.matmul(node, ops.constant(weights[f"{name}.weight"]), transpose_a=False, transpose_b=True)
    return ops.add(product, ops.constant(weights[f"{name}.bias"]))


def _layer_norm(node: ov.Node, weights: Weights, name: str, shape: BertShape) -> ov.Node:
    normal = ops.mvn(node, _axes(2), normalize_variance=True, eps=shape.layer_norm_epsilon, eps_mode="inside_sqrt")
    return ops.add(ops.multiply(normal, ops.constant(weights[f"{name}.weight"])), ops.constant(weights[f"{name}.bias"]))


def _axes(*axes: int) -> ov.Node:
    return ops.constant(np.array(axes, dtype=np.int64))


def _number(value: float) -> ov.Node:
    return ops.constant(np.float32(value))
