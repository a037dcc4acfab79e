"""What a function is billed by: its calls, and the time that its memory is held, by its processor.

https://aws.amazon.com/lambda/pricing/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from modelyard.pricing.band import Band
from modelyard.pricing.line import Component, Line
from modelyard.pricing.meters import FUNCTION_GB_SECOND, FUNCTION_REQUESTS, Meter
from modelyard.pricing.month import Month
from modelyard.pricing.resources import Properties, Resources, properties_of

_ARM = "arm64"
_MB_PER_GB = 1024
# What Lambda gives and runs a function on that says nothing else.
_DEFAULT_MEMORY_MB, _DEFAULT_ARCHITECTURE = 128, "x86_64"


@dataclass(frozen=True, kw_only=True)
class FunctionSize:
    """The memory of a function, and the processor that it runs on."""

    memory_mb: int
    architecture: str

    @classmethod
    def of(cls, resources: Resources, logical_id: str | None) -> FunctionSize:
        """The size of the function with this logical id.

        Raises:
            LookupError: where there is none.
        """
        properties: Properties | None = properties_of(resources, logical_id)
        if properties is None:
            raise LookupError(f"no function {logical_id}")
        [architecture] = properties.get("Architectures", [_DEFAULT_ARCHITECTURE])
        return cls(memory_mb=properties.get("MemorySize", _DEFAULT_MEMORY_MB), architecture=architecture)

    def gb_seconds(self, seconds: Band | None) -> Band | None:
        """What so many seconds of it are billed as."""
        return seconds.times(Decimal(self.memory_mb) / _MB_PER_GB) if seconds else None


def function_lines(
    component: Component,
    words: tuple[str, str],
    size: FunctionSize,
    *,
    calls: Band | None,
    seconds: Band | None,
    month: Month,
) -> Iterator[Line]:
    """The calls of a function and what it takes at work, in these words."""
    by_call, by_second = _meters(size.architecture)
    yield month.line(component, words[0], by_call, calls)
    yield month.line(component, words[1], by_second, size.gb_seconds(seconds))


def _meters(architecture: str) -> tuple[Meter, Meter]:
    """Ours run on arm64, which has usage types of its own; those of the other architecture have no price here."""
    if architecture == _ARM:
        return FUNCTION_REQUESTS, FUNCTION_GB_SECOND
    return _without_arm(FUNCTION_REQUESTS), _without_arm(FUNCTION_GB_SECOND)


def _without_arm(meter: Meter) -> Meter:
    return Meter(meter.service, meter.usage_type.removesuffix("-ARM"), meter.unit)
