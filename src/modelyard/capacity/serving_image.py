"""The container image and the host image of a catalog entry, from what its instances are made of."""

from __future__ import annotations

from modelyard.capacity.instances import instance
from modelyard.catalog.entry import AnyEndpoint, Entry
from modelyard.catalog.images import Image, ImageError, resolve_image
from modelyard.catalog.schema import Environment


def serving_image(entry: Entry, environment: Environment) -> Image:
    """The image an entry runs in an environment.

    Raises:
        ImageError: when its engine publishes none for its instances or region.
    """
    serving = entry.endpoint.serving
    names = instances_of(entry.endpoint)
    first = instance(names[0]) if names else None
    if names and first is None:
        raise ImageError(f"instance {names[0]} is no hosting instance type")
    return resolve_image(
        engine=serving.engine,
        processor=first.processor if first else "cpu",
        architecture=first.architecture if first else "x86_64",
        region=environment.region,
        account=environment.account,
        image=serving.image,
        image_tag=serving.image_tag,
    )


def host_image(entry: Entry, image: Image) -> str | None:
    """The InferenceAmiVersion of an entry's variant; None where the entry has no instances or AWS should choose."""
    names = instances_of(entry.endpoint)
    first = instance(names[0]) if names else None
    return image.inference_ami_version(first.processor) if first else None


def instances_of(endpoint: AnyEndpoint) -> tuple[str, ...]:
    """The instance types of an endpoint in order of preference; none where AWS starts it per request."""
    return () if endpoint.kind == "serverless" else endpoint.serving.instances
