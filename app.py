"""The CDK app: the catalog, the environment, the stacks, in this order. It defines no resource.

    cdk deploy -c environment=prod support-chat        one endpoint, and the foundation where it is missing
    cdk deploy -c environment=prod --all               all of them
    cdk synth  -c environment=prod -c catalog=PATH     a company's entries from another folder
    cdk synth  -c environment=prod -c extension=FILE   a company's own CDK code goes over the stacks (docs/extending.md)

Everything that can be known without the CDK is known before it is imported: a wrong entry costs a blink, not a synth.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from modelyard.catalog.entry import Catalog
from modelyard.catalog.naming import FOUNDATION
from modelyard.catalog.problem import one_line
from modelyard.catalog.suggestion import one_of
from modelyard.deploying.cdk_arguments import ONLY
from modelyard.deploying.protection import PROTECTED
from modelyard.rules.reading import read
from modelyard.shell import cdk_cli
from modelyard.shell.extension import EXTENSION, Extension, find_extension
from modelyard.shell.failure import Failure
from modelyard.shell.garbage_collection import collect_rarely
from modelyard.shell.workflow_commands import guard
from modelyard_constructs.function_archive import BundlingFailed
from modelyard_stacks.environment import environment_blueprint

FEATURE_FLAGS = "cdk:feature-flag-report"


def read_context() -> dict[str, str]:
    """What follows `-c`, as the CDK CLI passes it on."""
    return dict(json.loads(os.environ.get("CDK_CONTEXT_JSON", "{}")))


def which_catalog(context: dict[str, str]) -> tuple[Path, str]:
    """The catalog's folder and the environment's name."""
    folder = Path(context.get("catalog", "catalog"))
    if "environment" not in context:
        known = one_of(sorted(one_line(path.stem) for path in folder.glob("environments/*.yaml")))
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


def wanted(catalog: Catalog, context: dict[str, str]) -> set[str] | None:
    """The entries whose stacks are meant; None for all, also where a name is none that the CDK CLI would find."""
    named = {name for name in context.get(ONLY, "").split(",") if name}
    return named - {FOUNDATION} if named and named <= {FOUNDATION, *catalog.entries} else None


def create_stacks(
    catalog: Catalog, *, protected: bool, only: set[str] | None = None, extension: Extension | None = None
) -> None:
    """The foundation and one stack per entry, written to the folder that the CDK CLI names.

    `protected` is a foundation against its deletion: `modelyard cdk deploy` says so as soon as it stands. An extension
    gets every stack, whichever are named: what it makes of one may depend on the others.
    """
    cdk_cli.provide_node()

    from aws_cdk import App

    from modelyard.renderers.cdk import add_stacks

    # The rules have spoken and the tests hold every template against cfn-lint: CDK's own validation of each template
    # is half of the time of a synth (docs/decisions/0002-one-call-per-resource.md).
    app = App(analytics_reporting=False, builtin_cloud_formation_validation=False, tree_metadata=False)
    try:
        if extension is not None:
            from modelyard.cdk.extended import synthesise

            synthesise(app, environment_blueprint(catalog, protected=protected), extension)
        else:
            add_stacks(app, environment_blueprint(catalog, protected=protected, only=only))
            app.synth()
    except BundlingFailed as failed:
        raise Failure(str(failed)) from failed
    leave_out_feature_flags(Path(app.outdir) / "manifest.json")


def leave_out_feature_flags(manifest: Path) -> None:
    """Take the report on feature flags out, which makes the CDK CLI say at each synth how many are not configured.

    Flags change what the CDK's own constructs write, and these stacks write CloudFormation's words themselves.
    """
    content = json.loads(manifest.read_text("utf-8"))
    reports = [name for name, artifact in content["artifacts"].items() if artifact["type"] == FEATURE_FLAGS]
    for name in reports:
        del content["artifacts"][name]
    manifest.write_text(json.dumps(content, indent=2), "utf-8")


def main() -> int:
    """Exit code 1 and a line for each thing that is wrong, before anything is written."""
    guard()
    collect_rarely()
    try:
        context = read_context()
        folder, environment_name = which_catalog(context)
        catalog = read_catalog(folder, environment_name)
        create_stacks(
            catalog,
            protected=context.get(PROTECTED) == "true",
            only=wanted(catalog, context),
            extension=find_extension(context.get(EXTENSION), folder),
        )
    except Failure as failure:
        print(failure.sentence, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
