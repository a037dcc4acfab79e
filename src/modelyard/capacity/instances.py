"""Hosting instance types: what AWS accepts, what each of them is made of, and where it is offered."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from modelyard.catalog.images import CpuArchitecture, Processor


@dataclass(frozen=True, kw_only=True)
class Instance:
    """One hosting instance type. Numbers that no source states are None."""

    name: str
    processor: Processor
    architecture: CpuArchitecture
    vcpu: int | None
    memory_gib: float | None
    nvme_gb: int | None
    accelerators: int | None = None
    accelerator: str | None = None
    accelerator_memory_gib: float | None = None
    neuron_cores: int | None = None

    @property
    def family(self) -> str:
        """`g6e` of `ml.g6e.2xlarge`."""
        return self.name.split(".")[1]

    @property
    def has_local_nvme(self) -> bool:
        """Whether the type brings its own disk; AWS then attaches no volume and refuses a volume size or key."""
        return bool(self.nvme_gb)

    @property
    def parallel_devices(self) -> int | None:
        """Across how many devices one model can be split: GPUs, or the cores of Neuron chips; None without any."""
        return self.neuron_cores if self.processor == "neuron" else self.accelerators

    @property
    def total_accelerator_memory_gib(self) -> float | None:
        """The memory of all accelerators together."""
        if self.accelerators is None or self.accelerator_memory_gib is None:
            return None
        return self.accelerators * self.accelerator_memory_gib


@cache
def instance_names() -> frozenset[str]:
    """Every type that CreateEndpointConfig accepts."""
    return frozenset(_data("instances.json")["instances"])


@cache
def instance(name: str) -> Instance | None:
    """The type of this name; None where AWS accepts no such type."""
    row = _data("instances.json")["instances"].get(name)
    return Instance(name=name, **row) if row else None


@cache
def hosting_types(region: str) -> frozenset[str] | None:
    """The types that are priced for hosting in a region; None where nothing is known about the region."""
    types = _data("hosting_regions.json")["regions"].get(region)
    return frozenset(types) if types else None


@cache
def hosting_regions() -> tuple[str, ...]:
    """Every region with a price list for hosting."""
    return tuple(_data("hosting_regions.json")["regions"])


@cache
def offered_in(name: str) -> tuple[str, ...]:
    """The regions whose hosting price list holds the type."""
    return tuple(region for region, types in _data("hosting_regions.json")["regions"].items() if name in types)


@cache
def serverless_concurrency(region: str) -> int | None:
    """How many concurrent invocations serverless endpoints reach in a region; None where AWS offers none."""
    limit: int | None = _data("serverless_regions.json")["concurrency"].get(region)
    return limit


@cache
def _data(name: str) -> dict[str, Any]:
    table: dict[str, Any] = json.loads(resources.files("modelyard.capacity").joinpath("data", name).read_text("utf-8"))
    return table
