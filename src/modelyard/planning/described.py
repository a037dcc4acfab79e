"""One side of an environment as stacks: those that may differ from the other side's, and what the rest costs.

Most of a large catalog is as it was. What is equal on both sides is not described to be compared; but its month counts
in every total, so that of all entries that are billed alike the stack of one is described and prices the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from modelyard.catalog.entry import Entry
from modelyard.planning.snapshot import Stacks
from modelyard.pricing.resources import Resources

# Keys of an entry that no meter of its stack depends on. What is not named here tells entries apart: a key that is
# forgotten costs time and never a wrong amount.
NOT_BILLED: Mapping[str, bool | set[str]] = {
    "team": True,
    "owner": True,
    "licence_accepted": True,
    "waivers": True,
    "callers": True,
    "serving": {"environment", "max_context_tokens", "startup_timeout_seconds", "download_timeout_seconds"},
}


@dataclass(frozen=True, kw_only=True)
class Described:
    """`stacks` by their ids; `like` names, for each entry without a stack there, one that is billed alike."""

    stacks: Stacks
    like: Mapping[str, str] = field(default_factory=dict)

    def resources(self, stack_id: str) -> Resources:
        """What a stack consists of; nothing where there is none, or where both sides have the same."""
        return self.stacks.get(stack_id, {})

    def billed_as(self, name: str) -> str | None:
        """The entry whose stack prices this one; None where nothing of it is deployed."""
        found = name if name in self.stacks else self.like.get(name)
        return found if found in self.stacks else None


def alike(entries: Iterable[Entry]) -> dict[str, str]:
    """For each of these entries the first among them that is billed as it is."""
    first: dict[object, str] = {}
    return {entry.name: first.setdefault(_billed(entry), entry.name) for entry in entries}


def _billed(entry: Entry) -> object:
    """All that the month of an entry can depend on, within one environment."""
    told = entry.team.alarms
    return (
        entry.endpoint.model_dump_json(exclude=dict(NOT_BILLED)),
        tuple(entry.models),
        len(told.email),
        len(told.https),
    )
