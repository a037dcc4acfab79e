"""Every name that an environment fixes on AWS, so that two environments of one account cannot spell the same one.

What CloudFormation names itself (topics, most roles, alarms) carries the stack's name and an ending of its own, and
what an endpoint names (its log group, its metrics) carries the endpoint's: src/modelyard/rules/endpoint_name_unique.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import get_args

from modelyard.catalog.forms import BucketPurpose
from modelyard.catalog.naming import FOUNDATION, bucket_name, parameter_name, stack_name
from modelyard.catalog.schema import Environment

# What the foundation names besides its buckets, as (kind, last part of the name).
FLEET = "fleet"
RECORDS = "records"
SHARED_STACKS = (FOUNDATION, "finance")
_SHARED = (
    ("function", "stream-processor"),
    ("function", "capture-processor"),
    ("function", "window-publisher"),
    ("queue", "capture-failures"),
    ("record stream", RECORDS),
    ("delivery stream", "requests"),
    ("Flink application", "aggregation"),
    ("dashboard", FLEET),
)


@dataclass(frozen=True, kw_only=True)
class PhysicalName:
    """A name of one kind of thing, and whose it is in words."""

    kind: str
    name: str
    owner: str


def physical_names(environment_name: str, environment: Environment, entries: Iterable[str]) -> Iterator[PhysicalName]:
    """What an environment that deploys these entries names, or would name with another key switched on."""
    for purpose in get_args(BucketPurpose):
        yield PhysicalName(
            kind="bucket", name=bucket_name(environment_name, environment, purpose), owner=f"for {purpose}"
        )
    for stack in SHARED_STACKS:
        yield PhysicalName(kind="stack", name=stack_name(environment_name, stack), owner=f"of its {stack}")
    for kind, what in _SHARED:
        yield PhysicalName(kind=kind, name=stack_name(environment_name, what), owner=f"of its {what}")
    role = stack_name(environment_name, f"{RECORDS}-{environment.region}")
    yield PhysicalName(kind="role", name=role, owner="that writes its records")
    # Glue takes no hyphens (modelyard_constructs/request_table.py).
    database = stack_name(environment_name, "").rstrip("-").replace("-", "_")
    yield PhysicalName(kind="database", name=database, owner="of its records")
    yield PhysicalName(kind="parameters", name=parameter_name(environment_name, ""), owner="of its foundation")
    for entry in entries:
        for kind in ("stack", "dashboard"):
            yield PhysicalName(kind=kind, name=stack_name(environment_name, entry), owner=f"of entry {entry}")
