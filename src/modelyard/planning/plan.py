"""The plan: what a change of the catalog does to each endpoint of each environment, and what a month then costs."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from modelyard.capacity.quota_need import QuotaNeed
from modelyard.capacity.quota_shortfall import Shortfall
from modelyard.planning.changes import Change
from modelyard.planning.deployment import Action
from modelyard.planning.effects import Effects
from modelyard.planning.resource_words import resource_sentences
from modelyard.pricing.band import Band, total
from modelyard.pricing.endpoint_cost import Cost


@dataclass(frozen=True, kw_only=True)
class PlannedEndpoint:
    """One endpoint: what becomes of it, why, and its month before and after. `label` says what it runs on."""

    name: str
    endpoint_name: str
    kind: str
    label: str
    action: Action
    how: str
    sentences: tuple[str, ...]
    refused: str | None
    changes: tuple[Change, ...]
    effects: Effects
    before: Cost
    after: Cost

    @property
    def changed(self) -> bool:
        """Whether a deployment does anything to it, or its month costs another amount."""
        return self.action != "unchanged" or bool(self.changes)

    @property
    def increase(self) -> Band:
        """What the month costs more; of no use where the two months are not comparable."""
        return self.after.usd - self.before.usd

    @property
    def comparable(self) -> bool:
        """Whether what it runs on has a price on both sides or on none: a missing one would look like a saving."""
        sides = [cost.is_priced for cost in (self.before, self.after) if cost.lines]
        return all(sides) or not any(sides)


@dataclass(frozen=True, kw_only=True)
class SharedPlan:
    """What all endpoints of an environment share: its foundation, in sentences, by resource and in money."""

    effects: Effects
    sentences: tuple[str, ...]
    before: Cost
    after: Cost

    @property
    def changed(self) -> bool:
        """Whether its month is made of other amounts than before."""
        return self.before.lines != self.after.lines

    @property
    def shown_cost(self) -> Cost:
        """The month that is shown line by line: the one after the change, or the last one of what goes."""
        return self.after if self.after.lines else self.before


@dataclass(frozen=True, kw_only=True)
class PlannedStack:
    """A stack that an extension adds to ours, and that changes."""

    name: str
    effects: Effects
    is_gone: bool

    @property
    def sentences(self) -> tuple[str, ...]:
        """What happens to it."""
        if self.is_gone:
            return (
                f"The extension no longer has stack {self.name}: it runs and is billed until somebody deletes it in "
                "CloudFormation.",
            )
        return tuple(resource_sentences(f"the resources of the extension's stack {self.name}", self.effects))


@dataclass(frozen=True, kw_only=True)
class QuotaPlan:
    """What the account must allow: `None` for the shortfalls where nobody has pulled its quotas."""

    needs: tuple[QuotaNeed, ...]
    shortfalls: tuple[Shortfall, ...] | None
    pulled_on: str | None


@dataclass(frozen=True, kw_only=True)
class PlannedEnvironment:
    """One environment."""

    name: str
    region: str
    account: str
    endpoints: tuple[PlannedEndpoint, ...]
    changes: tuple[Change, ...]
    shared: SharedPlan
    stacks: tuple[PlannedStack, ...]
    quotas: QuotaPlan
    prices_dated: str | None
    marks: tuple[str, ...]

    @cached_property
    def before_usd(self) -> Band:
        """The month of everything on the base."""
        return total((self.shared.before.usd, *(one.before.usd for one in self.endpoints)))

    @cached_property
    def after_usd(self) -> Band:
        """The month of everything once it is deployed."""
        return total((self.shared.after.usd, *(one.after.usd for one in self.endpoints)))

    @property
    def has_amounts(self) -> tuple[bool, bool]:
        """Whether the months before and after are the sums of anything that has a price."""
        before = (self.shared.before, *(one.before for one in self.endpoints))
        return _any_amount(before), _any_amount(self.costs_after)

    @cached_property
    def incomparable(self) -> tuple[str, ...]:
        """The endpoints that have a price on one side only."""
        return tuple(one.name for one in self.endpoints if not one.comparable)

    @cached_property
    def costs_after(self) -> tuple[Cost, ...]:
        """Every cost that the total after the change is made of."""
        return (self.shared.after, *(one.after for one in self.endpoints))

    @property
    def not_priced(self) -> int:
        """How many lines of the month after the change have no price."""
        return sum(len(cost.not_priced) for cost in self.costs_after)

    @property
    def depends_on_usage(self) -> int:
        """How many lines of the month after the change need a usage file."""
        return sum(len(cost.depends_on_usage) for cost in self.costs_after)

    def actions(self) -> dict[Action, int]:
        """How many endpoints meet each fate."""
        order: tuple[Action, ...] = ("added", "removed", "replaced", "updated", "unchanged")
        return {action: sum(one.action == action for one in self.endpoints) for action in order}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All environments, compared with one commit. `notes` hold for the plan as a whole."""

    base: str
    commit: str
    environments: tuple[PlannedEnvironment, ...]
    notes: tuple[str, ...]

    @property
    def has_amounts(self) -> tuple[bool, bool]:
        """Whether the months before and after are the sums of anything that has a price."""
        before, after = zip(*(one.has_amounts for one in self.environments), strict=True)
        return any(before), any(after)

    @property
    def comparable(self) -> bool:
        """Whether a difference of the totals says what the change costs."""
        return not any(one.incomparable for one in self.environments)

    @cached_property
    def before_usd(self) -> Band:
        """The month of all environments on the base."""
        return total(one.before_usd for one in self.environments)

    @cached_property
    def after_usd(self) -> Band:
        """The month of all environments once the change is deployed."""
        return total(one.after_usd for one in self.environments)


def _any_amount(costs: tuple[Cost, ...]) -> bool:
    stated = [cost for cost in costs if cost.lines]
    return not stated or any(cost.has_amount for cost in stated)


def percent(increase: Decimal, before: Decimal) -> Decimal | None:
    """An increase in percent of what was before, to one decimal; None where nothing was."""
    return None if before == 0 else (increase * 100 / before).quantize(Decimal("0.1"))
