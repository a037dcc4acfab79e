"""An engine that cannot be split across devices is not told to."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.entry import Catalog, Entry
from modelyard.rules.rule import Rule, Violation

# The engines that take a degree of tensor parallelism, and so those it is passed to.
SPLITTING = ("vllm", "lmi", "sglang", "tgi", "neuron")

RULE = Rule(
    id="MY042",
    severity="error",
    title="tensor_parallel_degree is given to engines that split a model",
    reason="text-embeddings-inference and llama.cpp take no such setting and a custom image has its own: "
    "the key would do nothing.",
    source="https://huggingface.co/docs/text-embeddings-inference/cli_arguments and "
    "https://github.com/ggml-org/llama.cpp/tree/master/tools/server",
    fix="remove the key; give a custom image its own variable in serving.environment",
    fails="""\
# catalog/endpoints/chat.yaml
kind: real-time
serving: {engine: custom, image: "my-engine:1.2-cu130", instance: ml.g5.12xlarge, tensor_parallel_degree: 4}
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: real-time
serving: {engine: vllm, instance: ml.g5.12xlarge, tensor_parallel_degree: 4}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    if entry.endpoint.kind == "serverless" or entry.endpoint.serving.tensor_parallel_degree is None:
        return
    engine = entry.endpoint.serving.engine
    if engine not in SPLITTING:
        yield Violation(
            ("serving", "tensor_parallel_degree"),
            f"engine {engine} takes no tensor_parallel_degree, only {', '.join(SPLITTING)} do: remove it",
            at_key=True,
        )
