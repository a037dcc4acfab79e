"""What the organisation lets a change cost: from how much on it warns, asks for approval or blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from catalog.schema import Level, PlanPolicy, Threshold
from cli.planning.plan import EnvironmentPlan

_ORDER: tuple[Level, ...] = ("warn", "approve", "block")
EXIT_CODES: dict[Level, int] = {"warn": 0, "approve": 3, "block": 4}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One threshold that a plan passes, or one fact that the policy does not let pass in silence."""

    level: Level
    environment: str
    sentence: str


def worst(verdicts: Iterable[Verdict]) -> Level | None:
    """The strictest of them; None where nothing is to be said."""
    return max((verdict.level for verdict in verdicts), key=_ORDER.index, default=None)


def judge(plan: EnvironmentPlan, policies: Iterable[PlanPolicy]) -> tuple[Verdict, ...]:
    """What the policies say to the plan of one environment, each sentence once.

    There are two where a change edits the policy itself: it must pass the one in force and the one that it writes.
    """
    found = dict.fromkeys(verdict for policy in policies for verdict in _judge(plan, policy))
    return tuple(sorted(found, key=lambda verdict: -_ORDER.index(verdict.level)))


def _judge(plan: EnvironmentPlan, policy: PlanPolicy) -> Iterator[Verdict]:
    figure = policy.figure
    before, after = getattr(plan.before_usd, figure), getattr(plan.after_usd, figure)
    increase = after - before
    if (limit := policy.monthly_increase_usd) is not None:
        what = f"the {figure} month of {plan.name} rises by ${increase:,.2f}"
        yield from _over(limit, increase, what, "${:,}", plan.name)
    if (limit := policy.monthly_increase_percent) is not None and before > 0:
        percent = increase * 100 / before
        what = f"the {figure} month of {plan.name} rises by {percent:.1f} %"
        yield from _over(limit, percent, what, "{:,} %", plan.name)
    if (limit := policy.monthly_endpoint_usd) is not None:
        for endpoint in plan.endpoints:
            usd = getattr(endpoint.after.usd, figure)
            if getattr(endpoint.increase, figure) > 0:
                what = f"{endpoint.name} of {plan.name} costs ${usd:,.2f} in the {figure} month"
                yield from _over(limit, usd, what, "${:,}", plan.name)
    parts = [("foundation", plan.shared.before, plan.shared.after)]
    parts += [(one.name, one.before, one.after) for one in plan.endpoints if one.action != "removed"]
    for name, was, becomes in parts:
        if becomes.not_priced not in ((), was.not_priced):
            first, *others = becomes.not_priced
            more = f", and {len(others)} more" if others else ""
            what = f"{first.component}, {first.what}{more}"
            sentence = f"{name} of {plan.name} changes and is not wholly priced: {what}"
            yield Verdict(level=policy.not_priced, environment=plan.name, sentence=sentence)
    for endpoint in plan.endpoints:
        if endpoint.refused is not None:
            sentence = f"{endpoint.name} of {plan.name} is a change that AWS refuses as an update"
            yield Verdict(level=policy.refused_update, environment=plan.name, sentence=sentence)


def _over(limit: Threshold, amount: Decimal, what: str, form: str, environment: str) -> Iterator[Verdict]:
    """The strictest level that an amount passes."""
    for level in reversed(_ORDER):
        above: int | None = getattr(limit, level)
        if above is not None and amount > above:
            allowed = form.format(above)
            yield Verdict(level=level, environment=environment, sentence=f"{what}, above {allowed} ({level})")
            return
