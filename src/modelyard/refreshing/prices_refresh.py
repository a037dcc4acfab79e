"""A refresh of the price file, from the list to the text that is to be written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from modelyard.catalog.lone_file import read_alone
from modelyard.catalog.problem import CatalogErrors
from modelyard.catalog.schema import EnvironmentFile
from modelyard.catalog.suggestion import one_of
from modelyard.pricing.meters import SAGEMAKER
from modelyard.pricing.offers import OFFERS
from modelyard.pricing.price_file import PriceFile, PriceFileError, read_price_file
from modelyard.pricing.price_list import PriceList
from modelyard.pricing.price_refresh import PriceChange, Refresh, refreshed, source_name
from modelyard.refreshing.price_source import NoSuchRegion, price_lists, public
from modelyard.shell.failure import Failure

# A list that lacks half of what the last one had is cut off, or another one: AWS retires few types at a time.
_FEWEST_KEPT = 0.5


@dataclass(frozen=True, kw_only=True)
class RefreshedPrices:
    """What a refresh comes to: `before` is the text of the file as it is, `notes` are sentences about it."""

    refresh: Refresh
    before: str
    notes: tuple[str, ...]


def refreshed_prices(path: Path, origin: str | None, *, regions: tuple[str, ...], catalog: Path) -> RefreshedPrices:
    """Read the lists of the regions, or of all that the environments and the price file know; nothing is written.

    Without an origin it is AWS's own list of every offer that an estimate counts.

    Raises:
        Failure: when the price file or a list cannot be read, or a list has nothing of a region that was asked for.
    """
    try:
        before = read_price_file(path)
    except PriceFileError as wrong:
        raise Failure(f"{wrong}; take an earlier version from git") from wrong
    wanted = regions or _known_regions(before, catalog)
    file = before
    changes: list[PriceChange] = []
    notes: list[str] = []
    for place, offer, places_regions in _places(origin, wanted):
        found_regions = set[str]()
        try:
            for price_list, asked in price_lists(place, places_regions):
                found = tuple(region for region in asked if region in price_list.regions)
                missing = sorted(set(asked) - set(found))
                # A list that was named holds what it holds; whoever names a region wants that one.
                if missing and (regions or not found):
                    raise Failure(_nothing_of(missing, price_list, place))
                _refuse_cut_off(file, price_list, found)
                step = refreshed(file, price_list, found)
                file = step.file
                changes += step.changes
                notes += _notes(price_list, found)
                found_regions |= set(found)
        except NoSuchRegion:
            # A service may come to a region later than SageMaker, whose list tells a region that AWS does not know.
            if offer in ("", SAGEMAKER):
                raise
        untouched = sorted(set(places_regions) - found_regions)
        if untouched and origin is not None:
            notes.append(f"{one_of(untouched)}: not in this list, left as they are")
        elif untouched:
            notes.append(f"{one_of(untouched)}: not in the list of {offer}, left as it is")
    if origin is None:
        notes += _left(file, wanted)
    return RefreshedPrices(
        refresh=Refresh(file=file, changes=tuple(changes)), before=path.read_text("utf-8"), notes=tuple(notes)
    )


def _places(origin: str | None, regions: tuple[str, ...]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Where prices are read, of which offer as far as that is known before, and for which regions."""
    if origin is not None:
        yield origin, "", regions
        return
    for offer in OFFERS:
        for region in regions:
            yield public(offer), offer, (region,)


def _left(file: PriceFile, regions: tuple[str, ...]) -> Iterator[str]:
    """What an estimate counts beside SageMaker, and no list states: by another source, or by nobody."""
    counted = [(offer.code, usage) for offer in OFFERS.values() for usage in offer.counted]
    for region in regions:
        found = {place: file.prices.get((region, *place)) for place in counted}
        lists = {source_name(region, offer) for offer in OFFERS}
        others = [" ".join(place) for place, price in found.items() if price and price.source not in lists]
        nobody = [" ".join(place) for place, price in found.items() if price is None]
        if others:
            yield f"{region}: in no list, left as another source states them: {', '.join(others)}"
        if nobody:
            yield f"{region}: in no list, so NOT PRICED: {', '.join(nobody)}"


def _known_regions(file: PriceFile, catalog: Path) -> tuple[str, ...]:
    """Those of the price file and of every environment; nothing else of the catalog need be right."""
    try:
        environments = [read_alone(path, EnvironmentFile) for path in sorted(catalog.glob("environments/*.yaml"))]
    except CatalogErrors as errors:
        lines = tuple(str(problem) for problem in errors.problems)
        raise Failure("an environment cannot be read (or say which with --region):", details=lines) from errors
    return tuple(sorted({*file.regions, *(environment.region for environment in environments)}))


def _nothing_of(missing: list[str], price_list: PriceList, origin: str) -> str:
    foreign = {currency for region in missing for currency in price_list.currencies.get(region, ())} - {"USD"}
    if foreign:
        return f"{origin} states the prices of {one_of(missing)} in {one_of(sorted(foreign))}, only USD is understood"
    has = f"it has those of {one_of(price_list.regions)}" if price_list.regions else "nor of any other region"
    what = "endpoints" if price_list.offer == SAGEMAKER else price_list.offer
    return f"{origin} has no prices of {what} in {one_of(missing)}; {has}"


def _refuse_cut_off(file: PriceFile, price_list: PriceList, regions: tuple[str, ...]) -> None:
    for region in regions:
        listed = [
            usage
            for (_, service, usage), row in file.prices.items()
            if (service, row.source) == (price_list.offer, source_name(region, price_list.offer))
        ]
        kept = [
            usage for usage in listed if (region, usage) in price_list.prices or (region, usage) in price_list.unclear
        ]
        if len(kept) < len(listed) * _FEWEST_KEPT:
            raise Failure(
                f"the list has only {len(kept)} of the {len(listed)} prices of {region} that the last one had: "
                "it is cut off or another list, so nothing was written"
            )


def _notes(price_list: PriceList, regions: tuple[str, ...]) -> Iterator[str]:
    for region in regions:
        of = "" if price_list.offer == SAGEMAKER else f" of {price_list.offer}"
        yield f"{region}: AWS price list{of} of {price_list.published_on}, version {price_list.version}"
    for (region, usage), reason in price_list.unclear.items():
        if region in regions:
            yield f"{region}: {usage} {reason} and stays as it is"
