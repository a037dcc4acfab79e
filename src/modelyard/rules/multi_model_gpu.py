"""Several models share a GPU only under Triton, on the instances AWS lists."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.capacity.instances import instance
from modelyard.catalog.entry import Catalog, Entry
from modelyard.rules.rule import Rule, Violation, instance_places

TRITON = "sagemaker-tritonserver"
SINGLE_GPU_TYPES = (
    "ml.p2.xlarge",
    "ml.p3.2xlarge",
    *(
        f"ml.{family}.{size}"
        for family in ("g4dn", "g5")
        for size in ("xlarge", "2xlarge", "4xlarge", "8xlarge", "16xlarge")
    ),
)

RULE = Rule(
    id="MY030",
    severity="error",
    title="a multi-model endpoint on GPUs runs NVIDIA Triton on a listed single-GPU instance",
    reason="AWS supports GPUs behind multi-model endpoints with the Triton container alone, on twelve types "
    "with one GPU.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/multi-model-support.html",
    fix="use a CPU instance, the Triton image on a listed type, or one endpoint per model",
    fails="""\
# catalog/endpoints/chat.yaml
kind: multi-model
serving: {engine: custom, image: "my-shelf:1.2-cu130", instance: ml.g6.xlarge}
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: multi-model
serving: {engine: custom, image: "sagemaker-tritonserver:25.10-cu130", instance: ml.g5.xlarge}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    if entry.endpoint.kind != "multi-model":
        return
    for location, name in instance_places(entry):
        type_ = instance(name)
        if type_ is None or type_.processor != "gpu":
            continue
        if name not in SINGLE_GPU_TYPES:
            yield Violation(
                location,
                f"instance {name} cannot hold several models, on GPUs only {', '.join(SINGLE_GPU_TYPES)} can: "
                "choose one of them, a CPU instance, or one endpoint per model",
            )
        # Another engine than custom is MY029's to refuse.
        if entry.endpoint.serving.engine == "custom" and not _is_triton(entry.endpoint.serving.image or ""):
            yield Violation(
                ("serving", "engine"),
                f"several models share the GPU of {name} only in NVIDIA Triton: name a {TRITON} image, or choose "
                "a CPU instance",
            )


def _is_triton(image: str) -> bool:
    """AWS's own image, or a copy of it under the same name in another registry or folder."""
    name, _, _ = image.rsplit("/", 1)[-1].partition("@")
    return name.partition(":")[0] == TRITON
