"""A blueprint as stacks of a CDK app: a construct for each part, with the logical ids that the blueprint names."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from aws_cdk import (
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

from modelyard.blueprint.asset import FileAsset
from modelyard.blueprint.blueprint import Blueprint
from modelyard.blueprint.construct import Construct
from modelyard.blueprint.resource import RETAIN, RETAIN_EXCEPT_ON_CREATE, Resource
from modelyard.blueprint.stack import StackBlueprint
from modelyard.renderers.json_value import json_value


def add_stacks(scope: CdkConstruct, blueprint: Blueprint) -> dict[str, Stack]:
    """The stacks of an environment in an app or a stage, by their ids; each is deployed after those that it needs."""
    stacks: dict[str, Stack] = {}
    for described in blueprint.stacks:
        stack = stacks[described.stack_id] = add_stack(scope, described)
        for needed in described.needs:
            stack.add_stack_dependency(stacks[needed])
    return stacks


def add_stack(scope: CdkConstruct, described: StackBlueprint) -> Stack:
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
    Parts(stack).add(stack, described.children)
    for logical_id, value in described.outputs.items():
        CfnOutput(stack, logical_id, value=value if isinstance(value, str) else Token.as_string(value))
    return stack


class Parts:
    """Puts parts of a blueprint into a CDK stack.

    CDK uses the id of a stack's direct child as its logical id unchanged, and a path with a digest for all others
    (https://docs.aws.amazon.com/cdk/v2/guide/identifiers.html): below a construct the id has to be set. Every call over
    jsii takes about a fifth of a millisecond, so nothing is asked that is known
    (docs/decisions/0002-one-call-per-resource.md).
    """

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._places: dict[FileAsset, tuple[str, str]] = {}
        self._added: dict[str, CfnResource] = {}

    def add(self, scope: CdkConstruct, children: Sequence[Construct | Resource]) -> None:
        """Add these and what lies below them."""
        for child in children:
            if isinstance(child, Resource):
                self._added[child.logical_id] = self._resource(scope, child)
            elif child.children:
                self.add(CdkConstruct(scope, child.construct_id), child.children)

    def _resource(self, scope: CdkConstruct, described: Resource) -> CfnResource:
        properties = json_value(described.properties, self._place)
        made = CfnResource(scope, described.logical_id, type=described.type, properties=properties)
        if scope is not self._stack:
            made.override_logical_id(described.logical_id)
        policies = (described.update_replace_policy, described.deletion_policy)
        if policies == (RETAIN, RETAIN_EXCEPT_ON_CREATE):
            made.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        elif policies != (None, None):
            raise NotImplementedError(f"{described}: no removal policy of the CDK is {policies}")
        for other in described.depends_on:
            made.add_resource_dependency(self._added[other.logical_id])
        return made

    def _place(self, asset: FileAsset) -> tuple[str, str]:
        """The asset's bucket and key, as the stack's synthesizer has them."""
        if asset not in self._places:
            stage = Stage.of(self._stack)
            assert stage is not None, "a stack lies in an app"
            file_name = f"asset.{asset.digest}.zip"
            shutil.copyfile(asset.build(), Path(stage.outdir) / file_name)
            location = self._stack.synthesizer.add_file_asset(
                source_hash=asset.digest,
                file_name=file_name,
                packaging=FileAssetPackaging.FILE,
                display_name=asset.name,
            )
            self._places[asset] = (location.bucket_name, location.object_key)
        return self._places[asset]
