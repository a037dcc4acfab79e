"""The same resources as ours in the CDK with nothing above them: one `CfnResource` for each, in one loop.

    python benchmarks/synth/raw_l1.py CATALOG FOLDER

The resources are those of the rendered blueprint, read as plain JSON before the app is made: the least that an app in
Python pays to say these templates to the CDK. `run.py` compares its templates with ours before it measures anything.
It pays for reading the catalog as ours does.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from modelyard.blueprint.stack import StackBlueprint
from modelyard.catalog.loader import load
from modelyard.renderers.template import template
from modelyard_stacks.environment import environment_blueprint


def add_stack(app: cdk.App, described: StackBlueprint) -> cdk.Stack:
    stack = cdk.Stack(
        app,
        described.stack_id,
        stack_name=described.name,
        env=cdk.Environment(account=described.account, region=described.region),
        description=described.description,
        tags=described.tags,
    )
    written: dict[str, Any] = template(described)
    made: dict[str, cdk.CfnResource] = {}
    for logical_id, one in written["Resources"].items():
        made[logical_id] = cdk.CfnResource(stack, logical_id, type=one["Type"], properties=one["Properties"])
        if "DeletionPolicy" in one:
            made[logical_id].apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
    for logical_id, one in written["Resources"].items():
        for needed in one.get("DependsOn", []):
            made[logical_id].add_resource_dependency(made[needed])
    for logical_id, output in written.get("Outputs", {}).items():
        value = output["Value"]
        cdk.CfnOutput(stack, logical_id, value=value if isinstance(value, str) else cdk.Token.as_string(value))
    return stack


def main(catalog: str, folder: str) -> None:
    blueprint = environment_blueprint(load(Path(catalog), "plain"))
    app = cdk.App(
        outdir=folder, analytics_reporting=False, builtin_cloud_formation_validation=False, tree_metadata=False
    )
    stacks: dict[str, cdk.Stack] = {}
    for described in blueprint.stacks:
        stacks[described.stack_id] = add_stack(app, described)
        for needed in described.needs:
            stacks[described.stack_id].add_stack_dependency(stacks[needed])
    app.synth()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
