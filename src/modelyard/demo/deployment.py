"""The real CDK CLI against embedded AWS: synth, bootstrap, deploy."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from modelyard.demo.child import Child
from modelyard.demo.steps import Report
from modelyard.demo.workspace import Workspace
from modelyard.shell import cdk_cli
from modelyard.shell.failure import Failure

# `modelyard-local-chat | 12/22 | 4:45:25 AM | CREATE_FAILED | AWS::SageMaker::Model | chat/Model (Model) the reason`
_EVENT = re.compile(r"^(?P<stack>\S+) \|.* \| (?P<status>[A-Z_]+) +\| (?P<type>AWS::\S+) +\| (?P<reason>.*)$")
# `✅  chat (modelyard-local-chat)`; a stack that was there already ends in `(no changes)`
_DEPLOYED = re.compile(r"^✅ +\S+ \((?P<stack>\S+)\)$")
_TAIL_LINES = 20
# What the CLI says of a cloud assembly with a newer schema than it reads.
_TOO_OLD = "This CDK CLI is not compatible with the CDK library"


class CdkRun:
    """One call of the CDK CLI, in the background until somebody waits for it."""

    def __init__(
        self, what: str, arguments: Sequence[str], *, workspace: Workspace, environment: Mapping[str, str], in_app: bool
    ) -> None:
        self._what = what
        self._child = Child(
            [*cdk_cli.command(), *arguments, "--no-notices", "--no-color", "--ci"],
            log=workspace.logs / f"{what.replace(' ', '-')}.log",
            # Elsewhere there is no cdk.json: bootstrap and deploy must not synthesise the app once more.
            cwd=workspace.root if in_app else workspace.folder,
            environment=cdk_cli.with_node(environment),
        )

    def finish(self, report: Report, keep: Report = lambda line: None) -> None:
        """Wait for its end; a failure shows what CloudFormation refused, the CLI's last words and where the log is.

        `report` hears every line, `keep` those that tell a person how far it is: a stack that was deployed.
        """
        failed: list[str] = []

        def hear(line: str) -> None:
            report(line)
            deployed = _DEPLOYED.match(line)
            if deployed:
                keep(f"  deployed {deployed['stack']}")
            event = _EVENT.match(line)
            if event and event["status"].endswith("_FAILED"):
                what = f"{event['stack']}: {event['type']}: {event['reason']}"
                failed.extend([what] if what not in failed else [])

        code = self._child.wait(on_line=hear)
        if code != 0:
            if any(_TOO_OLD in line for line in self._child.tail(_TAIL_LINES)):
                raise Failure(
                    f"the CDK CLI {cdk_cli.version()} is too old for what the CDK library of this project writes: "
                    "set it up anew with `make setup` (or unset MODELYARD_CDK)"
                )
            tail = [line for line in self._child.tail(_TAIL_LINES) if not _EVENT.match(line)]
            raise Failure(
                f"{self._what} failed (exit code {code}); the whole output is in {self._child.log}",
                details=(*failed[:10], *tail),
            )


class DemoDeployment:
    """The calls that the demo makes, in its account and region."""

    def __init__(self, workspace: Workspace, environment: Mapping[str, str], *, account: str, region: str) -> None:
        self._workspace = workspace
        self._environment = environment
        self._target = f"aws://{account}/{region}"

    def synth(self, catalog_folder: Path, environment_name: str) -> CdkRun:
        """Templates of the whole catalog, written once for both deployments."""
        context = ["-c", f"catalog={catalog_folder.absolute()}", "-c", f"environment={environment_name}"]
        arguments = ["synth", "--quiet", *context, "-o", self._assembly]
        return self._run("cdk synth", arguments, in_app=True)

    def bootstrap(self) -> CdkRun:
        """What the CDK needs in every account: a bucket for assets, and roles."""
        return self._run("cdk bootstrap", ["bootstrap", self._target], in_app=False)

    def deploy(self, what: str, stacks: Sequence[str], *, concurrency: int) -> CdkRun:
        """Deploy stacks of what was synthesised."""
        arguments = ["deploy", *stacks, "--app", self._assembly, "--require-approval", "never"]
        arguments += ["--concurrency", str(concurrency), "--progress", "events"]
        return self._run(what, arguments, in_app=False)

    @property
    def _assembly(self) -> str:
        return str(self._workspace.assembly)

    def _run(self, what: str, arguments: Sequence[str], *, in_app: bool) -> CdkRun:
        return CdkRun(what, arguments, workspace=self._workspace, environment=self._environment, in_app=in_app)
