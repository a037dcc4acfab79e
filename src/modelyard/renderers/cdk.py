"""A blueprint as stacks of a CDK app: a construct for each part, with the logical ids that the blueprint names."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from aws_cdk import (
    CfnDeletionPolicy,
    CfnOutput,
    CfnResource,
    Environment,
    FileAssetPackaging,
    RemovalPolicy,
    Stack,
    Stage,
    Token,
)
from constructs import Construct as CdkConstruct
from constructs import IConstruct

from modelyard.blueprint.asset import FileAsset
from modelyard.blueprint.blueprint import Blueprint
from modelyard.blueprint.construct import Construct
from modelyard.blueprint.resource import RETAIN, RETAIN_EXCEPT_ON_CREATE, Resource
from modelyard.blueprint.stack import StackBlueprint
from modelyard.renderers.cdk_resource import TaggableResource
from modelyard.renderers.json_value import json_value

ENDPOINT = "AWS::SageMaker::Endpoint"
# The CDK's names of what stands in a template.
_POLICIES = {
    "Delete": CfnDeletionPolicy.DELETE,
    RETAIN: CfnDeletionPolicy.RETAIN,
    RETAIN_EXCEPT_ON_CREATE: CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE,
    "Snapshot": CfnDeletionPolicy.SNAPSHOT,
}
# Which endpoints an app has, by account, region and name.
_Endpoints = dict[tuple[str, str, str], str]
_endpoints: WeakKeyDictionary[IConstruct, _Endpoints] = WeakKeyDictionary()


def add_stacks(
    scope: CdkConstruct, blueprint: Blueprint, *, extended: bool = False, writes_assets: bool = True
) -> dict[str, Stack]:
    """The stacks of an environment in an app or a stage, by their ids; each is deployed after those that it needs.

    `extended` are stacks that a company's own code goes over: tags that it gives from above reach every resource.
    Without `writes_assets` templates say where assets lie, and nobody makes these.
    """
    stacks: dict[str, Stack] = {}
    for described in blueprint.stacks:
        stack = stacks[described.stack_id] = add_stack(scope, described, extended=extended, writes_assets=writes_assets)
        for needed in described.needs:
            stack.add_stack_dependency(stacks[needed])
    if extended:
        claim_endpoints(scope, blueprint.stacks)
    return stacks


def add_stack(
    scope: CdkConstruct, described: StackBlueprint, *, extended: bool = False, writes_assets: bool = True
) -> Stack:
    """One stack, with all that its description holds."""
    stack = Stack(
        scope,
        described.stack_id,
        stack_name=described.name,
        env=Environment(account=described.account, region=described.region),
        description=described.description,
        tags=described.tags,
        termination_protection=described.termination_protection,
    )
    Parts(stack, taggable=extended, writes_assets=writes_assets).add_all(stack, described.children)
    for logical_id, value in described.outputs.items():
        CfnOutput(stack, logical_id, value=value if isinstance(value, str) else Token.as_string(value))
    return stack


class EndpointTwice(ValueError):
    """Two stacks of one app would make the same endpoint."""


def claim_endpoints(scope: IConstruct, stacks: Sequence[StackBlueprint]) -> None:
    """Remember which endpoints an app makes.

    Raises:
        EndpointTwice: where another stack of the app makes one of them: its name is fixed, and an account has it once.
    """
    known = _endpoints.setdefault(scope.node.root, {})
    for stack, name in _endpoints_of(stacks):
        place = (stack.account, stack.region, name)
        if place in known:
            raise EndpointTwice(
                f"endpoint {name} would be made twice in {stack.account} {stack.region}, by {known[place]} and by "
                f"{scope.node.path or stack.stack_id}: an endpoint's name is fixed, so deploy an entry in one place"
            )
        known[place] = scope.node.path or f"stack {stack.stack_id}"


def _endpoints_of(stacks: Sequence[StackBlueprint]) -> Iterator[tuple[StackBlueprint, str]]:
    for stack in stacks:
        for resource in stack.resources():
            if resource.type == ENDPOINT:
                yield stack, resource.properties["EndpointName"]


class Parts:
    """Puts parts of a blueprint into a CDK stack.

    CDK uses the id of a stack's direct child as its logical id unchanged, and a path with a digest for all others
    (https://docs.aws.amazon.com/cdk/v2/guide/identifiers.html): below a construct the id has to be set. Every call over
    jsii takes about a fifth of a millisecond, so nothing is asked that is known
    (docs/decisions/0002-one-call-per-resource.md).
    """

    def __init__(self, stack: Stack, *, taggable: bool = False, writes_assets: bool = True) -> None:
        self._stack = stack
        self._taggable = taggable
        self._writes_assets = writes_assets
        self._places: dict[FileAsset, tuple[str, str]] = {}
        self.added: dict[str, CfnResource] = {}

    def add_all(self, scope: CdkConstruct, children: Sequence[Construct | Resource]) -> None:
        """Add these and what lies below them, then what depends on what: on something that comes later, too."""
        for resource in list(self._add(scope, children)):
            for other in resource.depends_on:
                self.added[resource.logical_id].add_resource_dependency(self.added[other.logical_id])

    def _add(self, scope: CdkConstruct, children: Sequence[Construct | Resource]) -> Iterator[Resource]:
        for child in children:
            if isinstance(child, Resource):
                self.added[child.logical_id] = self._resource(scope, child)
                if child.depends_on:
                    yield child
            elif child.children:
                yield from self._add(CdkConstruct(scope, child.construct_id), child.children)

    def _resource(self, scope: CdkConstruct, described: Resource) -> CfnResource:
        properties = self._properties(described)
        kind = TaggableResource if self._taggable and properties.get("Tags") else CfnResource
        made = kind(scope, described.logical_id, type=described.type, properties=properties)
        self._name(made, scope, described)
        policies = (described.update_replace_policy, described.deletion_policy)
        if policies == (RETAIN, RETAIN_EXCEPT_ON_CREATE):
            # One call instead of three for what nearly every kept resource says.
            made.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        elif policies != (None, None):
            options = made.cfn_options
            options.update_replace_policy, options.deletion_policy = (
                None if one is None else _POLICIES[one] for one in policies
            )
        return made

    def _properties(self, described: Resource) -> dict[str, Any]:
        """The properties as the CDK takes them."""
        return dict(json_value(described.properties, self._place))

    def _name(self, made: CfnResource, scope: CdkConstruct, described: Resource) -> None:
        """Give it the blueprint's logical id where the CDK would give another."""
        if scope is not self._stack:
            made.override_logical_id(described.logical_id)

    def _place(self, asset: FileAsset) -> tuple[str, str]:
        """The asset's bucket and key, as the stack's synthesizer has them."""
        if asset not in self._places:
            stage = Stage.of(self._stack)
            assert stage is not None, "a stack lies in an app"
            file_name = f"asset.{asset.digest}.zip"
            if self._writes_assets:
                shutil.copyfile(asset.build(), Path(stage.outdir) / file_name)
            location = self._stack.synthesizer.add_file_asset(
                source_hash=asset.digest,
                file_name=file_name,
                packaging=FileAssetPackaging.FILE,
                display_name=asset.name,
            )
            self._places[asset] = (location.bucket_name, location.object_key)
        return self._places[asset]
