"""What an entry tells its engine in the engine's own words, the engine understands."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.capacity.engine_settings import wrong_settings
from modelyard.catalog.entry import Catalog, Entry
from modelyard.rules.rule import Rule, Violation

RULE = Rule(
    id="MY058",
    severity="error",
    title="variables about memory, length, batch and split have values that the engine takes",
    reason="the container passes them on as arguments: the engine stops at start-up over a word it does not know, "
    "minutes into a deploy.",
    source="https://docs.vllm.ai/en/latest/configuration/engine_args.html, "
    "https://docs.djl.ai/master/docs/serving/serving/docs/lmi/user_guides/vllm_user_guide.html, "
    "https://docs.sglang.ai/advanced_features/server_arguments.html and "
    "https://huggingface.co/docs/text-generation-inference/reference/launcher",
    fix="write the value in the engine's own form, or use the catalog's key: max_context_tokens, max_concurrency, "
    "tensor_parallel_degree",
    waivable=True,
    fails="""\
# catalog/endpoints/chat.yaml
kind: real-time
serving: {engine: vllm, environment: {SM_VLLM_GPU_MEMORY_UTILIZATION: "90"}}
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: real-time
serving: {engine: vllm, environment: {SM_VLLM_GPU_MEMORY_UTILIZATION: "0.9"}}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    serving = entry.endpoint.serving
    for wrong in wrong_settings(serving.engine, serving.environment):
        yield Violation(("serving", "environment", wrong.name), str(wrong))
