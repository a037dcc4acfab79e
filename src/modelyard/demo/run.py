"""The demo: the whole catalog on embedded AWS, deployed by the real CDK CLI, every endpoint asked one question."""

from __future__ import annotations

from pathlib import Path

from modelyard.demo.questions import Questioner
from modelyard.demo.report import DemoOutcome, print_report
from modelyard.demo.sandbox import Sandbox
from modelyard.invoking.invocation import Caller
from modelyard.shell.account import Account
from modelyard.shell.agreed_prices import terms_today
from modelyard.shell.failure import Failure
from modelyard.shell.foundation import ASYNC_BUCKET, published
from modelyard.shell.terminal import results


def run_demo(*, catalog_folder: Path, folder: Path | None, port: int, keep: bool) -> int:
    """Run it; 0 only if every model of every endpoint answered."""
    sandbox = Sandbox(catalog_folder=catalog_folder, folder=folder, port=port, keep=keep)
    try:
        sandbox.prepare()
        _introduce(sandbox)
        sandbox.deploy()
        outcomes = _ask(sandbox)
        terms = terms_today(sandbox.catalog.organisation)
        print_report(results(), outcomes, region=sandbox.region, terms=terms)
        return _conclude(sandbox, outcomes)
    finally:
        sandbox.close()


def _introduce(sandbox: Sandbox) -> None:
    sandbox.steps.note(
        f"{len(sandbox.catalog.entries)} endpoints of {sandbox.catalog_folder} go to embedded AWS on "
        f"127.0.0.1:{sandbox.port} (account {sandbox.account_id}, {sandbox.region}) with the CDK CLI "
        f"{sandbox.cdk_version}."
    )
    if sandbox.stood_in:
        sandbox.steps.note(
            f"Real models answer, but small ones on this machine's CPU: SmolLM2-135M and MiniLM stand in for the "
            f"weights of {', '.join(sandbox.stood_in)}, and a process for every container."
        )


def _ask(sandbox: Sandbox) -> list[DemoOutcome]:
    account = Account(sandbox.catalog)
    caller = Caller(
        runtime=account.client("sagemaker-runtime"),
        s3=account.client("s3"),
        async_bucket=published(account, sandbox.catalog, ASYNC_BUCKET),
        async_timeout_seconds=60,
    )
    questioner = Questioner(sagemaker=account.client("sagemaker"), caller=caller, stood_in=frozenset(sandbox.stood_in))
    outcomes = []
    with sandbox.steps.step("asking every endpoint"):
        for outcome in questioner.ask_all(sandbox.catalog):
            said = "answered" if outcome.answer else "gave no answer"
            sandbox.steps.note(f"  {outcome.entry.name}: {outcome.model} {said}")
            outcomes.append(outcome)
    return outcomes


def _conclude(sandbox: Sandbox, outcomes: list[DemoOutcome]) -> int:
    silent = [outcome for outcome in outcomes if outcome.answer is None]
    answered = len(outcomes) - len(silent)
    sandbox.steps.note(f"{answered} of {len(outcomes)} models answered; {sandbox.steps.seconds:.0f} s in all.")
    sandbox.keep()
    if silent:
        raise Failure(
            f"{len(silent)} of {len(outcomes)} models gave no answer; the logs are in {sandbox.workspace.logs}",
            details=tuple(f"{item.entry.name}: {item.model}: {item.trouble}" for item in silent),
        )
    return 0
