"""What a model's file states agrees with itself."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.capacity.parameter_count import least_parameters, understated
from modelyard.catalog.document import Key
from modelyard.catalog.entry import Catalog, Entry
from modelyard.catalog.schema import Model
from modelyard.rules.rule import Rule, Violation

RULE = Rule(
    id="MY069",
    severity="warning",
    title="a model's parameters and heads agree with its shapes",
    reason="sizes, choice of instance and start-up limits rest on the stated parameters: a count without its units, "
    "or the active parameters of a mixture of experts, lets everything fit until memory runs out. Grouped "
    "key-value heads divide the attention heads.",
    source="https://arxiv.org/abs/2305.13245 (grouped queries); the matrices that every decoder has: "
    "https://arxiv.org/abs/2001.08361, table 1",
    fix="take the numbers from the model's config.json and the parameters from its card, in full",
    fails="""\
# catalog/models/tiny.yaml
parameters: 8
architecture:
  layers: 32
  hidden_size: 4096
  attention_heads: 32
  kv_heads: 8
  head_dim: 128
  vocabulary_size: 128256
  max_context_tokens: 8192
  intermediate_size: 14336
# catalog/endpoints/chat.yaml
kind: real-time
model: tiny
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: real-time
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    for place, name in _models(entry):
        for wrong in _contradictions(entry.models[name]):
            yield Violation(place, f"model {name} states {wrong}: correct models/{name}.yaml")


def _contradictions(model: Model) -> Iterator[str]:
    shape = model.architecture
    if understated(model):
        yield f"{model.parameters:,} parameters, but its shapes alone add up to {least_parameters(shape):,} or more"
    if shape.attention_heads % shape.kv_heads:
        yield f"{shape.kv_heads} key-value heads, which do not divide its {shape.attention_heads} attention heads"


def _models(entry: Entry) -> Iterator[tuple[tuple[Key, ...], str]]:
    endpoint = entry.endpoint
    if endpoint.kind == "multi-model":
        yield from ((("models", index), name) for index, name in enumerate(endpoint.models))
    else:
        yield ("model",), endpoint.model
