"""Where the AWS price list is read from: the public address, another one, or files that somebody has downloaded.

The index of an offer names one file for each region, in JSON form; the CSV form lies beside it and can be read line by
line, so it is tried first.
https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-the-aws-price-list-bulk-api-fetching-price-list-files-manually.html
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from modelyard.catalog.suggestion import did_you_mean
from modelyard.pricing.price_list import PriceList, PriceListError
from modelyard.pricing.price_list_csv import read_csv
from modelyard.pricing.price_list_json import read_json
from modelyard.shell.failure import Failure
from modelyard.shell.opened_bytes import NothingThere, is_address, opened

_PUBLIC = "https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/{}/current/region_index.json"
# A document of JSON is held in memory, several times over. The list of one region has some megabytes.
LARGEST_JSON_BYTES = 100_000_000


class NoSuchRegion(Failure):
    """The index of an offer names no list for a region."""


def public(offer: str) -> str:
    """The address at which AWS publishes the index of an offer's regions."""
    return _PUBLIC.format(offer)


def price_lists(origin: str, regions: Iterable[str]) -> Iterator[tuple[PriceList, tuple[str, ...]]]:
    """Each price list that has prices of the wanted regions, with those it is read for.

    Raises:
        Failure: when something cannot be reached or is no price list; nothing may be written then.
    """
    if not _is_json(origin):
        yield _from_csv(origin), tuple(regions)
        return
    document = _document(origin)
    if "products" in document:
        yield _from_json(origin, document), tuple(regions)
        return
    index = _addresses(origin, document)
    for region in regions:
        if region not in index:
            raise NoSuchRegion(f"the price list has no region {region}{did_you_mean(region, index)}")
        yield _of_region(origin, index[region]), (region,)


def _is_json(place: str) -> bool:
    return place.lower().split("?")[0].endswith(".json")


def _of_region(origin: str, listed: str) -> PriceList:
    """The list at the address that the index states, in CSV form where there is one."""
    csv = listed.removesuffix(".json") + ".csv"
    try:
        return _from_csv(_beside(origin, csv))
    except NothingThere:
        place = _beside(origin, listed)
        return _from_json(place, _document(place))


def _beside(origin: str, listed: str) -> str:
    """Where a file of the index lies."""
    if is_address(origin):
        return urljoin(origin, listed)
    # A mirror on disk: the index states addresses from the root of the server.
    for folder in Path(origin).absolute().parents:
        found = folder / listed.lstrip("/")
        if found.is_file():
            return str(found)
    raise NothingThere(f"{origin} names {listed}, which lies in none of the folders above it: mirror the lists as well")


def _from_csv(place: str) -> PriceList:
    with opened(place) as stream, io.TextIOWrapper(stream, encoding="utf-8", newline="") as lines:
        try:
            return read_csv(lines)
        except PriceListError as wrong:
            raise Failure(f"{place}: {wrong}") from wrong
        except UnicodeDecodeError:
            raise Failure(f"{place} is no text in UTF-8, so it is no price list in CSV form") from None


def _from_json(place: str, document: dict[str, Any]) -> PriceList:
    try:
        return read_json(document)
    except PriceListError as wrong:
        raise Failure(f"{place}: {wrong}") from wrong


def _document(place: str) -> dict[str, Any]:
    with opened(place) as stream:
        text = stream.read(LARGEST_JSON_BYTES + 1)
    if len(text) > LARGEST_JSON_BYTES:
        raise Failure(
            f"{place} has more than {LARGEST_JSON_BYTES // 10**6} MB of JSON: give its CSV form, {_csv(place)}"
        )
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise Failure(f"{place} is no price list and no index of one, or only a part")
    return document


def _addresses(origin: str, document: dict[str, Any]) -> dict[str, str]:
    """Where the list of each region lies, in the index's words."""
    try:
        return {str(name): str(row["currentVersionUrl"]) for name, row in document["regions"].items()}
    except (KeyError, TypeError, AttributeError):
        raise Failure(f"{origin} is no index of an AWS price list (region_index.json)") from None


def _csv(place: str) -> str:
    return f"{place.removesuffix('.json')}.csv"
