"""A container's image lies in the registry of the endpoint's own region."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.capacity.serving_image import serving_image
from modelyard.catalog.entry import Catalog, Entry
from modelyard.catalog.images import ImageError
from modelyard.rules.rule import Rule, Violation

RULE = Rule(
    id="MY048",
    severity="error",
    title="an image lies in the registry of the endpoint's own region",
    reason="SageMaker pulls from Amazon ECR of the region that the container runs in, and refuses a Model whose "
    "image lies elsewhere.",
    source="CreateModel, ContainerDefinition, Image: "
    "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html",
    fix="replicate the repository to the region, and name the image as repository:tag to mean the environment's own",
    fails="""\
# catalog/environments/prod.yaml
region: us-east-1
# catalog/endpoints/chat.yaml
kind: real-time
serving: {engine: custom, image: "111122223333.dkr.ecr.eu-west-1.amazonaws.com/my-engine:1.2-cu130"}
""",
    passes="""\
# catalog/environments/prod.yaml
region: us-east-1
# catalog/endpoints/chat.yaml
kind: real-time
serving: {engine: custom, image: "my-engine:1.2-cu130"}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    here = catalog.environment.region
    try:
        image = serving_image(entry, catalog.environment)
    except ImageError:
        return  # MY017 says it
    if image.region != here:
        own = f"replicate it and write image: {image.repository}:{image.tag or '<tag>'}"
        if image.account != catalog.environment.account:
            # AWS and other owners publish an image in several regions, each in a registry of its own.
            own = f"name the registry of {image.account} in {here} if the image is there too, or {own}"
        yield Violation(
            ("serving", "image"),
            f"the image lies in {image.region}, but the endpoint runs in {here} and SageMaker pulls from there only: "
            f"{own}",
        )
