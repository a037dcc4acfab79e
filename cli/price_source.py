"""Where the AWS price list is read from: the public address, another one, or files that somebody has downloaded.

The index of an offer names one file for each region. Its addresses lead to the JSON form; the CSV form lies beside it
and can be read line by line.
https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-the-aws-price-list-bulk-api-fetching-price-list-files-manually.html
"""

from __future__ import annotations

import http.client
import io
import json
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urljoin

from catalog.suggestion import did_you_mean
from cli.failure import Failure
from pricing.price_list import PriceList, PriceListError, read_price_list

PUBLIC = "https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonSageMaker/current/region_index.json"
_WAIT_SECONDS = 30
# The index of an offer has some ten kilobytes; whatever is far larger is something else.
_LARGEST_INDEX_BYTES = 5_000_000
_CSV_INSTEAD = "give its CSV form, which lies beside it under the same name with .csv"


def price_lists(origin: str, regions: Iterable[str]) -> Iterator[tuple[PriceList, tuple[str, ...]]]:
    """Each price list that has prices of the wanted regions, with those it is read for.

    Raises:
        Failure: when something cannot be reached or is no price list; nothing may be written then.
    """
    if not origin.lower().split("?")[0].endswith(".json"):
        yield _list(origin), tuple(regions)
        return
    index = _index(origin)
    for region in regions:
        if region not in index:
            raise Failure(f"the price list has no region {region}{did_you_mean(region, index)}")
        yield _list(_beside(origin, index[region])), (region,)


def _index(origin: str) -> dict[str, str]:
    """Where the list of each region lies, in the index's words."""
    with _opened(origin) as stream:
        text = stream.read(_LARGEST_INDEX_BYTES + 1)
    try:
        document: Any = json.loads(text) if len(text) <= _LARGEST_INDEX_BYTES else {"products": {}}
        if isinstance(document, dict) and "products" in document:
            raise Failure(f"{origin} is a price list in JSON form: {_CSV_INSTEAD}")
        return {str(name): str(row["currentVersionUrl"]) for name, row in document["regions"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Failure(f"{origin} is no index of an AWS price list (region_index.json), or only a part of one") from None


def _list(place: str) -> PriceList:
    with _opened(place) as stream, io.TextIOWrapper(stream, encoding="utf-8", newline="") as lines:
        try:
            return read_price_list(lines)
        except PriceListError as wrong:
            raise Failure(f"{place}: {wrong}") from wrong
        except UnicodeDecodeError:
            raise Failure(f"{place} is no text in UTF-8, so it is no price list in CSV form") from None


def _beside(origin: str, listed: str) -> str:
    """The CSV form of a region's list, from the address that the index states."""
    csv = listed.removesuffix(".json") + ".csv"
    if _is_address(origin):
        return urljoin(origin, csv)
    # A mirror on disk: the index states addresses from the root of the server.
    for folder in Path(origin).absolute().parents:
        found = folder / csv.lstrip("/")
        if found.is_file():
            return str(found)
    raise Failure(
        f"{origin} names {csv}, which lies in none of the folders above it: mirror the lists of the regions too"
    )


def _is_address(origin: str) -> bool:
    return origin.startswith(("https://", "http://"))


@contextmanager
def _opened(place: str) -> Iterator[io.BufferedReader]:
    """The bytes of an address or a file; what fails before or while they are read becomes one sentence."""
    try:
        if not _is_address(place):
            with Path(place).open("rb") as file:
                yield file
            return
        with urllib.request.urlopen(place, timeout=_WAIT_SECONDS) as answer:
            yield io.BufferedReader(_Whole(answer, place))
    except HTTPError as refused:
        raise Failure(f"{place} answers {refused.code} {refused.reason}: check the address") from refused
    except URLError as unreachable:
        raise Failure(
            f"{place} cannot be reached ({unreachable.reason}): check the network, or read a copy with --from"
        ) from unreachable
    except (http.client.HTTPException, TimeoutError, ConnectionError) as broken:
        raise Failure(f"{place} broke off ({broken or type(broken).__name__}): run it again") from broken
    except ValueError as wrong:
        raise Failure(f"{place} is no address ({wrong}): write https://<host>/<path>, or a file's path") from wrong
    except OSError as error:
        raise Failure(f"{place} cannot be read: {(error.strerror or str(error)).lower()}") from error


class _Whole(io.RawIOBase):
    """An answer that must be as long as its server said: `http.client` takes a connection's end for the answer's."""

    def __init__(self, answer: http.client.HTTPResponse, place: str) -> None:
        self._answer = answer
        self._place = place
        stated = answer.headers.get("Content-Length", "")
        self._missing = int(stated) if stated.isdigit() else None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._answer.readinto(buffer)
        if self._missing is not None:
            self._missing -= count
            if count == 0 and self._missing > 0 and len(buffer):
                raise Failure(f"{self._place} broke off {self._missing} bytes before its end: run it again")
        return count
