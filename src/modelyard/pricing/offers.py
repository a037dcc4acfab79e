"""Which offers of AWS's price list amounts rest on, and which usage types of each are read.

Of SageMaker everything that endpoints are billed by; of the services around them the meters that an estimate counts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from modelyard.pricing import meters
from modelyard.pricing.meters import SAGEMAKER, Meter

# A region stands before its usage types by its code on the bill (USE1-), by its own name (of keys), or not at all.
_REGION = r"(?:[A-Z]{2,4}[0-9]?-|[a-z]{2}(?:-[a-z]+)+-[0-9]-)?"
# Training, batch transform, processing, notebooks and studio have usage types of their own for the same instances.
_ENDPOINTS = {
    "Hrs": r"(?:Host|AsyncInf):ml\.[a-z0-9-]+\.[a-z0-9-]+",
    "seconds": r"ServerlessInf:Mem-[0-9]+GB|ProvisionedConcurrency:(?:Usage|Mem)-[0-9]+GB",
    "GB-Mo": r"Host:VolumeUsage\.gp2",
    "GB": r"Hst:Data-Bytes-(?:In|Out)",
}
# The lists' own words for a unit, where they are known to be others than ours.
_WORDS = {
    "Hrs": ("hrs", "hours", "hour"),
    "seconds": ("seconds", "second"),
    "GB-Mo": ("gb-mo", "gb-month"),
    "ShardHour": ("shardhour", "shard-hour", "hrs", "hours"),
    "StreamHr": ("streamhr", "streamhour", "hrs", "hours"),
    "Lambda-GB-Second": ("lambda-gb-second", "seconds", "second"),
    "Hours": ("hours", "hrs", "hour"),
    "KPU-Hour": ("kpu-hour", "kpu-hours", "hours", "hrs"),
    "Count": ("count", "objects", "requests"),
}
# S3 sells other things under the usage type of its standard storage.
_VOLUME_TYPES = {meters.OBJECTS_STORED: "Standard"}


@dataclass(frozen=True)
class Offer:
    """One offer: its code, and the units of what is read of it, by the pattern of their usage types.

    `counted` are the usage types that are known by name: every one of them should be in the list. Where `first_tier` is
    set, the price that holds is the first that is not free, before discounts by volume.
    """

    code: str
    units: Mapping[str, str]
    first_tier: bool
    counted: tuple[str, ...] = ()

    def usage(self, listed: str, volume_type: str) -> tuple[str, str] | None:
        """The usage type without its region, and its unit; None for what is not read."""
        found = self._pattern.fullmatch(listed)
        if found is None:
            return None
        group, unit = next((at, unit) for at, unit in enumerate(self.units.values(), start=1) if found[at] is not None)
        usage = found[group]
        wanted = _VOLUME_TYPES.get(Meter(self.code, usage, unit))
        return None if wanted and volume_type not in (wanted, "") else (usage, unit)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(f"{_REGION}(?:{'|'.join(f'({usages})' for usages in self.units)})")


def is_unit(word: str, unit: str) -> bool:
    """Whether a list's word for a unit says what the unit says."""
    return word.lower() in _WORDS.get(unit, (unit.lower(),))


def _offers() -> Mapping[str, Offer]:
    found = {SAGEMAKER: Offer(SAGEMAKER, {pattern: unit for unit, pattern in _ENDPOINTS.items()}, first_tier=False)}
    counted = [meter for meter in vars(meters).values() if isinstance(meter, Meter) and meter.service != SAGEMAKER]
    for service in sorted({meter.service for meter in counted}):
        own = [meter for meter in counted if meter.service == service]
        units = {re.escape(meter.usage_type): meter.unit for meter in own}
        found[service] = Offer(service, units, first_tier=True, counted=tuple(meter.usage_type for meter in own))
    return MappingProxyType(found)


# By code, SageMaker's first.
OFFERS = _offers()
