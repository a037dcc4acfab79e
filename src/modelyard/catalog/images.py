"""Which container image an entry runs: what its engine's vendor publishes for SageMaker, another tag of it, or its own.

The table is `images.json`; its sources and their date stand in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

from modelyard.catalog.partitions import partition_of
from modelyard.catalog.suggestion import did_you_mean, one_of

Processor = Literal["cpu", "gpu", "neuron", "gaudi"]
CpuArchitecture = Literal["x86_64", "arm64"]

# <account>.dkr.ecr.<region>.<suffix>/<repository>, with a tag or a digest.
_ECR = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.(?P<suffix>[a-z0-9.-]+)/"
    r"(?P<repository>[a-z0-9][a-z0-9._/-]*)(?::(?P<tag>[\w.-]+))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_OWN = re.compile(
    r"(?P<repository>[a-z0-9][a-z0-9._/-]*?)(?::(?P<tag>[\w][\w.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_CUDA = re.compile(r"(?:^|[-_.])cu(?P<major>\d{2})\d(?:[-_.]|$)")
# The server images name a version of their own instead of CUDA's: vLLM's v1 was built on CUDA 12.9, all others
# on CUDA 13 (aws/deep-learning-containers e0ecedea, docs/src/data).
_CUDA_12_SERVER = "server-sagemaker-cuda-v1"
_CUDA_SERVER = "server-sagemaker-cuda-"
# Which driver a host needs for a container's CUDA: AL2 with driver 550 for CUDA 12, AL2023 with driver 580 for CUDA 13
# (aws/deep-learning-containers e0ecedea, test/test_utils/constants.py); the values are the API's
# ProductionVariantInferenceAmiVersion (botocore 1.44.5 sagemaker model).
_AMI_BY_CUDA = {12: "al2-ami-sagemaker-inference-gpu-3-1", 13: "al2023-ami-sagemaker-inference-gpu-4-1"}
_AMI_NEURON = "al2-ami-sagemaker-inference-neuron-2"


class ImageError(ValueError):
    """No image can be named; the text says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Image:
    """One image in a registry. `cuda_major` and `processor` are None where nothing in its name tells them."""

    uri: str
    repository: str
    tag: str | None
    account: str
    region: str
    processor: Processor | None
    cuda_major: int | None
    published_by_vendor: bool

    def inference_ami_version(self, processor: Processor) -> str | None:
        """The host image that carries the drivers this container needs; None leaves the choice to AWS.

        A CPU instance must carry none: the value would select a GPU driver.
        """
        if processor == "neuron":
            return _AMI_NEURON
        if processor == "gpu" and self.cuda_major is not None:
            return _AMI_BY_CUDA.get(self.cuda_major)
        return None


def resolve_image(
    *,
    engine: str,
    processor: Processor,
    architecture: CpuArchitecture,
    region: str,
    account: str,
    image: str | None = None,
    image_tag: str | None = None,
) -> Image:
    """The image of an entry; `account` and `region` are the environment's.

    Raises:
        ImageError: when the engine publishes nothing for this processor and region, or a name is malformed.
    """
    if image is not None:
        if image_tag is not None:
            raise ImageError(f"image {image} and image_tag {image_tag} are both given: keep one of them")
        return _own_image(image, region=region, account=account)
    if engine == "custom":
        raise ImageError("engine custom brings its own image: add serving.image, for example modelyard/llm-cpu:0.1.0")
    found = _published(engine, processor, architecture)
    regions = found.get("regions") or _table()["registries"][found["registry"]]
    if region not in regions:
        raise ImageError(
            f"{found['repository']} is not published in {region}{did_you_mean(region, regions)}, only in "
            f"{one_of(sorted(regions))}: choose another engine, or name a copy in your own registry in serving.image"
        )
    registry = _table()["registries"][found["registry"]][region]
    tag = image_tag or found["tag"]
    return Image(
        uri=f"{registry}.dkr.ecr.{region}.{partition_of(region).dns_suffix}/{found['repository']}:{tag}",
        repository=found["repository"],
        tag=tag,
        account=registry,
        region=region,
        processor=processor,
        cuda_major=_cuda_major(tag),
        published_by_vendor=True,
    )


def published_processors(engine: str) -> tuple[Processor, ...]:
    """What kinds of instance the engine's published images run on; empty for `custom`."""
    return tuple(dict.fromkeys(row["processor"] for row in _table()["images"] if row["engine"] == engine))


def _published(engine: str, processor: Processor, architecture: CpuArchitecture) -> Mapping[str, Any]:
    rows = [row for row in _table()["images"] if row["engine"] == engine]
    for row in rows:
        if row["processor"] == processor and row["architecture"] == architecture:
            return dict(row)
    offered = ", ".join(f"{row['processor']} on {row['architecture']}" for row in rows)
    raise ImageError(
        f"engine {engine} publishes no image for {processor} on {architecture}, only for {offered}: "
        "choose another instance or engine, or name your own serving.image"
    )


def _own_image(image: str, *, region: str, account: str) -> Image:
    elsewhere = _ECR.fullmatch(image)
    if elsewhere:
        return _named(elsewhere, uri=image, account=elsewhere["account"], region=elsewhere["region"])
    here = _OWN.fullmatch(image)
    registry, slash, _ = image.partition("/")
    if here is None or (slash and "." in registry):
        raise ImageError(
            f"image {image} is neither repository:tag nor <account>.dkr.ecr.<region>.amazonaws.com/repository:tag: "
            "SageMaker pulls from ECR, so copy the image there first"
        )
    if not here["tag"] and not here["digest"]:
        raise ImageError(f"image {image} has no tag, so a deploy could change it unseen: write {image}:<tag>")
    return _named(
        here,
        uri=f"{account}.dkr.ecr.{region}.{partition_of(region).dns_suffix}/{image}",
        account=account,
        region=region,
    )


def _named(match: re.Match[str], *, uri: str, account: str, region: str) -> Image:
    tag = match["tag"]
    repository = match["repository"]
    vendors = {registry.get(region) for registry in _table()["registries"].values()}
    cuda_major = _cuda_major(tag or "")
    return Image(
        uri=uri,
        repository=repository,
        tag=tag,
        account=account,
        region=region,
        processor=_processor(repository, tag or "", cuda_major),
        cuda_major=cuda_major,
        published_by_vendor=account in vendors,
    )


def _processor(repository: str, tag: str, cuda_major: int | None) -> Processor | None:
    words = re.split(r"[-_./]", f"{repository}-{tag}")
    if any(word.startswith("neuron") for word in words):
        return "neuron"
    if cuda_major is not None or "gpu" in words or "cuda" in words:
        return "gpu"
    return "cpu" if "cpu" in words else None


def _cuda_major(tag: str) -> int | None:
    stated = _CUDA.search(tag)
    if stated:
        return int(stated["major"])
    if tag.startswith(_CUDA_SERVER):
        return 12 if tag == _CUDA_12_SERVER else 13
    return None


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(resources.files("modelyard.catalog").joinpath("images.json").read_text("utf-8"))
    return table
