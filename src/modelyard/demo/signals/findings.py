"""What one demo of signals found, for the report and for the exit code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from modelyard.demo.signals.agreement import Agreement
from modelyard.demo.signals.captured import CapturedPairs
from modelyard.demo.signals.load import Sent
from modelyard.demo.signals.metrics import PERCENTILES, PublishedDistribution
from modelyard.demo.signals.provocation import AlarmStory
from modelyard.demo.signals.records import StreamContent
from modelyard.demo.signals.request_table import TableContent
from modelyard.demo.signals.roles import FunctionRole

# Steps of the processor's own histogram move a duration by a quarter of a percent; the rest is what readers round.
PERCENTILES_APART_PERCENT = 1.0


@dataclass(frozen=True, kw_only=True)
class Findings:
    """Everything that the report shows."""

    sent: Sequence[Sent]
    stream: StreamContent
    agreements: Sequence[Agreement]
    distributions: Sequence[PublishedDistribution]
    table: TableContent
    captured: Sequence[tuple[CapturedPairs, int]]
    alarm: AlarmStory
    roles: Sequence[FunctionRole]
    stand_ins: Sequence[str]

    def differences(self) -> Iterator[str]:
        """What is not as it must be, a sentence each."""
        for one in self.agreements:
            if not one.equal:
                yield (
                    f"{one.what}: sent {one.sent:,}, Kinesis {one.kinesis:,}, CloudWatch {one.cloudwatch:,}, "
                    f"table {one.table:,}"
                )
        for distribution in self.distributions:
            if distribution.farthest_percent > PERCENTILES_APART_PERCENT:
                yield (
                    f"{distribution.metric} of {distribution.endpoint}: CloudWatch's percentiles "
                    f"{_milliseconds(distribution.cloudwatch)} are not those of the records "
                    f"{_milliseconds(distribution.records)}"
                )
        for captured, whole in self.captured:
            if len(captured.pairs) != whole:
                yield (
                    f"captured pairs of {captured.endpoint}: {len(captured.pairs)}, but {whole} requests were not "
                    "streamed"
                )
        for role in self.roles:
            if role.complaints or not role.runs:
                yield f"{role.function}: its log tells of {role.runs} runs and of errors in {role.complaints} lines"
            for attempt in role.attempts:
                if not attempt.as_meant:
                    meant = "allowed" if attempt.call.allowed else "refused"
                    yield f"{role.role}: to {attempt.call.what} must be {meant}, and was: {attempt.error or 'allowed'}"


def _milliseconds(percentiles: dict[int, float]) -> str:
    return ", ".join(f"p{one} {percentiles[one]:.1f} ms" for one in PERCENTILES)
