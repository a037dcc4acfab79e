"""One catalog entry as the rest of the house sees it: the merged endpoint with everything it refers to, resolved."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

from modelyard.catalog.account_quotas import AccountQuotas
from modelyard.catalog.instance_lock import LockedInstance
from modelyard.catalog.merge import Origin
from modelyard.catalog.schema import (
    AsyncEndpoint,
    Environment,
    Model,
    MultiModelEndpoint,
    Organisation,
    RealTimeEndpoint,
    ServerlessEndpoint,
    Team,
)

AnyEndpoint = RealTimeEndpoint | AsyncEndpoint | ServerlessEndpoint | MultiModelEndpoint


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An endpoint of one environment: `name` is the file's name, `endpoint_name` the name AWS sees.

    Where the entry says `instance: auto`, `endpoint` runs on what is `locked`, and `stated` is what the files say.
    """

    name: str
    endpoint_name: str
    endpoint: AnyEndpoint
    models: dict[str, Model]
    team: Team
    origin: Origin = field(repr=False, compare=False)
    locked: LockedInstance | None = None
    stated: AnyEndpoint | None = field(default=None, repr=False)

    @property
    def owner(self) -> str:
        """The person or group that answers for the endpoint."""
        return self.endpoint.owner or self.team.owner

    @property
    def as_stated(self) -> Entry:
        """The entry as its files have it, `instance: auto` undecided."""
        return self if self.stated is None else replace(self, endpoint=self.stated, locked=None, stated=None)

    @property
    def model_label(self) -> str:
        """The value of the `llm:model` tag: the model's name, or the names joined by `+`."""
        return "+".join(self.models)


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """Everything one environment deploys.

    `quotas` is None where nobody has pulled them. Where they are known, `account_entries` are what the catalog's other
    environments deploy to the same account and region: a quota holds for all of them together.
    """

    environment_name: str
    environment: Environment
    organisation: Organisation
    entries: dict[str, Entry]
    environments: dict[str, Environment]
    environment_origin: Origin = field(repr=False, compare=False)
    quotas: AccountQuotas | None = None
    account_entries: tuple[Entry, ...] = ()

    @cached_property
    def names_in_any_case(self) -> dict[str, list[str]]:
        """The entries by their names in lower case: AWS compares names of endpoints without regard to case."""
        found: dict[str, list[str]] = {}
        for name in self.entries:
            found.setdefault(name.lower(), []).append(name)
        return found

    @cached_property
    def callers(self) -> dict[str, list[str]]:
        """The entries that each role may ask, in the order of their names."""
        found: dict[str, list[str]] = {}
        for name in sorted(self.entries):
            for role in set(self.entries[name].endpoint.callers):
                found.setdefault(role, []).append(name)
        return found
