"""A serverless endpoint runs an engine without accelerator, from a registry that AWS pulls from."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.capacity.serving_image import serving_image
from modelyard.catalog.entry import Catalog, Entry
from modelyard.catalog.images import ImageError, published_processors
from modelyard.rules.rule import Rule, Violation

RULE = Rule(
    id="MY025",
    severity="error",
    title="a serverless endpoint runs an image without accelerator from AWS's registries or the account's own",
    reason="serverless inference has no GPU and no Neuron chip, and pulls from AWS's own registries and "
    "from ECR of the same account only.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html",
    fix="use engine llama-cpp, tei or custom with an image for CPUs, or choose kind real-time or async",
    fails="""\
# catalog/endpoints/chat.yaml
kind: serverless
serving: {engine: custom, image: "my-engine:1.2-cu130"}
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: serverless
serving: {engine: custom, image: "my-engine:1.2-cpu"}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    if entry.endpoint.kind != "serverless":
        return
    serving = entry.endpoint.serving
    processors = published_processors(serving.engine)
    if serving.image is None and processors and "cpu" not in processors:
        yield Violation(
            ("serving", "engine"),
            f"engine {serving.engine} needs {' or '.join(processors)}, which a serverless endpoint lacks: use "
            "llama-cpp, tei or custom, or choose kind real-time",
        )
        return
    try:
        image = serving_image(entry, catalog.environment)
    except ImageError:
        return  # MY017 says it
    if image.processor in ("gpu", "neuron"):
        yield Violation(
            ("serving", "image"),
            f"the image {image.repository}:{image.tag} is for {image.processor}, which a serverless endpoint "
            "lacks: use an image for CPUs, or choose kind real-time",
        )
    if not image.published_by_vendor and image.account != catalog.environment.account:
        yield Violation(
            ("serving", "image"),
            f"the image lies in account {image.account}, but a serverless endpoint pulls only from "
            f"{catalog.environment.account} and from AWS: copy the image",
        )
