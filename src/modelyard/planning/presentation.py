"""The words and figures that every form of a plan shares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from modelyard.capacity.quota_need import FOR_ENDPOINT_USAGE
from modelyard.catalog.schema import Level
from modelyard.planning.changes import Change
from modelyard.planning.plan import Plan, PlannedEndpoint, PlannedEnvironment, percent
from modelyard.planning.policy import Verdict
from modelyard.pricing.band import Band, total
from modelyard.pricing.endpoint_cost import Cost
from modelyard.pricing.line import Line
from modelyard.pricing.prices import HOURS_PER_MONTH, NOT_PRICED

# Beyond so many endpoints neither a table nor its details are a help to anybody.
MOST_ROWS = 60
MOST_DETAILS = 20

NOTHING_AGAINST_IT = "Nothing in the organisation's plan_policy speaks against it."
VERDICT_WORDS: dict[Level | None, str] = {
    None: "within policy",
    "warn": "warnings",
    "approve": "needs approval",
    "block": "blocked",
}


# The price list's units in words.
_UNITS = {
    "Hrs": "an hour",
    "seconds": "a second",
    "GB": "a GB",
    "GB-Mo": "a GB and month",
    "Alarms": "each",
    "Keys": "each",
    "StreamHr": "an hour",
    "KPU-Hour": "an hour",
    "ShardHour": "an hour",
    "PayloadUnits": "each",
    "Requests": "each",
    "Notifications": "each",
    "Metrics": "each",
    "Dashboards": "each",
    "Count": "each",
    "Lambda-GB-Second": "a GB and second",
}


def money(usd: Decimal) -> str:
    """`2,045.90`."""
    return f"{usd:,.2f}"


def band_cells(band: Band, *, known: bool) -> tuple[str, str, str]:
    """The three amounts of a sum, of which nothing may have a price."""
    return (money(band.low), money(band.expected), money(band.high)) if known else (NOT_PRICED,) * 3


def signed(usd: Decimal) -> str:
    """`+2,045.90`, `-12.00`, `0.00`."""
    return f"{usd:+,.2f}" if usd else "0.00"


def signed_percent(increase: Decimal, before: Decimal) -> str:
    """`+100.0 %`; nothing where that rounds to none, or nothing was before."""
    share = percent(increase, before)
    return "" if not share else f"{share:+,} %"


def headline(plan: Plan) -> str:
    """What the whole change does to the expected month, and to the highest where that differs."""
    before, increase = plan.before_usd, plan.after_usd - plan.before_usd
    if not plan.comparable:
        names = dict.fromkeys(name for one in plan.environments for name in one.incomparable)
        lacking = f"{listed(names)} {NOT_PRICED.lower()} on one side"
        return f"the difference cannot be told, {lacking}{unknown(plan.environments)}"
    if not increase.expected:
        said = "the expected month costs the same"
    else:
        share = signed_percent(increase.expected, before.expected)
        said = f"{_dollars(increase.expected)} a month{f' ({share})' if share else ''}"
    if increase.high != increase.expected:
        said += f", {_dollars(increase.high)} at full load"
    return said + unknown(plan.environments)


def _dollars(increase: Decimal) -> str:
    return f"{'-' if increase < 0 else '+'}${money(abs(increase))}"


def listed(names: Iterable[str]) -> str:
    """`a`, `a and b`, `40 endpoints`; with its verb."""
    every = list(names)
    if len(every) > 4:
        return f"{len(every)} endpoints are"
    return f"{every[0]} is" if len(every) == 1 else f"{', '.join(every[:-1])} and {every[-1]} are"


def amounts(before: Cost, after: Cost) -> tuple[str, str, str, str]:
    """The cells of an endpoint: the expected month now and then, the difference, and that in percent."""
    now, then = (money(cost.usd.expected) if cost.is_priced else NOT_PRICED for cost in (before, after))
    if not (before.is_priced and after.is_priced):
        return now, then, "", ""
    increase = after.usd.expected - before.usd.expected
    return now, then, signed(increase), signed_percent(increase, before.usd.expected)


def unknown(environments: Iterable[PlannedEnvironment]) -> str:
    """What a total lacks: `, plus 2 not priced and 7 that depend on usage`."""
    every = list(environments)
    parts = []
    if not_priced := sum(one.not_priced for one in every):
        parts.append(f"{not_priced} {NOT_PRICED.lower()}")
    if open_ := sum(one.depends_on_usage for one in every):
        parts.append(f"{open_} that depend{'s' if open_ == 1 else ''} on usage")
    return f", plus {' and '.join(parts)}" if parts else ""


def counts(environment: PlannedEnvironment) -> str:
    """`1 added, 2 updated in place, 5 unchanged`."""
    words = {"updated": "updated in place"}
    told = [f"{count} {words.get(action, action)}" for action, count in environment.actions().items() if count]
    return ", ".join(told) or "no endpoint"


def fate(endpoint: PlannedEndpoint) -> str:
    """`updated in place: new instances beside the old ones`."""
    word = "updated in place" if endpoint.action == "updated" else endpoint.action
    return f"{word}: {endpoint.how}" if endpoint.how else word


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The endpoints that a table shows, and how many it leaves out; unchanged ones are counted only."""

    shown: tuple[PlannedEndpoint, ...]
    left_out: int
    unchanged: int


def rows(environment: PlannedEnvironment, most: int = MOST_ROWS) -> Rows:
    """What changes, the largest difference first where there are too many to show."""
    changed = [one for one in environment.endpoints if one.changed or one.increase.expected]
    shown = changed
    if len(changed) > most:
        shown = sorted(changed, key=lambda one: (-abs(one.increase.expected), one.name))[:most]
    return Rows(
        shown=tuple(shown), left_out=len(changed) - len(shown), unchanged=len(environment.endpoints) - len(changed)
    )


def rest(environment: PlannedEnvironment, most: int = MOST_ROWS) -> tuple[Decimal, Decimal]:
    """The expected month before and after of all that has no row of its own, so that rows sum to the total."""
    shown = {one.name for one in rows(environment, most).shown}
    others = [one for one in environment.endpoints if one.name not in shown]
    return total(one.before.usd for one in others).expected, total(one.after.usd for one in others).expected


def shared_changes(environment: PlannedEnvironment) -> dict[Change, tuple[str, ...]]:
    """Changes that reach more than one endpoint, with their names; an environment's own reach all of it."""
    touched: dict[Change, list[str]] = {}
    for endpoint in environment.endpoints:
        for change in endpoint.changes:
            touched.setdefault(change, []).append(endpoint.name)
    shared = {change: tuple(names) for change, names in touched.items() if len(names) > 1}
    reached = tuple(one.name for one in environment.endpoints if one.action not in ("unchanged", "removed"))
    return {**dict.fromkeys(environment.changes, reached), **shared}


def reach(names: tuple[str, ...]) -> str:
    """`reaches support-chat and faq-answers`, `reaches 40 endpoints`."""
    if not names:
        return "reaches no endpoint"
    if len(names) == 1:
        return f"reaches {names[0]}"
    return f"reaches {', '.join(names[:-1])} and {names[-1]}" if len(names) <= 4 else f"reaches {len(names)} endpoints"


def own_changes(endpoint: PlannedEndpoint, shared: Iterable[Change]) -> tuple[Change, ...]:
    """The changes that are this endpoint's alone."""
    known = set(shared)
    return tuple(change for change in endpoint.changes if change not in known)


def line_text(line: Line) -> str:
    """`instances: 2 to 4 x ml.g6e.2xlarge, ~$2.8026 per Hrs`."""
    text = f"{line.component}: {line.what}"
    if line.price is None or line.meter is None:
        return text
    return f"{text}, {line.price.mark}${_rate(line.price.usd)} {_UNITS.get(line.meter.unit, f'per {line.meter.unit}')}"


def _rate(usd: Decimal) -> str:
    """A price to its last digit, in cents at least."""
    exact = usd.normalize()
    return f"{exact:f}" if int(exact.as_tuple().exponent) < -2 else f"{usd:.2f}"


def unit_costs(cost: Cost) -> Iterator[str]:
    """What requests and tokens cost in the expected month."""
    if cost.units:
        yield "expected: " + ", ".join(f"${unit.usd:,f} per {unit.what}" for unit in cost.units)


def unestimated(cost: Cost) -> Iterator[str]:
    """What an estimate lacks, in a line for each reason."""
    if cost.not_priced:
        yield f"{NOT_PRICED}: {'; '.join(f'{line.component}, {line.what}' for line in cost.not_priced)}"
    if cost.depends_on_usage:
        yield f"depends on usage: {', '.join(dict.fromkeys(line.component for line in cost.depends_on_usage))}"


def assumptions(environment: PlannedEnvironment) -> Iterator[str]:
    """What the figures rest on."""
    yield (
        f"On demand, {HOURS_PER_MONTH} hours a month, no free tier, no taxes, no data transfer, no images in ECR. "
        "low: the fewest instances, no request. high: the most instances at full load all month."
    )
    if environment.prices_dated:
        marks = "".join(f"; {meaning}" for meaning in environment.marks)
        yield f"Prices of {environment.prices_dated} for {environment.region}{marks}."
    yield from (f"foundation: {text}." for text in environment.shared.after.assumptions)
    told: dict[str, list[str]] = {}
    for endpoint in environment.endpoints:
        for text in (*endpoint.after.assumptions, *endpoint.after.warnings):
            told.setdefault(text, []).append(endpoint.name)
    for text, names in told.items():
        who = ", ".join(names) if len(names) <= 4 else f"{len(names)} endpoints"
        yield f"{who}: {text}."


def quota_lines(environment: PlannedEnvironment) -> Iterator[str]:
    """What the account must allow, and where it does not."""
    quotas = environment.quotas
    changed = {one.endpoint_name for one in environment.endpoints if one.action != "unchanged"}
    for need in quotas.needs:
        if need.name.endswith(FOR_ENDPOINT_USAGE) and not changed.isdisjoint(need.endpoints):
            fallback = f", {need.fallback} more to fall back on" if need.fallback else ""
            yield (
                f"{need.name.removesuffix(FOR_ENDPOINT_USAGE)}: {need.steady} at full scale, {need.one_update} while "
                f"the largest fleet is replaced, {need.all_updates} while all are{fallback}"
            )
    if not quotas.needs:
        return
    if quotas.shortfalls is None:
        yield f"Nobody has pulled the quotas: `modelyard quotas pull --environment {environment.name}`."
        return
    for short in quotas.shortfalls:
        request = f": {short.request}" if short.request else ", which AWS raises for nobody"
        yield f"TOO SMALL ({short.occasion}): {short.need.name} is {short.have}, {short.wanted} are needed{request}"
    if not quotas.shortfalls:
        yield f"The account's quotas, pulled on {quotas.pulled_on}, suffice."


def verdict_lines(verdicts: Iterable[Verdict]) -> Iterator[str]:
    """What the policy says, the strictest first."""
    for verdict in verdicts:
        yield f"{verdict.level.upper()}: {verdict.sentence}"
