"""Where the same requests can be read: the stream, the metrics and the table, looked at together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from modelyard.demo.signals.agreement import (
    Agreement,
    agreements,
    totals_of_metrics,
    totals_of_records,
    totals_of_sender,
    totals_of_table,
)
from modelyard.demo.signals.load import Sent
from modelyard.demo.signals.metrics import RequestMetrics
from modelyard.demo.signals.records import StreamContent, read_stream_content
from modelyard.demo.signals.request_table import QueriedTable, TableContent


@dataclass(frozen=True, kw_only=True)
class Collected:
    """What the places hold at one moment, and how it agrees with what was sent."""

    stream: StreamContent
    table: TableContent
    agreements: Sequence[Agreement]

    @property
    def all_equal(self) -> bool:
        """Whether nothing is missing anywhere, and nothing is there twice."""
        return all(one.equal for one in self.agreements)


@dataclass(frozen=True, kw_only=True)
class Places:
    """Clients of the places, and whose requests are meant."""

    kinesis: Any
    stream_arn: str
    metrics: RequestMetrics
    table: QueriedTable
    endpoints: Sequence[str]

    def collect(self, sent: Sequence[Sent]) -> Collected:
        """Read all places once."""
        stream = read_stream_content(self.kinesis, self.stream_arn)
        table = self.table.read()
        agreed = agreements(
            sent=totals_of_sender(sent),
            kinesis=totals_of_records(stream.records.values()),
            cloudwatch=totals_of_metrics(self.metrics.sums(self.endpoints)),
            table=totals_of_table(table),
        )
        return Collected(stream=stream, table=table, agreements=agreed)
