"""The nine tags by which everything is found, owned and billed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from modelyard.blueprint.resource import Tags
from modelyard.catalog.entry import Entry
from modelyard.catalog.schema import Environment

MANAGED_BY = "modelyard"
# The value of every tag that would name one entry, on resources that belong to all of them.
SHARED = "shared"
TAG_KEYS = (
    "llm:endpoint",
    "llm:model",
    "llm:team",
    "llm:cost-center",
    "llm:environment",
    "llm:owner",
    "llm:component",
    "llm:kind",
    "llm:managed-by",
)


@dataclass(frozen=True)
class TagSet:
    """The tags of one stack's resources, under the keys that the company bills by."""

    values: Mapping[str, str]
    keys: Mapping[str, str]

    @classmethod
    def of_entry(cls, entry: Entry, *, environment_name: str, environment: Environment) -> TagSet:
        """The tags of everything that belongs to one entry."""
        values = {
            "llm:endpoint": entry.name,
            "llm:model": entry.model_label,
            "llm:team": entry.endpoint.team,
            "llm:cost-center": entry.team.cost_center,
            "llm:owner": entry.owner,
            "llm:kind": entry.endpoint.kind,
        }
        return cls._of(values, environment_name, environment)

    @classmethod
    def shared(cls, *, environment_name: str, environment: Environment) -> TagSet:
        """The tags of what all entries of an environment use together."""
        own = ("llm:endpoint", "llm:model", "llm:team", "llm:cost-center", "llm:owner", "llm:kind")
        return cls._of(dict.fromkeys(own, SHARED), environment_name, environment)

    @classmethod
    def _of(cls, values: dict[str, str], environment_name: str, environment: Environment) -> TagSet:
        common = {"llm:environment": environment_name, "llm:managed-by": MANAGED_BY}
        return cls(values | common, {key: environment.tag_keys.get(key, key) for key in TAG_KEYS})

    def mapping(self, component: str) -> dict[str, str]:
        """Tags as the few types take them that ask for a mapping, and as a stack's own tags."""
        values = {**self.values, "llm:component": component}
        return {self.keys[key]: values[key] for key in TAG_KEYS}

    def listing(self, component: str) -> Tags:
        """Tags as nearly every type takes them."""
        return [{"Key": key, "Value": value} for key, value in self.mapping(component).items()]
