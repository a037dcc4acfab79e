"""An empty account on this machine into which a catalog is deployed: what every demo begins and ends with."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from modelyard.catalog.entry import Catalog
from modelyard.catalog.naming import FOUNDATION
from modelyard.demo import embedded_aws, stand_ins
from modelyard.demo.child import Child, end_processes
from modelyard.demo.deployment import DemoDeployment
from modelyard.demo.kept import print_exports
from modelyard.demo.steps import Report, Steps
from modelyard.demo.workspace import Workspace
from modelyard.shell import cdk_cli
from modelyard.shell.account import Account
from modelyard.shell.catalog_files import read_deployable
from modelyard.shell.checkout import require_checkout
from modelyard.shell.failure import Failure
from modelyard.shell.foundation import ARTIFACTS_BUCKET, KEY_ARN, published
from modelyard.shell.terminal import notices, results
from modelyard.staging.staging import Staging, scratch_folder, tasks
from modelyard.staging.upload import OnBytes

ENVIRONMENT = "local"
# CloudFormation of one stack mostly waits for its model to load; more at once only share the processor.
_CONCURRENCY = 8


class Sandbox:
    """Embedded AWS, the CDK CLI and the workspace of one demo; `close` ends what was started, however far it came."""

    def __init__(
        self, *, catalog_folder: Path, folder: Path | None, port: int, keep: bool, clock_factor: float = 1
    ) -> None:
        self.root = require_checkout("the demo")
        self.catalog_folder = catalog_folder
        self.catalog: Catalog = read_deployable(catalog_folder, ENVIRONMENT)
        if not self.catalog.entries:
            raise Failure(f"{catalog_folder / 'endpoints'} holds no entry to deploy: add <name>.yaml")
        self.port = port
        self.clock_factor = clock_factor
        self.account_id = self.catalog.environment.account
        self.region = self.catalog.environment.region
        self.workspace = Workspace(self.root, folder)
        self.steps = Steps(notices())
        self.stood_in: dict[str, Path] = {}
        self.cdk_version = ""
        self._folder = folder
        self._keep = keep
        self._kept = False
        self._own: dict[str, str] = {}
        self._aws: Child | None = None

    def prepare(self) -> None:
        """Refuse what would fail later; from here on this process knows embedded AWS and no other account."""
        self.workspace.claim()
        models = stand_ins.find(self.root)
        self.cdk_version = cdk_cli.check_version()
        embedded_aws.require_free(self.port)
        self.workspace.prepare()
        self._own = self.workspace.environment(port=self.port, account=self.account_id, region=self.region)
        os.environ.clear()
        os.environ.update(self._own)
        self.stood_in = models.for_catalog(self.catalog, self.catalog_folder)

    def deploy(self) -> None:
        """Start embedded AWS and bring the whole catalog there with the real CDK CLI, weights included."""
        steps = self.steps
        deployment = DemoDeployment(self.workspace, self._own, account=self.account_id, region=self.region)
        self._aws = embedded_aws.start(
            self.workspace,
            self._own,
            port=self.port,
            account=self.account_id,
            region=self.region,
            clock_factor=self.clock_factor,
            outlive=self._keep,
        )
        synth = deployment.synth(self.catalog_folder, ENVIRONMENT)
        with steps.step("starting embedded AWS"):
            embedded_aws.wait_until_ready(self._aws, self.workspace)
        bootstrap = deployment.bootstrap()
        with steps.step("cdk synth, and cdk bootstrap at the same time") as report:
            synth.finish(report)
            bootstrap.finish(report)
        with steps.step(f"cdk deploy {FOUNDATION}") as report:
            deployment.deploy("cdk deploy foundation", [FOUNDATION], concurrency=1).finish(report)
        with steps.step("staging the models' weights") as report:
            self._stage(report)
        with steps.step(f"cdk deploy --all ({len(self.catalog.entries)} endpoints)") as report:
            deployment.deploy("cdk deploy all", ["--all"], concurrency=_CONCURRENCY).finish(report, steps.note)

    def keep(self) -> None:
        """Leave embedded AWS running if that was asked for, and say how to use it."""
        if not self._keep or self._aws is None:
            return
        self.workspace.note(pid=self._aws.pid, port=self.port, account=self.account_id, region=self.region)
        self._kept = True
        print_exports(
            results(),
            self.catalog,
            catalog_folder=self.catalog_folder,
            environment=self._own,
            folder=self._folder,
        )

    def close(self) -> None:
        """End every process, unless embedded AWS is kept. A second Ctrl-C does not interrupt this."""
        with _undisturbed():
            for child in reversed(Child.started):
                if child is self._aws and not self._kept:
                    child.stop()
                    self.workspace.empty()
                elif child is not self._aws and child.exit_code is None:
                    child.stop(grace_seconds=2)
            self.workspace.release()

    def _stage(self, report: Report) -> None:
        account = Account(self.catalog)
        planned = tasks(self.catalog.entries.values(), everything_from=None, model_from=self.stood_in)
        with scratch_folder(self.workspace.state) as scratch:
            staging = Staging(
                account,
                bucket=published(account, self.catalog, ARTIFACTS_BUCKET),
                key_arn=published(account, self.catalog, KEY_ARN),
                catalog_folder=self.catalog_folder,
                watcher=_StageNews(report),
                scratch=scratch,
            )
            for task in planned:
                staging.stage(task)


def stop_kept(*, folder: Path | None) -> int:
    """End the embedded AWS that an earlier demo kept."""
    workspace = Workspace(require_checkout("the demo"), folder)
    running = workspace.running()
    if running is None:
        raise Failure("no embedded AWS of a demo is running: there is nothing to stop")
    end_processes(running.pid, grace_seconds=15)
    workspace.forget()
    workspace.empty()
    notices().print(f"embedded AWS on port {running.port} has stopped", highlight=False)
    return 0


class _StageNews:
    """Staging's own words, as news of the step."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def step(self, what: str, total_bytes: int) -> OnBytes:
        self._report(f"{what} ({total_bytes / 1e6:.0f} MB)")
        return lambda portion: None

    def done(self, what: str) -> None:
        self._report(what)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """No signal interrupts what happens inside; each does its default thing again afterwards."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
