"""How a ranking of instances is told: what fits, cheapest first, why each other one lost, and what to write."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from rich.table import Table

from modelyard.capacity.memory_fit import GIB, Fit
from modelyard.capacity.storage_fit import DEFAULT_VOLUME_GIB, volume_gib
from modelyard.onboarding.sizing import Subject
from modelyard.pricing.prices import HOURS_PER_MONTH, MARKED, MARKS, NOT_PRICED
from modelyard.pricing.ranking import Choice, Ranking

_SHOWN = 10
# What a reader needs of a row comes first; the rest is shown where all of it finds room.
_COLUMNS: tuple[tuple[str, Literal["left", "right"]], ...] = (
    ("", "right"), ("instance", "left"), ("$/hour", "right"), ("$/month", "right"), ("engine", "left"),
    ("devices", "left"), ("split", "right"), ("free on each", "right"),
)  # fmt: skip
_NARROW_COLUMNS = 4
_WIDE_CHARACTERS = 130


@dataclass(frozen=True, kw_only=True)
class Recommendation:
    """A subject with its ranking and the pool that it could fall back on."""

    subject: Subject
    ranking: Ranking
    pool: tuple[str, ...]


def heading(told: Recommendation) -> str:
    """What was asked."""
    asked = told.subject.workload
    return (
        f"{told.subject.title}: {told.subject.model_name} as {asked.dtype}, {asked.concurrency} at once of "
        f"{asked.context_tokens} tokens, in {told.subject.region}"
    )


def table(told: Recommendation, *, everything: bool, width: int) -> Table:
    """What fits by price, what fits without one, and of the rest what comes next below; all of it if `everything`.

    On a terminal of few characters' `width` only instance, price and reason are told.
    """
    rows = Table(box=None, pad_edge=False, header_style="bold")
    columns = _COLUMNS if width >= _WIDE_CHARACTERS else _COLUMNS[:_NARROW_COLUMNS]
    for name, justify in columns:
        rows.add_column(name, justify=justify, no_wrap=True)
    rows.add_column("", overflow="fold")

    def add(place: str, choice: Choice, reason: str, style: str = "") -> None:
        rows.add_row(*(place, *_cells(choice))[: len(columns)], reason, style=style)

    shown = told.ranking.priced if everything else told.ranking.priced[:_SHOWN]
    for place, choice in enumerate(shown, start=1):
        add(str(place), choice, choice.reason or "the cheapest that fits", _style(told, choice))
    for choice in told.ranking.unpriced if everything else told.ranking.unpriced[:_SHOWN]:
        add("-", choice, choice.reason)
    for choice in _losers(told, everything=everything):
        add("x", choice, choice.reason, "dim")
    return rows


def remarks(told: Recommendation, *, everything: bool) -> Iterator[str]:
    """What stands below the table."""
    dearer = max(0, len(told.ranking.priced) - _SHOWN)
    unpriced = max(0, len(told.ranking.unpriced) - _SHOWN)
    unfit = len(told.ranking.unfit) - len(_losers(told, everything=everything))
    if not everything and (dearer or unpriced or unfit):
        yield f"left out: {dearer} dearer, {unpriced} {NOT_PRICED}, {unfit} that do not fit (--all shows them)"
    first = told.ranking.first
    if first is None:
        yield (
            f"what fits is {NOT_PRICED} in {told.subject.region}, so nothing is ranked"
            if told.ranking.unpriced
            else "nothing fits: ask for less context, fewer at once or smaller weights"
        )
        return
    prices = [choice.price for choice in told.ranking.priced[:_SHOWN] if choice.price]
    oldest = min(price.dated for price in prices)
    bases = sorted({price.basis for price in prices if price.mark})
    marked = "".join(f"; {MARKS[basis]} is {MARKED[basis]}" for basis in bases)
    yield f"prices of {oldest} and later, on demand, 730 hours a month{marked}"
    yield ""
    yield "serving:"
    yield f"  instance: {told.pool[0]}" if len(told.pool) == 1 else f"  instance: [{', '.join(told.pool)}]"
    if first.fit.workload.engine != told.subject.workload.engine:
        yield f"  engine: {first.fit.workload.engine}"
    if first.fit.degree > 1:
        yield f"  tensor_parallel_degree: {first.fit.degree}"
    volume = volume_gib(told.subject.model, first.fit.workload, first.fit.instance)
    if volume > DEFAULT_VOLUME_GIB and not first.fit.instance.has_local_nvme:
        yield f"  volume_gib: {volume}"
    for warning in (*first.fit.warnings, *told.subject.workload.assumptions):
        yield f"note: {warning}"


def as_json(told: Recommendation) -> dict[str, Any]:
    """The whole ranking for programs; money as text, so that no digit is lost."""
    asked = told.subject.workload
    return {
        "subject": told.subject.title,
        "model": told.subject.model_name,
        "region": told.subject.region,
        "dtype": asked.dtype,
        "context_tokens": asked.context_tokens,
        "concurrency": asked.concurrency,
        "fits": [_choice_json(choice) for choice in told.ranking.priced],
        "not_priced": [_choice_json(choice) for choice in told.ranking.unpriced],
        "does_not_fit": [_choice_json(choice) for choice in told.ranking.unfit],
        "fallback_pool": list(told.pool),
    }


def _losers(told: Recommendation, *, everything: bool) -> tuple[Choice, ...]:
    unfit = sorted(told.ranking.unfit, key=lambda choice: (choice.price is None, choice.price and choice.price.usd))
    first = told.ranking.first
    if everything or first is None or first.price is None:
        return tuple(unfit)
    limit = first.price.usd
    cheaper = [choice for choice in unfit if choice.price is not None and choice.price.usd < limit]
    return tuple(cheaper[-_SHOWN:])


def _cells(choice: Choice) -> tuple[str, ...]:
    found, price = choice.fit, choice.price
    mark = price.mark if price else ""
    return (
        found.instance.name,
        f"{mark}{price.usd:f}" if price else NOT_PRICED,
        f"{mark}{price.usd * HOURS_PER_MONTH:,.2f}" if price else "",
        found.workload.engine,
        _devices(found),
        str(found.degree),
        f"{found.free_bytes / GIB:.1f} GiB" if found.terms else "",
    )


def _devices(found: Fit) -> str:
    type_ = found.instance
    return f"{type_.accelerators} x {type_.accelerator}" if type_.accelerators else f"{type_.memory_gib:g} GiB"


def _style(told: Recommendation, choice: Choice) -> str:
    return "bold" if choice.fit.instance.name in told.subject.instances else ""


def _choice_json(choice: Choice) -> dict[str, Any]:
    price = choice.price
    return {
        "instance": choice.fit.instance.name,
        "engine": choice.fit.workload.engine,
        "tensor_parallel_degree": choice.fit.degree,
        "free_bytes": choice.fit.free_bytes,
        "usd_per_hour": f"{price.usd:f}" if price else None,
        "price_dated": price.dated.isoformat() if price else None,
        "price_derived": price.derived if price else None,
        "price_basis": price.basis if price else None,
        "price_reason": price.negotiated if price else None,
        "list_usd_per_hour": f"{price.list_usd:f}" if price and price.list_usd is not None else None,
        "reason": choice.reason,
    }
