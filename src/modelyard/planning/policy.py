"""What the organisation lets a change cost: from how much on it warns, asks for approval or blocks."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from modelyard.catalog.schema import Environment, Level, Organisation, PlanPolicy, Threshold
from modelyard.planning.plan import PlannedEnvironment

_ORDER: tuple[Level, ...] = ("warn", "approve", "block")
# What a verdict is about: an amount or a missing price, what amounts are judged by, an update that AWS refuses.
About = Literal["cost", "rules", "refused"]
NEEDS_APPROVAL, FORBIDDEN, RULES_CHANGE, UPDATE_REFUSED = 3, 4, 5, 6
_APPROVALS: dict[About, int] = {"cost": NEEDS_APPROVAL, "rules": RULES_CHANGE, "refused": UPDATE_REFUSED}
# Where a plan has several, the last of them is its exit code.
_SEVERITY = (0, NEEDS_APPROVAL, RULES_CHANGE, UPDATE_REFUSED, FORBIDDEN)
# Everything that an organisation's file says but who its teams are: a key that is new there is one of the rules.
_RULES = tuple(name for name in Organisation.model_fields if name != "teams")


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One threshold that a plan passes, or one fact that the policy does not let pass in silence."""

    level: Level
    environment: str
    sentence: str
    about: About = "cost"

    @property
    def exit_code(self) -> int:
        """What a plan with this verdict alone ends with."""
        if self.level == "approve":
            return _APPROVALS[self.about]
        return FORBIDDEN if self.level == "block" else 0


def exit_code(verdicts: Iterable[Verdict]) -> int:
    """What a plan with these verdicts ends with (docs/operating.md has all codes)."""
    return max((verdict.exit_code for verdict in verdicts), key=_SEVERITY.index, default=0)


def worst(verdicts: Iterable[Verdict]) -> Level | None:
    """The strictest of them; None where nothing is to be said."""
    return max((verdict.level for verdict in verdicts), key=_ORDER.index, default=None)


def judge(plan: PlannedEnvironment, policies: Iterable[PlanPolicy], *, by: str = "") -> tuple[Verdict, ...]:
    """What the policies say to the plan of one environment, each sentence once; `by` says whose prices it has.

    There are two where a change edits the policy itself: it must pass the one in force and the one that it writes.
    """
    return tuple(
        dict.fromkeys(
            replace(verdict, sentence=f"{verdict.sentence}{by}") if verdict.about == "cost" else verdict
            for policy in policies
            for verdict in _judge(plan, policy)
        )
    )


def strictest_first(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """Each verdict once, in the order in which they are told."""
    return tuple(
        sorted(dict.fromkeys(verdicts), key=lambda one: (-_SEVERITY.index(one.exit_code), one.level != "warn"))
    )


def rules_changed(before: Organisation | None, after: Iterable[Organisation]) -> Iterator[Verdict]:
    """What a change edits of that by which its cost is judged; nobody approves that for themselves."""
    if before is None:
        return
    for name in _RULES:
        if any(getattr(before, name) != getattr(one, name) for one in after):
            sentence = f"organisation.yaml changes {name}, by which costs are judged: the dearer of both sides counts"
            yield Verdict(level="approve", environment="", sentence=sentence, about="rules")


def account_changed(
    name: str, before: Environment | None, after: Environment | None, known: Container[str]
) -> Iterator[Verdict]:
    """An environment that pays from another account than before, or a new one from an account that none had."""
    if after is None or (before.account == after.account if before else after.account in known):
        return
    sentence = f"{name} is billed to account {after.account}" + (
        f", not {before.account}" if before else ", which is new"
    )
    yield Verdict(level="approve", environment=name, sentence=sentence, about="rules")


def _judge(plan: PlannedEnvironment, policy: PlanPolicy) -> Iterator[Verdict]:
    figure = policy.figure
    before, after = getattr(plan.before_usd, figure), getattr(plan.after_usd, figure)
    # What loses its price gets no cheaper: it must not pay for what others cost more.
    lost = (-getattr(one.increase, figure) for one in plan.endpoints if not one.comparable)
    increase = after - before + sum(max(usd, Decimal(0)) for usd in lost)
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
            yield Verdict(level=_of_unpriced(policy), environment=plan.name, sentence=sentence)
    for endpoint in plan.endpoints:
        if endpoint.refused is not None:
            sentence = f"{endpoint.name} of {plan.name} is a change that AWS refuses as an update"
            yield Verdict(level=policy.refused_update, environment=plan.name, sentence=sentence, about="refused")


def _of_unpriced(policy: PlanPolicy) -> Level:
    """What a missing price means: a limit that no amount can pass would be none, so somebody looks where one is set."""
    limits = (policy.monthly_increase_usd, policy.monthly_increase_percent, policy.monthly_endpoint_usd)
    limited = any(limit is not None and (limit.approve is not None or limit.block is not None) for limit in limits)
    return "approve" if limited and "not_priced" not in policy.model_fields_set else policy.not_priced


def _over(limit: Threshold, amount: Decimal, what: str, form: str, environment: str) -> Iterator[Verdict]:
    """The strictest level that an amount passes."""
    for level in reversed(_ORDER):
        above: int | None = getattr(limit, level)
        if above is not None and amount > above:
            allowed = form.format(above)
            yield Verdict(level=level, environment=environment, sentence=f"{what}, above {allowed} ({level})")
            return
