"""How the changes of a lock are told: one line for each entry and environment, and what a move costs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from rich.table import Table

from modelyard.catalog.instance_lock import LockedInstance
from modelyard.onboarding.locking.locking import LockChange
from modelyard.pricing.prices import HOURS_PER_MONTH, MARKS, NOT_PRICED, hourly_price
from modelyard.pricing.terms import Terms


def table(found: Iterable[LockChange], *, today: date) -> Table:
    """Every entry that says `instance: auto`, with its instance and what it costs by the hour and month."""
    rows = Table(box=None, pad_edge=False, header_style="bold")
    for name, justified in (
        ("environment", "left"), ("endpoint", "left"), ("instance", "left"),
        ("$/hour", "right"), ("$/month", "right"), ("", "left"),
    ):  # fmt: skip
        rows.add_column(name, justify="right" if justified == "right" else "left", no_wrap=True)
    for change in found:
        rows.add_row(*_cells(change, today), style="bold" if change.moved else "")
    return rows


def _cells(change: LockChange, today: date) -> tuple[str, ...]:
    shown = change.after or change.before
    if shown is None:
        return (change.environment, change.entry, "-", "", "", "not locked yet: name it as well")
    mark = MARKS[shown.price.basis]
    hourly = shown.price.usd_per_hour
    return (
        change.environment,
        change.entry,
        _instances(shown),
        f"{mark}{_amount(hourly)}",
        f"{mark}{hourly * HOURS_PER_MONTH:,.2f}",
        _what(change, today),
    )


def _what(change: LockChange, today: date) -> str:
    if change.after is None:
        return "dropped: the entry no longer says auto"
    if change.before is None:
        others = f"; could fall back on {', '.join(change.after.fallbacks)}" if change.after.fallbacks else ""
        return f"chosen{others}"
    if not change.moved:
        return "unchanged" if change.after == change.before else "stays, locked anew"
    return f"was {_instances(change.before)}{_difference(change, change.before, change.after, today)}"


def _difference(change: LockChange, before: LockedInstance, after: LockedInstance, today: date) -> str:
    """What the move costs by today's prices: the old one's may have changed since it was locked."""
    terms = Terms.of(change.catalog.organisation, on=today)
    old = hourly_price(before.instance[0], change.region, terms=terms)
    if old is None:
        return f", which is {NOT_PRICED} today"
    monthly = (after.price.usd_per_hour - old.usd) * HOURS_PER_MONTH
    percent = (after.price.usd_per_hour / old.usd - 1) * 100
    return f", {monthly:+,.2f} $/month an instance ({percent:+.0f} %)"


def _instances(locked: LockedInstance) -> str:
    return " > ".join(locked.instance)


def _amount(usd: Decimal) -> str:
    return f"{usd.normalize():f}"
