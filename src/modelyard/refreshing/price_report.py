"""How a refresh of the price file is told: every price that changes, and the rest in figures."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table

from modelyard.pricing.meters import SAGEMAKER
from modelyard.pricing.price_refresh import PriceChange, Refresh
from modelyard.pricing.prices import MARKS

_DERIVED = MARKS["derived"]


def table(refresh: Refresh) -> Table:
    """The prices that are added, removed or changed; one that only another source states now is left out."""
    rows = Table(box=None, pad_edge=False, header_style="bold")
    for heading, justify in (
        ("", "left"), ("region", "left"), ("usage", "left"), ("$ before", "right"), ("$ now", "right"), ("", "right"),
    ):  # fmt: skip
        rows.add_column(heading, justify="right" if justify == "right" else "left", no_wrap=True)
    for change in refresh.changes:
        if change.what != "confirmed":
            rows.add_row(change.what, change.region, _usage(change), _before(change), _now(change), _percent(change))
    return rows


def summary(refresh: Refresh) -> Iterator[str]:
    """What was found, in figures."""
    changed = ", ".join(f"{refresh.count(what)} {what}" for what in ("added", "removed", "changed"))
    yield f"{changed}; {refresh.count('confirmed')} that another source had stated are confirmed"
    if any(change.old_source and change.old_source.derived for change in refresh.changes):
        yield f"{_DERIVED} was derived from another price"


def _usage(change: PriceChange) -> str:
    return change.usage_type if change.service == SAGEMAKER else f"{change.service} {change.usage_type}"


def _before(change: PriceChange) -> str:
    if change.old_usd is None:
        return ""
    return f"{_DERIVED if change.old_source and change.old_source.derived else ''}{change.old_usd:f}"


def _now(change: PriceChange) -> str:
    return "" if change.new_usd is None else f"{change.new_usd:f}"


def _percent(change: PriceChange) -> str:
    return "" if change.percent is None else f"{change.percent:+.2f} %"
