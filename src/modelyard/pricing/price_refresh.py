"""The price file with what a newer price list states: what is added, removed and changed, and what is kept as it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from modelyard.pricing.meters import SAGEMAKER
from modelyard.pricing.price_file import ListedPrice, PriceFile, Source
from modelyard.pricing.price_list import OfferedPrice, PriceList

_PERCENT = Decimal(100)
What = Literal["added", "removed", "changed", "confirmed"]


@dataclass(frozen=True, kw_only=True)
class PriceChange:
    """What becomes of one price; a price is confirmed where the list states what another source had said before."""

    what: What
    region: str
    service: str
    usage_type: str
    old_usd: Decimal | None
    new_usd: Decimal | None
    old_source: Source | None

    @property
    def percent(self) -> Decimal | None:
        """By how much it rises, in percent of what it was; None where it was not or is no more."""
        if self.old_usd is None or self.new_usd is None:
            return None
        return (self.new_usd / self.old_usd - 1) * _PERCENT


@dataclass(frozen=True, kw_only=True)
class Refresh:
    """The file as it will be, and what is different in it."""

    file: PriceFile
    changes: tuple[PriceChange, ...]

    def count(self, what: What) -> int:
        """How many prices are changed in one way."""
        return sum(change.what == what for change in self.changes)


def source_name(region: str, offer: str = SAGEMAKER) -> str:
    """The name under which a region's price list is a source; it stays, so that only prices that change show."""
    return f"aws-price-list-{region}" + ("" if offer == SAGEMAKER else f"-{offer}")


def refreshed(file: PriceFile, price_list: PriceList, regions: Iterable[str]) -> Refresh:
    """The file with the list's prices of the regions.

    What the list no longer states goes, if it was the list that had stated it; what comes from another source, such as
    a price derived from EC2's, stays and keeps its mark, and so does everything of another region or service. A price
    for which the list states nothing that could be taken stays as well.
    """
    sources, prices, changes = dict(file.sources), dict(file.prices), []
    offer = price_list.offer
    for region in regions:
        name = source_name(region, offer)
        sources[name] = Source(
            text=f"AWS price list of {offer} in {region}, version {price_list.version}",
            dated=price_list.published_on,
            derived=False,
        )
        listed = {usage: price for (where, usage), price in price_list.prices.items() if where == region}
        unclear = {usage for where, usage in price_list.unclear if where == region}
        before = {
            usage: price for (where, service, usage), price in prices.items() if (where, service) == (region, offer)
        }
        for usage in sorted({*before, *listed} - unclear):
            old, new = before.get(usage), listed.get(usage)
            if new is None and old is not None and old.source != name:
                continue
            place = (region, offer, usage)
            if new is None:
                del prices[place]
            else:
                prices[place] = ListedPrice(usd=new.usd, unit=new.unit, source=name, sku=new.sku)
            what = _what(old, new, name)
            if what is not None:
                changes.append(
                    PriceChange(
                        what=what,
                        region=region,
                        service=offer,
                        usage_type=usage,
                        old_usd=old.usd if old else None,
                        new_usd=new.usd if new else None,
                        old_source=file.sources[old.source] if old else None,
                    )
                )
    return Refresh(file=PriceFile(sources=sources, prices=prices), changes=tuple(changes))


def _what(old: ListedPrice | None, new: OfferedPrice | None, name: str) -> What | None:
    if old is None:
        return "added"
    if new is None:
        return "removed"
    if old.usd != new.usd:
        return "changed"
    return None if old.source == name else "confirmed"
