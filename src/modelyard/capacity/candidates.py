"""On which of a region's instances a model could run, each with an engine that has an image for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from modelyard.capacity import accelerators
from modelyard.capacity.instances import Instance, hosting_types, instance
from modelyard.capacity.memory_fit import Fit, fit
from modelyard.capacity.workload import Workload, on_instance
from modelyard.catalog.images import CpuArchitecture, ImageError
from modelyard.catalog.schema import Model


@dataclass(frozen=True, kw_only=True)
class Neighbours:
    """The next instance below and above one, by the memory of all its devices."""

    smaller: Fit | None
    larger: Fit | None


def candidates(
    model_name: str,
    model: Model,
    workload: Workload,
    *,
    region: str,
    image: str | None = None,
    architecture: CpuArchitecture | None = None,
) -> tuple[Fit, ...]:
    """How a model fits every instance of a region that an image exists for; GPU and Neuron side by side.

    `image` is the entry's own, built for the processor that its name tells and for one CPU `architecture`.
    """
    found = []
    for type_ in _offered(region):
        if image is not None and architecture not in (None, type_.architecture):
            continue
        try:
            asked = on_instance(workload, type_, region=region, image=image)
        except ImageError:
            continue
        found.append(fit(model_name, model, asked, type_))
    return tuple(found)


def neighbours(
    model_name: str, model: Model, workload: Workload, instance: Instance, *, region: str, image: str | None = None
) -> Neighbours:
    """The next smaller and larger instance of the same kind of processor, each with how the model fits it."""
    free = replace(workload, degree=None, widest=True, any_volume=True)
    others = [
        found
        for found in candidates(model_name, model, free, region=region, image=image, architecture=instance.architecture)
        if found.instance.processor == instance.processor
        and accelerators.refusal(found.instance, workload.dtype, cuda_major=found.workload.cuda_major) is None
    ]
    here = _total_memory(instance)
    below = [found for found in others if _total_memory(found.instance) < here]
    above = [found for found in others if _total_memory(found.instance) > here]
    return Neighbours(
        smaller=max(below, key=lambda found: (_total_memory(found.instance), *_less_host(found)), default=None),
        larger=min(above, key=lambda found: (_total_memory(found.instance), *_more_host(found)), default=None),
    )


def _offered(region: str) -> Iterator[Instance]:
    for name in sorted(hosting_types(region) or ()):
        type_ = instance(name)
        if type_ is not None and type_.memory_gib is not None:
            yield type_


def _total_memory(instance: Instance) -> float:
    if instance.processor == "cpu":
        return instance.memory_gib or 0.0
    return instance.total_accelerator_memory_gib or 0.0


def _more_host(found: Fit) -> tuple[float, str]:
    return (found.instance.memory_gib or 0.0, found.instance.name)


def _less_host(found: Fit) -> tuple[float, str]:
    return (-(found.instance.memory_gib or 0.0), found.instance.name)
