"""The demo of signals: what endpoints did, read back from every place where it can be read, and counted against."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from modelyard.catalog.entry import Entry
from modelyard.catalog.naming import stack_name
from modelyard.catalog.objectives import writes_records
from modelyard.catalog.schema import Capture, RealTimeEndpoint
from modelyard.demo.monthly_cost import instance_label
from modelyard.demo.questions import deployed_as
from modelyard.demo.sandbox import ENVIRONMENT, Sandbox
from modelyard.demo.signals.alarm import AlarmWatch
from modelyard.demo.signals.captured import CapturedPairs, captured_pairs
from modelyard.demo.signals.findings import Findings
from modelyard.demo.signals.function_calls import processor_calls
from modelyard.demo.signals.load import Sender, Sent, tasks
from modelyard.demo.signals.metrics import DURATIONS, RequestMetrics
from modelyard.demo.signals.patience import patiently
from modelyard.demo.signals.places import Collected, Places
from modelyard.demo.signals.provocation import AlarmStory, provoke
from modelyard.demo.signals.report import print_findings
from modelyard.demo.signals.request_table import QueriedTable
from modelyard.demo.signals.roles import FunctionRole, RoleTrial
from modelyard.shell.account import Account
from modelyard.shell.failure import Failure
from modelyard.shell.foundation import published
from modelyard.shell.terminal import results

# A minute of AWS in a second: an alarm that looks at 15 minutes decides in 15 seconds.
CLOCK_FACTOR = 60
_REQUESTS_EACH = 36
# Of this machine; 15 minutes of AWS's take 15, and a few more to the end of a period.
_ALARM_PATIENCE_SECONDS = 60
_EVERYTHING = 100


def run_signals_demo(*, catalog_folder: Path, folder: Path | None, port: int, keep: bool) -> int:
    """Run it; 0 only if everything that must be equal is equal."""
    sandbox = Sandbox(catalog_folder=catalog_folder, folder=folder, port=port, keep=keep, clock_factor=CLOCK_FACTOR)
    try:
        demo = SignalsDemo(sandbox)
        sandbox.prepare()
        demo.introduce()
        sandbox.deploy()
        findings = demo.find()
        print_findings(results(), findings, clock_factor=CLOCK_FACTOR)
        differences = list(findings.differences())
        sandbox.steps.note(f"{sandbox.steps.seconds:.0f} s in all.")
        sandbox.keep()
        if differences:
            raise Failure(
                f"{len(differences)} of the figures above are not as they must be; the logs are in "
                f"{sandbox.workspace.logs}",
                details=tuple(differences),
            )
        return 0
    finally:
        sandbox.close()


class SignalsDemo:
    """Asks real-time endpoints of a catalog with signals, and reads what became of it through plain boto3."""

    def __init__(self, sandbox: Sandbox) -> None:
        catalog = sandbox.catalog
        if catalog.environment.signals is None:
            raise Failure(
                f"environment {ENVIRONMENT} of {sandbox.catalog_folder} has no signals: add "
                "`signals: {stream: on-demand}` to its file, or leave --catalog out"
            )
        self._entries = [
            entry
            for entry in catalog.entries.values()
            if isinstance(entry.endpoint, RealTimeEndpoint)
            and all(model.task == "chat" for model in entry.models.values())
        ]
        if not self._entries:
            raise Failure(f"{sandbox.catalog_folder} has no real-time endpoint with a chat model, which the demo asks")
        self._sandbox = sandbox
        self._teams = sorted(catalog.organisation.teams)
        # One that states an objective of its own, if there is any.
        self._watched = max(self._entries, key=lambda entry: "slo" in entry.endpoint.model_fields_set)
        self._began = datetime.now(UTC) - timedelta(minutes=1)

    def introduce(self) -> None:
        """Say what is about to happen."""
        sandbox = self._sandbox
        sandbox.steps.note(
            f"{len(sandbox.catalog.entries)} endpoints of {sandbox.catalog_folder}, with signals, go to embedded AWS "
            f"on 127.0.0.1:{sandbox.port} (account {sandbox.account_id}, {sandbox.region}) with the CDK CLI "
            f"{sandbox.cdk_version}; IAM is enforced."
        )
        sandbox.steps.note(
            f"Clock factor {CLOCK_FACTOR}: embedded AWS waits {CLOCK_FACTOR} times as fast, a minute of an alarm takes "
            f"{60 / CLOCK_FACTOR:g} s. What a request takes is real time."
        )

    def find(self) -> Findings:
        """Send, provoke, collect."""
        account = Account(self._sandbox.catalog)
        sender = Sender(account.client("sagemaker-runtime"))
        sent = self._send(sender)
        alarm = self._provoke(account, sender)
        sent += alarm.sent
        collected = self._collect(account, sent)
        metrics = RequestMetrics(account.client("cloudwatch"), since=self._began)
        return Findings(
            sent=sent,
            stream=collected.stream,
            agreements=collected.agreements,
            table=collected.table,
            distributions=[
                found
                for entry in self._entries
                for metric in DURATIONS
                if (found := metrics.distribution(entry.endpoint_name, metric, collected.stream.records.values()))
            ],
            captured=self._captured(account, sent),
            alarm=alarm,
            roles=self._roles(account),
            stand_ins=self._stand_ins(account),
        )

    def _send(self, sender: Sender) -> list[Sent]:
        planned = tasks([entry.endpoint_name for entry in self._entries], self._teams, each=_REQUESTS_EACH)
        with self._sandbox.steps.step(f"sending {len(planned)} requests, every third streamed") as report:
            return sender.send_all(planned, on_sent=lambda number: report(f"{number} of {len(planned)}"))

    def _provoke(self, account: Account, sender: Sender) -> AlarmStory:
        watch = AlarmWatch(
            cloudwatch=account.client("cloudwatch"),
            cloudformation=account.client("cloudformation"),
            sns=account.client("sns"),
            stack=stack_name(ENVIRONMENT, self._watched.name),
        )
        return provoke(
            watch,
            sender,
            self._watched,
            team=self._teams[-1],
            steps=self._sandbox.steps,
            patience_seconds=_ALARM_PATIENCE_SECONDS,
        )

    def _collect(self, account: Account, sent: list[Sent]) -> Collected:
        """Read stream, metrics and table until all have what was sent, or for so long that they never will."""
        catalog = self._sandbox.catalog
        places = Places(
            kinesis=account.client("kinesis"),
            stream_arn=published(account, catalog, "record-stream-arn"),
            metrics=RequestMetrics(account.client("cloudwatch"), since=self._began),
            table=QueriedTable(
                s3=account.client("s3"),
                glue=account.client("glue"),
                bucket=published(account, catalog, "signals-bucket"),
                database=stack_name(ENVIRONMENT, "").rstrip("-").replace("-", "_"),
                folder=self._sandbox.workspace.state / "table",
            ),
            endpoints=[entry.endpoint_name for entry in self._entries],
        )
        with self._sandbox.steps.step("reading Kinesis, CloudWatch and the table"):
            return patiently(lambda: places.collect(sent), enough=lambda found: found.all_equal)

    def _captured(self, account: Account, sent: Sequence[Sent]) -> list[tuple[CapturedPairs, int]]:
        """What was captured of endpoints that capture everything, beside how many requests SageMaker should capture.

        SageMaker documents data capture for answers in one piece; embedded AWS captures no streamed ones.
        """
        bucket = published(account, self._sandbox.catalog, "capture-bucket")
        return [
            self._captured_of(entry, entry.endpoint.capture, sent, s3=account.client("s3"), bucket=bucket)
            for entry in self._entries
            if isinstance(entry.endpoint, RealTimeEndpoint)
            and entry.endpoint.capture is not None
            and entry.endpoint.capture.sample_percent == _EVERYTHING
        ]

    def _captured_of(
        self, entry: Entry, capture: Capture, sent: Sequence[Sent], *, s3: Any, bucket: str
    ) -> tuple[CapturedPairs, int]:
        number = sum(one.endpoint == entry.endpoint_name and not one.streamed for one in sent)
        with self._sandbox.steps.step(f"reading what was captured of {entry.endpoint_name}"):
            found = patiently(
                lambda: captured_pairs(s3, bucket, entry, capture), enough=lambda seen: len(seen.pairs) >= number
            )
        return found, number

    def _roles(self, account: Account) -> list[FunctionRole]:
        trial = RoleTrial(
            functions=account.client("lambda"),
            iam=account.client("iam"),
            logs=account.client("logs"),
        )
        with self._sandbox.steps.step("trying what the roles of the functions may do"):
            return [
                trial.of(function, calls)
                for function, calls in processor_calls(account, self._sandbox.catalog, self._watched)
            ]

    def _stand_ins(self, account: Account) -> list[str]:
        sagemaker = account.client("sagemaker")
        return [f"{entry.name}: {_stand_in(entry, deployed_as(sagemaker, entry)[1])}" for entry in self._entries]


def _stand_in(entry: Entry, image: str) -> str:
    if "modelyard/llm-cpu" in image:
        return f"a process on this machine's CPU, of the code that {image} holds"
    said = f"SmolLM2-135M on this machine's CPU, standing in for {image} on {instance_label(entry)}"
    return said if writes_records(entry.endpoint) else f"{said}, an image that writes no records on AWS"
