"""An objective for GPU memory is given to instances that have GPUs, and equally many."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.capacity.instances import instance
from modelyard.capacity.serving_image import instances_of
from modelyard.catalog.entry import Catalog, Entry
from modelyard.rules.rule import Rule, Violation

RULE = Rule(
    id="MY065",
    severity="error",
    title="slo.gpu_memory_percent is given to instances with GPUs, and with equally many",
    reason="AWS adds up the memory of all GPUs of an instance, in percent: two full GPUs are 200. One threshold fits "
    "types with the same number of GPUs only, and without GPUs the metric is never published.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html (GPUMemoryUtilization)",
    fix="remove the key, or list instance types with equally many GPUs",
    fails="""\
# catalog/endpoints/chat.yaml
kind: real-time
serving: {instance: [ml.g5.2xlarge, ml.g5.12xlarge]}
slo: {gpu_memory_percent: 95}
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: real-time
serving: {instance: [ml.g5.2xlarge, ml.g5.4xlarge]}
slo: {gpu_memory_percent: 95}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    if entry.endpoint.kind == "serverless" or entry.endpoint.slo.gpu_memory_percent is None:
        return
    known = [found for name in instances_of(entry.endpoint) if (found := instance(name)) is not None]
    without = [one.name for one in known if one.processor != "gpu"]
    place = ("slo", "gpu_memory_percent")
    if without:
        yield Violation(place, f"gpu_memory_percent is set, but {without[0]} has no GPU: remove the key")
    elif len({one.accelerators for one in known}) > 1:
        numbers = ", ".join(f"{one.name} {one.accelerators}" for one in known)
        yield Violation(
            place,
            f"gpu_memory_percent is set for types with different numbers of GPUs ({numbers}), and one threshold fits "
            "one number: remove the key, or list types with equally many",
        )
