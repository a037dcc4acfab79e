"""An image runs on the processor of its instances."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.capacity.instances import instance
from modelyard.capacity.serving_image import serving_image
from modelyard.catalog.document import Key
from modelyard.catalog.entry import Catalog, Entry
from modelyard.catalog.images import ImageError
from modelyard.rules.rule import Rule, Violation, instance_places

RULE = Rule(
    id="MY018",
    severity="error",
    title="an image runs on the processor of the entry's instances",
    reason="an image for GPUs finds no driver on other instances, an image for Neuron runs on Inferentia2 "
    "and Trainium only, and an image for CPUs leaves an accelerator idle that is paid for.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/neo-deployment-hosting-services-prerequisites.html "
    "and the processors that sagemaker-core 2.27.0 lists per image",
    fix="choose an instance of the image's kind: ml.g and ml.p for GPUs, ml.inf2 and ml.trn for Neuron, "
    "others for CPUs",
    fails="""\
# catalog/endpoints/chat.yaml
kind: real-time
serving: {engine: custom, image: "my-engine:1.2-cu130", instance: ml.m5.xlarge}
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: real-time
serving: {engine: custom, image: "my-engine:1.2-cpu", instance: ml.m5.xlarge}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    serving = entry.endpoint.serving
    try:
        image = serving_image(entry, catalog.environment)
    except ImageError:
        return  # MY017 says it
    place: tuple[Key, ...] = ("serving", "image") if serving.image else ("serving", "engine")
    for location, name in instance_places(entry):
        type_ = instance(name)
        if type_ is None:
            continue
        if serving.engine == "neuron" and (type_.processor != "neuron" or type_.family == "inf1"):
            yield Violation(
                location, f"engine neuron runs on ml.inf2 and ml.trn, not on {name}: choose such an instance"
            )
        elif image.processor is not None and image.processor != type_.processor:
            yield Violation(
                place,
                f"the image {image.repository}:{image.tag} is for {image.processor}, but {name} is a "
                f"{type_.processor} instance: choose an instance or an image of one kind",
            )
