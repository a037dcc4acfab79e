"""A multi-model endpoint runs an image that loads models on request."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.entry import Catalog, Entry
from modelyard.rules.rule import Rule, Violation

RULE = Rule(
    id="MY029",
    severity="error",
    title="a multi-model endpoint runs a custom image that loads and unloads models",
    reason="SageMaker asks the container to load and unload models (/models); vLLM, LMI, SGLang, TGI, TEI, "
    "Neuron and llama.cpp images serve the one model they start with.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/mms-container-apis.html",
    fix="use engine custom with such an image (containers/llm_cpu is one, NVIDIA Triton another), or one "
    "endpoint per model",
    fails="""\
# catalog/endpoints/chat.yaml
kind: multi-model
serving: {engine: llama-cpp, image: null, instance: ml.m5.xlarge}
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: multi-model
serving: {engine: custom, image: "my-shelf:1.2", instance: ml.m5.xlarge}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    if entry.endpoint.kind == "multi-model" and entry.endpoint.serving.engine != "custom":
        engine = entry.endpoint.serving.engine
        yield Violation(
            ("serving", "engine"),
            f"engine {engine} serves one model and cannot load others on request: use engine custom with an "
            "image that can, or one endpoint per model",
        )
