"""An offer file of the AWS price list in CSV form, read line by line.

It begins with five lines about itself (form, disclaimer, day of publication, version, offer), then a heading, then one
line for each price. https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/reading-service-price-list-file-for-services.html

The file of a region has some megabytes, that of all regions hundreds: what is read is not kept, but for the few hundred
prices that are counted.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator

from modelyard.pricing.price_list import About, PriceList, PriceListError, StatedPrice, gathered

_LINES_ABOUT_ITSELF = 5
_TERM_TYPE = "termtype"
# The columns of a price, in the order of its fields; headings are compared without regard to case and blanks.
_COLUMNS = (
    "sku", "usagetype", "regioncode", "effectivedate", "startingrange", "unit", "priceperunit", "currency",
)  # fmt: skip
# Only offers that store something have it.
_VOLUME_TYPE = "volumetype"


def read_csv(lines: Iterable[str]) -> PriceList:
    """Read the lines of an offer file; they are consumed once, in order.

    Raises:
        PriceListError: when they are no such file, or stop in the middle of one.
    """
    reader = csv.reader(lines, strict=True)
    try:
        return gathered(_about(reader), _on_demand(reader))
    except csv.Error as error:
        raise PriceListError(f"the price list is broken or cut off in line {reader.line_num} ({error})") from error


def _about(reader: Iterator[list[str]]) -> About:
    stated = {}
    for line in (next(reader, None) for _ in range(_LINES_ABOUT_ITSELF)):
        if line is None or len(line) != 2:
            raise PriceListError("this is no offer file of the AWS price list: it lacks the lines about itself")
        stated[line[0]] = line[1]
    return About(
        form=stated.get("FormatVersion", ""),
        offer=stated.get("OfferCode", ""),
        version=stated.get("Version", ""),
        published=stated.get("Publication Date", ""),
    )


def _on_demand(reader: Iterator[list[str]]) -> Iterator[StatedPrice]:
    heading = [name.replace(" ", "").lower() for name in next(reader, [])]
    missing = [name for name in (_TERM_TYPE, *_COLUMNS) if name not in heading]
    if missing:
        raise PriceListError(f"the price list has no column {', '.join(missing)}")
    term_type, places = heading.index(_TERM_TYPE), [heading.index(name) for name in _COLUMNS]
    volume_type = heading.index(_VOLUME_TYPE) if _VOLUME_TYPE in heading else None
    number = 0
    for number, line in enumerate(reader, start=1):
        if len(line) != len(heading):
            raise PriceListError(f"price {number} of the list has {len(line)} of {len(heading)} columns: it is cut off")
        if line[term_type] == "OnDemand":
            cells = [line[place] for place in places]
            yield StatedPrice._make([*cells, "" if volume_type is None else line[volume_type]])
    if number == 0:
        raise PriceListError("the price list has no price: it is cut off")
