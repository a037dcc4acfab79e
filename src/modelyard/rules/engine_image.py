"""An entry's engine has an image for its instances and region."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.capacity.instances import instance
from modelyard.capacity.serving_image import instances_of, serving_image
from modelyard.catalog.document import Key
from modelyard.catalog.entry import Catalog, Entry
from modelyard.catalog.images import ImageError, published_processors
from modelyard.rules.rule import Rule, Violation

RULE = Rule(
    id="MY017",
    severity="error",
    title="the engine has an image for the entry's instances and region",
    reason="an image is built for one kind of processor and is pulled from a registry of its own region.",
    source="sagemaker-core 2.27.0, image_uri_config; aws/deep-learning-containers e0ecedea, docs/src/data",
    fix="choose an engine for the processor, an instance for the engine, or name your own serving.image",
    fails="""\
# catalog/endpoints/chat.yaml
kind: real-time
serving: {engine: vllm, instance: ml.m5.xlarge}
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: real-time
serving: {engine: vllm, instance: ml.g5.2xlarge}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    serving = entry.endpoint.serving
    unknown_instance = any(instance(name) is None for name in instances_of(entry.endpoint))
    accelerated_serverless = (
        entry.endpoint.kind == "serverless"
        and serving.image is None
        and "cpu" not in published_processors(serving.engine)
    )
    if unknown_instance or (accelerated_serverless and serving.engine != "custom"):
        return  # MY013 and MY025 say it better
    try:
        serving_image(entry, catalog.environment)
    except ImageError as error:
        place: tuple[Key, ...] = ("serving", "image") if serving.image else ("serving", "engine")
        yield Violation(place, str(error))
