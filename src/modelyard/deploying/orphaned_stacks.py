"""Stacks that the catalog once deployed and no longer knows.

Deleting an entry's file deletes nothing on AWS: the CDK only looks at stacks that the app still defines. What was
deployed is found by its tags.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from modelyard.catalog.entry import Catalog
from modelyard.deploying.cdk_deployment import catalog_of

_GONE = {"DELETE_COMPLETE", "DELETE_IN_PROGRESS"}
# The value of `llm:endpoint` on what belongs to no single endpoint.
_SHARED = "shared"
_READ = ("llm:managed-by", "llm:environment", "llm:endpoint", "llm:team")


@dataclass(frozen=True, kw_only=True)
class OrphanedStack:
    """A deployed stack whose catalog entry is gone."""

    name: str
    endpoint: str
    team: str
    status: str
    region: str
    protected: bool
    catalog: str | None

    @property
    def commands(self) -> tuple[str, ...]:
        """The AWS CLI lines that delete it. `cdk destroy` cannot: it only knows stacks that the app defines."""
        where = f"--region {self.region} --stack-name {self.name}"
        unprotect = f"aws cloudformation update-termination-protection --no-enable-termination-protection {where}"
        delete = f"aws cloudformation delete-stack {where}"
        return (unprotect, delete) if self.protected else (delete,)


def orphaned_stacks(cloudformation: Any, catalog: Catalog) -> list[OrphanedStack]:
    """The environment's stacks that carry our tags and serve an endpoint no entry describes, ordered by name."""
    keys = catalog.environment.tag_keys
    known = {entry.name for entry in catalog.entries.values()}
    found = []
    for page in cloudformation.get_paginator("describe_stacks").paginate():
        for stack in page["Stacks"]:
            tags = {tag["Key"]: tag["Value"] for tag in stack.get("Tags", [])}
            # A company may have mapped our tags to keys of its own.
            ours = {name: tags.get(keys.get(name, name), "") for name in _READ}
            if stack["StackStatus"] in _GONE or ours["llm:managed-by"] != "modelyard":
                continue
            if ours["llm:environment"] != catalog.environment_name:
                continue
            if ours["llm:endpoint"] in known | {_SHARED, ""}:
                continue
            if catalog_of(stack) not in (None, catalog.organisation.catalog):
                # Another catalog has an environment of the same name; its stacks are no orphans of ours.
                continue
            found.append(
                OrphanedStack(
                    name=stack["StackName"],
                    endpoint=ours["llm:endpoint"],
                    team=ours["llm:team"],
                    status=stack["StackStatus"],
                    region=catalog.environment.region,
                    protected=bool(stack.get("EnableTerminationProtection")),
                    catalog=catalog_of(stack),
                )
            )
    return sorted(found, key=lambda stack: stack.name)
