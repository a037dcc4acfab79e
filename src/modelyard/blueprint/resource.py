"""One resource of a stack, in CloudFormation's own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from modelyard.blueprint.construct import Scope

# A value of a template that CloudFormation fills in: {"Ref": ...}, {"Fn::GetAtt": ...}.
Reference = dict[str, Any]
Tags = list[dict[str, str]]

RETAIN = "Retain"
# Kept when its stack goes, but not when the deployment fails that was to make it: its name would be in the way of the
# next one (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html).
RETAIN_EXCEPT_ON_CREATE = "RetainExceptOnCreate"


class Resource:
    """A resource with its logical id, its type and its properties; it lies in a stack or in a construct of one.

    Raises:
        ValueError: where the stack has a resource or output of that logical id already.
    """

    # cdk-nag findings that are meant, each with its reason; tests hold the template against these.
    accepted_findings: ClassVar[Mapping[str, str]] = {}

    def __init__(self, scope: Scope, logical_id: str, *, type: str, properties: Mapping[str, Any]) -> None:
        self.logical_id = logical_id
        self.type = type
        self.properties: dict[str, Any] = dict(properties)
        self.depends_on: list[Resource] = []
        self.deletion_policy: str | None = None
        self.update_replace_policy: str | None = None
        self.reference: Reference = {"Ref": logical_id}
        self.stack = scope.stack
        self.stack.register(self)
        scope.children.append(self)

    def attribute(self, name: str) -> Reference:
        """What `Fn::GetAtt` gives for this resource."""
        return {"Fn::GetAtt": [self.logical_id, name]}

    def retain(self) -> None:
        """Keep it when its stack goes or another takes its place; a creation that fails takes it along."""
        self.deletion_policy = RETAIN_EXCEPT_ON_CREATE
        self.update_replace_policy = RETAIN

    def depend_on(self, *others: Resource) -> None:
        """Create it after these, and delete it before them, where no reference says so already.

        Raises:
            ValueError: where one lies in another stack: stacks need each other as a whole.
        """
        for other in others:
            if other.stack is not self.stack:
                raise ValueError(f"{self} cannot depend on {other}: a resource depends on those of its own stack")
        self.depends_on.extend(others)

    def __repr__(self) -> str:
        return f"{self.stack.stack_id}/{self.logical_id} ({self.type})"


def dependencies_of(resource: Resource) -> Sequence[str]:
    """The logical ids that its `DependsOn` names, in the order of their names."""
    return sorted({other.logical_id for other in resource.depends_on})
