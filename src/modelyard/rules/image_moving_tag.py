"""An image's tag names one image for ever."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.capacity.serving_image import serving_image
from modelyard.catalog.entry import Catalog, Entry
from modelyard.catalog.images import ImageError
from modelyard.rules.rule import Rule, Violation

# Tags that are moved to each new build by convention.
MOVING = frozenset({"latest", "stable", "edge", "nightly", "main", "master", "dev"})

RULE = Rule(
    id="MY052",
    severity="warning",
    title="an image's tag is one that stays where it is",
    reason="instances that start later pull what the tag names by then, so that one endpoint runs two images, and no "
    "deploy tells.",
    source="https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html",
    fix="name a version, or the digest: my-engine@sha256:...",
    fails="""\
# catalog/endpoints/chat.yaml
kind: serverless
serving: {engine: custom, image: "my-engine:latest"}
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: serverless
serving: {engine: custom, image: "my-engine:1.2-cpu"}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    try:
        image = serving_image(entry, catalog.environment)
    except ImageError:
        return  # MY017 says it
    if image.tag in MOVING and "@sha256:" not in image.uri:
        yield Violation(
            ("serving", "image" if entry.endpoint.serving.image else "image_tag"),
            f"the tag {image.tag} of {image.repository} moves with each build, so later instances may run another "
            "image: name a version, or the digest",
        )
