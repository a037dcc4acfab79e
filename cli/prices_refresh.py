"""A refresh of the price file, from the list to the text that is to be written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from catalog.lone_file import read_alone
from catalog.problem import CatalogErrors
from catalog.schema import EnvironmentFile
from catalog.suggestion import one_of
from cli.failure import Failure
from cli.price_source import price_lists
from pricing.price_file import PriceFile, PriceFileError, read_price_file
from pricing.price_list import PriceList
from pricing.price_refresh import Change, Refresh, refreshed, source_name

# A list that lacks half of what the last one had is cut off, or another one: AWS retires few types at a time.
_FEWEST_KEPT = 0.5


@dataclass(frozen=True, kw_only=True)
class RefreshedPrices:
    """What a refresh comes to: `before` is the text of the file as it is, `notes` are sentences about it."""

    refresh: Refresh
    before: str
    notes: tuple[str, ...]


def refreshed_prices(path: Path, origin: str, *, regions: tuple[str, ...], catalog: Path) -> RefreshedPrices:
    """Read the lists of the regions, or of all that the environments and the price file know; nothing is written.

    Raises:
        Failure: when the price file or a list cannot be read, or a list has nothing of a region that was asked for.
    """
    try:
        before = read_price_file(path)
    except PriceFileError as wrong:
        raise Failure(f"{wrong}; take an earlier version from git") from wrong
    wanted = regions or _known_regions(before, catalog)
    file, found_regions = before, set[str]()
    changes: list[Change] = []
    notes: list[str] = []
    for price_list, asked in price_lists(origin, wanted):
        found = tuple(region for region in asked if region in price_list.regions)
        missing = sorted(set(asked) - set(found))
        # A list that was named holds what it holds; whoever names a region wants that one.
        if missing and (regions or not found):
            raise Failure(_nothing_of(missing, price_list, origin))
        _refuse_cut_off(file, price_list, found)
        step = refreshed(file, price_list, found)
        file = step.file
        changes += step.changes
        notes += _notes(price_list, found)
        found_regions |= set(found)
    untouched = sorted(set(wanted) - found_regions)
    if untouched:
        notes.append(f"{one_of(untouched)}: not in this list, left as they are")
    return RefreshedPrices(
        refresh=Refresh(file=file, changes=tuple(changes)), before=path.read_text("utf-8"), notes=tuple(notes)
    )


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
    return f"{origin} has no prices of endpoints in {one_of(missing)}; {has}"


def _refuse_cut_off(file: PriceFile, price_list: PriceList, regions: tuple[str, ...]) -> None:
    for region in regions:
        listed = [
            usage
            for (where, _, usage), row in file.prices.items()
            if row.source == source_name(where) == source_name(region)
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
        yield f"{region}: AWS price list of {price_list.published_on}, version {price_list.version}"
    for region, usage in price_list.unclear:
        if region in regions:
            yield f"{region}: {usage} has more than one price in the list and stays as it is"
