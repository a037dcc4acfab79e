"""On what an endpoint runs, and on how much of it: read from its EndpointConfig and its scalable target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from modelyard.pricing.meters import InstanceKind
from modelyard.pricing.resources import Properties, Resources, of_type, readable

CONFIGURATION = "AWS::SageMaker::EndpointConfig"
_SCALABLE_TARGET = "AWS::ApplicationAutoScaling::ScalableTarget"


@dataclass(frozen=True, kw_only=True)
class InstanceHosting:
    """Instances of the first type, or of the others where it is short; `queue_at_once` is what one takes of a queue.

    A deployment starts `first` of them. `volume_gib` is None where AWS decides how large a volume is.
    """

    instances: tuple[str, ...]
    first: int
    fewest: int
    most: int
    scaled: bool
    volume_gib: int | None
    queue_at_once: int | None

    @property
    def billed_kind(self) -> InstanceKind:
        """By which of SageMaker's two meters for instances it is billed."""
        return "real-time" if self.queue_at_once is None else "async"


@dataclass(frozen=True, kw_only=True)
class ServerlessHosting:
    """Concurrency that is billed while it works, and what of it is `provisioned` all the time."""

    memory_mb: int
    most: int
    provisioned: int | None


Hosting = InstanceHosting | ServerlessHosting


def hosting_of(stack: Resources) -> Hosting:
    """What the one variant of an endpoint's stack runs on.

    Raises:
        UnreadableResource: where the stack has no EndpointConfig, or one without a variant.
    """
    with readable(CONFIGURATION):
        return _hosting(stack)


def _hosting(stack: Resources) -> Hosting:
    [configuration] = of_type(stack, CONFIGURATION).values()
    [variant] = configuration["ProductionVariants"]
    serverless = variant.get("ServerlessConfig")
    if serverless is not None:
        return ServerlessHosting(
            memory_mb=serverless["MemorySizeInMB"],
            most=serverless["MaxConcurrency"],
            provisioned=serverless.get("ProvisionedConcurrency"),
        )
    first = variant["InitialInstanceCount"]
    band = _scaling_band(stack)
    fewest, most = band or (first, first)
    client = configuration.get("AsyncInferenceConfig", {}).get("ClientConfig", {})
    return InstanceHosting(
        instances=_instances(variant),
        first=first,
        fewest=fewest,
        most=most,
        scaled=band is not None,
        volume_gib=variant.get("VolumeSizeInGB"),
        queue_at_once=client.get("MaxConcurrentInvocationsPerInstance"),
    )


def _instances(variant: Properties) -> tuple[str, ...]:
    if "InstanceType" in variant:
        return (variant["InstanceType"],)
    pools: list[dict[str, Any]] = sorted(variant["InstancePools"], key=lambda pool: pool["Priority"])
    return tuple(pool["InstanceType"] for pool in pools)


def _scaling_band(stack: Resources) -> tuple[int, int] | None:
    """The fewest and the most instances between which Application Auto Scaling moves; None where it does not."""
    for target in of_type(stack, _SCALABLE_TARGET).values():
        return target["MinCapacity"], target["MaxCapacity"]
    return None
