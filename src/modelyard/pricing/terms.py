"""What a company has negotiated with AWS, as organisation.yaml states it, on one day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from modelyard.catalog.schema import NegotiatedPrice, Organisation
from modelyard.pricing.meters import Meter

_PERCENT = Decimal(100)


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The agreements that hold on a day; they are tried in this order, and the first that covers a usage decides."""

    agreements: tuple[NegotiatedPrice, ...] = ()

    @classmethod
    def of(cls, organisation: Organisation, *, on: date) -> Terms:
        """The agreements of a company that hold on a day."""
        return cls(agreements=tuple(one for one in organisation.prices if one.since <= on <= one.until))

    def agreement(self, meter: Meter, region: str) -> NegotiatedPrice | None:
        """The one that decides what a usage costs in a region; None where the list's price holds."""
        return next(self._covering(meter, region), None)

    def _covering(self, meter: Meter, region: str) -> Iterator[NegotiatedPrice]:
        for agreement in self.agreements:
            if agreement.regions and region not in agreement.regions:
                continue
            if _covers(agreement, meter):
                yield agreement


def negotiated_usd(agreement: NegotiatedPrice, list_usd: Decimal | None) -> Decimal | None:
    """What one unit costs under an agreement; None for a discount on a price that nobody knows."""
    if agreement.usd_per_hour is not None:
        return agreement.usd_per_hour
    if list_usd is None or agreement.discount_percent is None:
        return None
    return list_usd * (_PERCENT - agreement.discount_percent) / _PERCENT


def _covers(agreement: NegotiatedPrice, meter: Meter) -> bool:
    if agreement.usage == "everything":
        return True
    if agreement.usage == "serverless":
        return meter.is_serverless
    instance = meter.instance
    if instance is None:
        return False
    return not agreement.instances or any(_names(one, instance) for one in agreement.instances)


def _names(pattern: str, instance: str) -> bool:
    """`ml.g5.*` names a family, everything else one type."""
    return instance.startswith(pattern[:-1]) if pattern.endswith("*") else instance == pattern


LIST_PRICES = Terms()
