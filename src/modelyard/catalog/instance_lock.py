"""What `modelyard lock` chose for entries that say `instance: auto`, so that a synth chooses nothing.

`instances.lock.json` lies beside the catalog's organisation.yaml and is committed. A program writes it; it is read
strictly, and prices in it are a record: only `modelyard lock --update` lets a new price change an instance.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from modelyard.catalog.forms import Day, InstanceType, Name, Positive, Usd
from modelyard.catalog.problem import Problem
from modelyard.catalog.program_file import read_program_file
from modelyard.catalog.schema import AUTO, InstanceServing, Table

FILE_NAME = "instances.lock.json"
_REPAIR = "take it from version control, or delete it and run `modelyard lock`"


class LockedPrice(Table):
    """What ranked an instance: US dollars an hour, when that was true, and whether it was computed from another."""

    usd_per_hour: Usd
    dated: Day
    basis: Literal["list", "derived", "negotiated"]


class Loser(Table):
    """An instance that was not chosen, and why."""

    instance: InstanceType
    usd_per_hour: Usd | None
    because: str


class LockedInstance(Table):
    """The choice for one entry in one environment: what is deployed, and what it rests on.

    `inputs` is the digest of everything that sized it (capacity/lock_inputs.py); prices are no part of that.
    """

    instance: Annotated[tuple[InstanceType, ...], Field(min_length=1, max_length=5)]
    tensor_parallel_degree: Positive | None
    volume_gib: Positive | None
    price: LockedPrice
    chosen_on: Day
    chosen_for: str
    inputs: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
    fallbacks: tuple[InstanceType, ...]
    lost: tuple[Loser, ...]

    def applied(self, serving: InstanceServing) -> InstanceServing:
        """The settings with the choice in them; what the entry itself says stays."""
        first, *others = self.instance
        return serving.model_copy(
            update={
                "instance": self.instance if others else first,
                "tensor_parallel_degree": serving.tensor_parallel_degree or self.tensor_parallel_degree,
                "volume_gib": serving.volume_gib or self.volume_gib,
            }
        )


class InstanceLock(Table):
    """All choices of a catalog: by environment, by entry."""

    environments: dict[Name, dict[Name, LockedInstance]] = Field(default_factory=dict)

    def of(self, environment: str, entry: str) -> LockedInstance | None:
        """What was chosen for an entry; None if nobody has."""
        return self.environments.get(environment, {}).get(entry)


def undecided(serving: object) -> bool:
    """Whether these settings leave the instance to the lock."""
    return isinstance(serving, InstanceServing) and serving.instance == AUTO


def read_instance_lock(folder: Path, problems: list[Problem]) -> InstanceLock | None:
    """The lock of a catalog, empty where there is none; None where the file is wrong, which is told."""
    try:
        return read_program_file(
            folder / FILE_NAME, InstanceLock, what="this is no lock of instances", repair=_REPAIR, problems=problems
        )
    except FileNotFoundError:
        return InstanceLock()


def lock_text(lock: InstanceLock) -> str:
    """The file as it is written: ordered, one fact and one loser on a line, so that a review shows what has changed."""
    environments = [
        f"  {json.dumps(environment)}: {{\n{_joined(_entry(name, entries[name]) for name in sorted(entries))}\n  }}"
        for environment, entries in sorted(lock.environments.items())
        if entries
    ]
    return f'{{\n "environments": {{\n{_joined(environments)}\n }}\n}}\n' if environments else '{"environments": {}}\n'


def _entry(name: str, locked: LockedInstance) -> str:
    values = locked.model_dump(mode="json")
    lost = [f"     {_compact(loser)}" for loser in values.pop("lost")]
    lines = [f"    {json.dumps(key)}: {_compact(value)}" for key, value in values.items()]
    lines.append(f'    "lost": [\n{_joined(lost)}\n    ]' if lost else '    "lost": []')
    return f"   {json.dumps(name)}: {{\n{_joined(lines)}\n   }}"


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _joined(lines: Iterable[str]) -> str:
    return ",\n".join(lines)
