"""A GPU host gets a driver that its container's CUDA works with."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.capacity.instances import instance
from modelyard.capacity.serving_image import serving_image
from modelyard.catalog.entry import Catalog, Entry
from modelyard.catalog.images import ImageError
from modelyard.rules.rule import Rule, Violation, instance_places

# GPUs of the Blackwell generation; they need driver 570 or newer.
BLACKWELL = ("g7", "g7e", "p6-b200", "p6-b300", "p6e-gb200")
OLDEST_CUDA_FOR_BLACKWELL = 13

RULE = Rule(
    id="MY020",
    severity="warning",
    title="a GPU host gets a driver that the container's CUDA works with",
    reason="InferenceAmiVersion is chosen from the CUDA version in the image's tag. Without it AWS's "
    "default driver runs, which is too old for current images: the container then stops without a "
    "log line. Blackwell GPUs need CUDA 13.",
    source="https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html "
    "(InferenceAmiVersion); aws/deep-learning-containers e0ecedea, docs/vllm/deployment/sagemaker.md",
    fix="put the CUDA version into the image's tag, for example my-engine:1.2-cu130",
    fails="""\
# catalog/endpoints/chat.yaml
kind: real-time
serving: {engine: custom, image: "my-engine:1.2", instance: ml.g5.2xlarge}
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: real-time
serving: {engine: custom, image: "my-engine:1.2-cu130", instance: ml.g5.2xlarge}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    try:
        image = serving_image(entry, catalog.environment)
    except ImageError:
        return  # MY017 says it
    for location, name in instance_places(entry):
        type_ = instance(name)
        if type_ is None or type_.processor != "gpu" or image.processor not in (None, "gpu"):
            continue
        if image.cuda_major is None:
            yield Violation(
                ("serving", "image"),
                f"the tag of {image.repository}:{image.tag} does not tell its CUDA version, so AWS's default "
                f"driver runs on {name}: add it to the tag, for example cu130",
            )
        elif type_.family in BLACKWELL and image.cuda_major < OLDEST_CUDA_FOR_BLACKWELL:
            yield Violation(
                location,
                f"{name} has Blackwell GPUs, whose driver needs CUDA 13, but {image.tag} is built on CUDA "
                f"{image.cuda_major}: take a newer image_tag",
            )
