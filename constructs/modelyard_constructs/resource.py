"""The one base of all resources here: CloudFormation's own words, one call over jsii each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from aws_cdk import CfnResource, Stack

# A value of a template that CloudFormation fills in: {"Ref": ...}, {"Fn::GetAtt": ...}.
Reference = dict[str, Any]
Tags = list[dict[str, str]]
Statement = dict[str, Any]


class Resource(CfnResource):
    """A resource that lies directly in a stack.

    CDK uses the id of a stack's direct child as its logical id unchanged
    (https://docs.aws.amazon.com/cdk/v2/guide/identifiers.html), so a reference needs no question to jsii: every call
    saved is a fifth of a millisecond per resource and endpoint (docs/decisions/0002-one-call-per-resource.md).
    """

    # cdk-nag findings that are meant, each with its reason; tests hold the template against these.
    accepted_findings: ClassVar[Mapping[str, str]] = {}

    def __init__(self, scope: Stack, logical_id: str, *, type: str, properties: Mapping[str, Any]) -> None:
        super().__init__(scope, logical_id, type=type, properties=properties)
        self.reference: Reference = {"Ref": logical_id}
        self._own_id = logical_id

    def attribute(self, name: str) -> Reference:
        """What `Fn::GetAtt` gives for this resource."""
        return {"Fn::GetAtt": [self._own_id, name]}


def policy_document(statements: Sequence[Statement]) -> dict[str, Any]:
    """An IAM policy document of the current language version."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(actions: Sequence[str], resources: Sequence[Any], **conditions: Mapping[str, Any]) -> Statement:
    """A statement that allows; `conditions` by operator: `StringEquals={"aws:SourceAccount": account}`."""
    statement: Statement = {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
    return statement | ({"Condition": conditions} if conditions else {})
