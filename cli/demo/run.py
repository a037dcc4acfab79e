"""The demo: the whole catalog on embedded AWS, deployed by the real CDK CLI, every endpoint asked one question."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from catalog.entry import Catalog
from catalog.naming import FOUNDATION
from cli import cdk_cli
from cli.account import Account
from cli.agreed_prices import terms_today
from cli.catalog_files import read_deployable
from cli.checkout import require_checkout
from cli.demo import embedded_aws, stand_ins
from cli.demo.child import Child, end_processes
from cli.demo.deployment import Deployment
from cli.demo.kept import print_exports
from cli.demo.questions import Questioner
from cli.demo.report import Outcome, print_report
from cli.demo.steps import Say, Steps
from cli.demo.workspace import Workspace
from cli.failure import Failure
from cli.foundation import ARTIFACTS_BUCKET, ASYNC_BUCKET, published
from cli.invocation import Caller
from cli.staging import Staging, scratch_folder, tasks
from cli.terminal import notices, results
from cli.upload import OnBytes

ENVIRONMENT = "local"
# CloudFormation of one stack mostly waits for its model to load; more at once only share the processor.
_CONCURRENCY = 8


def run_demo(*, catalog_folder: Path, folder: Path | None, port: int, keep: bool) -> int:
    """Run it; 0 only if every model of every endpoint answered."""
    demo = Demo(catalog_folder=catalog_folder, folder=folder, port=port, keep=keep)
    try:
        return demo.run()
    finally:
        demo.clean_up()


class Demo:
    """One run, from an empty account to the table."""

    def __init__(self, *, catalog_folder: Path, folder: Path | None, port: int, keep: bool) -> None:
        self._root = require_checkout("the demo")
        self._folder = folder
        self._workspace = Workspace(self._root, folder)
        self._catalog_folder = catalog_folder
        self._catalog: Catalog = read_deployable(catalog_folder, ENVIRONMENT)
        if not self._catalog.entries:
            raise Failure(f"{catalog_folder / 'endpoints'} holds no entry to deploy: add <name>.yaml")
        self._account_id = self._catalog.environment.account
        self._region = self._catalog.environment.region
        self._port = port
        self._keep = keep
        self._kept = False
        self._steps = Steps(notices())
        self._aws: Child | None = None
        self._deployment: Deployment | None = None

    def run(self) -> int:
        """Every step; whatever fails raises `Failure`."""
        self._workspace.claim()
        models = stand_ins.find(self._root)
        cli_version = cdk_cli.check_version()
        embedded_aws.require_free(self._port)
        self._workspace.prepare()
        # From here on this process, and all it starts, knows embedded AWS and no other account.
        own = self._workspace.environment(port=self._port, account=self._account_id, region=self._region)
        os.environ.clear()
        os.environ.update(own)
        stood_in = models.for_catalog(self._catalog, self._catalog_folder)
        self._introduce(stood_in, cli_version)
        self._deploy(own, stood_in)
        outcomes = self._ask(frozenset(stood_in))
        print_report(results(), outcomes, region=self._region, terms=terms_today(self._catalog.organisation))
        return self._conclude(outcomes)

    def clean_up(self) -> None:
        """End every process, unless embedded AWS is to be kept. A second Ctrl-C does not interrupt this."""
        with _undisturbed():
            if self._deployment is not None:
                self._deployment.stop()
            if self._aws is not None and not self._kept:
                self._aws.stop()
                self._workspace.empty()
            self._workspace.release()

    def _introduce(self, stood_in: dict[str, Path], cli_version: str) -> None:
        entries = self._catalog.entries
        self._steps.note(
            f"{len(entries)} endpoints of {self._catalog_folder} go to embedded AWS on 127.0.0.1:{self._port} "
            f"(account {self._account_id}, {self._region}) with the CDK CLI {cli_version}."
        )
        if stood_in:
            self._steps.note(
                f"Real models answer, but small ones on this machine's CPU: SmolLM2-135M and MiniLM stand in for the "
                f"weights of {', '.join(stood_in)}, and a process for every container."
            )

    def _deploy(self, environment: dict[str, str], stood_in: dict[str, Path]) -> None:
        deployment = Deployment(self._workspace, environment, account=self._account_id, region=self._region)
        self._deployment = deployment
        self._aws = embedded_aws.start(
            self._workspace,
            environment,
            port=self._port,
            account=self._account_id,
            region=self._region,
            outlive=self._keep,
        )
        synth = deployment.synth(self._catalog_folder, ENVIRONMENT)
        with self._steps.step("starting embedded AWS"):
            embedded_aws.wait_until_ready(self._aws, self._workspace)
        bootstrap = deployment.bootstrap()
        with self._steps.step("cdk synth, and cdk bootstrap at the same time") as say:
            synth.finish(say)
            bootstrap.finish(say)
        with self._steps.step(f"cdk deploy {FOUNDATION}") as say:
            deployment.deploy("cdk deploy foundation", [FOUNDATION], concurrency=1).finish(say)
        with self._steps.step("staging the models' weights") as say:
            self._stage(stood_in, say)
        with self._steps.step(f"cdk deploy --all ({len(self._catalog.entries)} endpoints)") as say:
            deployment.deploy("cdk deploy all", ["--all"], concurrency=_CONCURRENCY).finish(say, self._steps.note)

    def _stage(self, stood_in: dict[str, Path], say: Say) -> None:
        account = Account(self._catalog)
        planned = tasks(self._catalog.entries.values(), everything_from=None, model_from=stood_in)
        with scratch_folder(self._workspace.state) as scratch:
            staging = Staging(
                account,
                bucket=published(account, self._catalog, ARTIFACTS_BUCKET),
                catalog_folder=self._catalog_folder,
                watcher=_StageNews(say),
                scratch=scratch,
            )
            for task in planned:
                staging.stage(task)

    def _ask(self, stood_in: frozenset[str]) -> list[Outcome]:
        account = Account(self._catalog)
        caller = Caller(
            runtime=account.client("sagemaker-runtime"),
            s3=account.client("s3"),
            async_bucket=published(account, self._catalog, ASYNC_BUCKET),
            async_timeout_seconds=60,
        )
        questioner = Questioner(sagemaker=account.client("sagemaker"), caller=caller, stood_in=stood_in)
        outcomes = []
        with self._steps.step("asking every endpoint"):
            for outcome in questioner.ask_all(self._catalog):
                said = "answered" if outcome.answer else "gave no answer"
                self._steps.note(f"  {outcome.entry.name}: {outcome.model} {said}")
                outcomes.append(outcome)
        return outcomes

    def _conclude(self, outcomes: list[Outcome]) -> int:
        silent = [outcome for outcome in outcomes if outcome.answer is None]
        answered = len(outcomes) - len(silent)
        self._steps.note(f"{answered} of {len(outcomes)} models answered; {self._steps.seconds:.0f} s in all.")
        if self._keep and self._aws is not None:
            self._workspace.note(pid=self._aws.pid, port=self._port, account=self._account_id, region=self._region)
            self._kept = True
            print_exports(results(), self._catalog, port=self._port, folder=self._folder)
        if silent:
            raise Failure(
                f"{len(silent)} of {len(outcomes)} models gave no answer; the logs are in {self._workspace.logs}",
                details=tuple(f"{item.entry.name}: {item.model}: {item.trouble}" for item in silent),
            )
        return 0


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

    def __init__(self, say: Say) -> None:
        self._say = say

    def step(self, what: str, total_bytes: int) -> OnBytes:
        self._say(f"{what} ({total_bytes / 1e6:.0f} MB)")
        return lambda portion: None

    def done(self, what: str) -> None:
        self._say(what)


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
