"""The CDK app: the catalog, the environment, the stacks, in this order. It defines no resource.

    cdk deploy -c environment=prod support-chat        one endpoint, and the foundation where it is missing
    cdk deploy -c environment=prod --all               all of them
    cdk synth  -c environment=prod -c catalog=PATH     a company's entries from another folder

Everything that can be known without the CDK is known before it is imported: a wrong entry costs a blink, not a synth.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from catalog.entry import Catalog
from catalog.suggestion import one_of
from cli import cdk_cli
from cli.failure import Failure
from cli.workflow_commands import guard
from rules.reading import read


def read_context() -> tuple[Path, str]:
    """The catalog's folder and the environment's name, as the CDK CLI passes on what follows `-c`."""
    context = json.loads(os.environ.get("CDK_CONTEXT_JSON", "{}"))
    folder = Path(context.get("catalog", "catalog"))
    if "environment" not in context:
        known = one_of(sorted(path.stem for path in folder.glob("environments/*.yaml"))) or f"none in {folder}"
        raise Failure(f"which environment? Add -c environment=NAME; those that exist: {known}")
    return folder, str(context["environment"])


def read_catalog(folder: Path, environment_name: str) -> Catalog:
    """Every entry of the environment; warnings are said, anything worse is refused."""
    reading = read(folder, environment_name)
    if reading.errors or reading.catalog is None:
        raise Failure("\n".join(str(finding) for finding in reading.errors))
    for warning in reading.findings:
        print(warning, file=sys.stderr)
    return reading.catalog


def create_stacks(catalog: Catalog) -> None:
    """The foundation and one stack per entry, written to the folder that the CDK CLI names."""
    os.environ.setdefault("JSII_NODE", str(cdk_cli.node()))

    from aws_cdk import App

    from modelyard_constructs.endpoint_plan import EndpointPlan
    from modelyard_constructs.function_archive import BundlingFailed
    from modelyard_constructs.target import Target
    from stacks.endpoint import EndpointStack
    from stacks.foundation import FoundationStack

    # The rules have spoken and the tests hold every template against cfn-lint: CDK's own validation of each template
    # is half of the time of a synth (docs/decisions/0002-one-call-per-resource.md).
    app = App(analytics_reporting=False, builtin_cloud_formation_validation=False, tree_metadata=False)
    target = Target(environment_name=catalog.environment_name, environment=catalog.environment)
    try:
        foundation = FoundationStack(app, target=target)
    except BundlingFailed as failed:
        raise Failure(str(failed)) from failed
    for entry in catalog.entries.values():
        EndpointStack(app, plan=EndpointPlan(entry, target)).add_stack_dependency(foundation)
    app.synth()


def main() -> int:
    """Exit code 1 and a line for each thing that is wrong, before anything is written."""
    guard()
    try:
        create_stacks(read_catalog(*read_context()))
    except Failure as failure:
        print(failure.sentence, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
