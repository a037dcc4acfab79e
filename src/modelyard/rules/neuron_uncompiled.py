"""A Neuron endpoint starts from graphs that were compiled beforehand, or somebody knows that it does not."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.entry import Catalog, Entry
from modelyard.catalog.schema import InstanceServing
from modelyard.rules.rule import Rule, Violation

RULE = Rule(
    id="MY068",
    severity="warning",
    title="an endpoint on Inferentia or Trainium has its graphs compiled beforehand",
    reason="without compiled graphs the container compiles the model at each start: tens of minutes for one of several "
    "billion parameters, while the instance is billed and answers nothing. Every instance that scaling adds does it "
    "again, and SageMaker gives up after startup_timeout_seconds, at most an hour.",
    source="https://huggingface.co/docs/optimum-neuron/en/guides/export_model; "
    "https://huggingface.co/docs/optimum-neuron/en/guides/vllm_plugin",
    fix="compile once for the entry's context, concurrency and cores (optimum-cli export neuron), put the result into "
    "S3 and name it in serving.compiled; or waive the rule where slow starts are meant",
    fails="""\
# catalog/endpoints/chat.yaml
kind: real-time
serving: {engine: neuron, instance: ml.inf2.8xlarge}
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: real-time
serving:
  engine: neuron
  instance: ml.inf2.8xlarge
  compiled:
    sequence_length: 2048
    batch_size: 4
    tensor_parallel_degree: 2
    artefacts: {s3: s3://weights/open-model-neuron/}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    serving = entry.endpoint.serving
    # A multi-model endpoint on Neuron is MY031's subject, and compiled graphs hold one model (MY063).
    if not isinstance(serving, InstanceServing) or entry.endpoint.kind == "multi-model":
        return
    if serving.engine == "neuron" and serving.compiled is None:
        yield Violation(
            ("serving", "engine"),
            "engine neuron without compiled graphs compiles the model at each start of an instance, for tens of "
            "minutes: compile it once (optimum-cli export neuron) and name the result in serving.compiled",
        )
