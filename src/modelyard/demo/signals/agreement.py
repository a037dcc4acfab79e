"""Whether four places say the same: the sender's own count, Kinesis, CloudWatch and the table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from modelyard.demo.signals.load import Sent
from modelyard.demo.signals.records import Record
from modelyard.demo.signals.request_table import TableContent


@dataclass(frozen=True, kw_only=True)
class CountedTotals:
    """What one place says of all requests together."""

    requests: int
    refused: int
    input_tokens: int
    output_tokens: int


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """One figure as each place has it."""

    what: str
    sent: int
    kinesis: int
    cloudwatch: int
    table: int

    @property
    def equal(self) -> bool:
        """Whether all say what the sender counted."""
        return self.sent == self.kinesis == self.cloudwatch == self.table


def totals_of_sender(sent: Iterable[Sent]) -> CountedTotals:
    """By the answers' own statements."""
    every = list(sent)
    return CountedTotals(
        requests=len(every),
        refused=sum(one.status >= 400 for one in every),
        input_tokens=sum(one.input_tokens or 0 for one in every),
        output_tokens=sum(one.output_tokens or 0 for one in every),
    )


def totals_of_records(records: Iterable[Record]) -> CountedTotals:
    """By the records in Kinesis, each counted once."""
    every = list(records)
    return CountedTotals(
        requests=len(every),
        refused=sum(one["status"] >= 400 for one in every),
        input_tokens=sum(one["input_tokens"] or 0 for one in every),
        output_tokens=sum(one["output_tokens"] or 0 for one in every),
    )


def totals_of_metrics(sums: dict[str, int]) -> CountedTotals:
    """By CloudWatch's sums."""
    return CountedTotals(
        requests=sums["Requests"],
        refused=sums["Errors"],
        input_tokens=sums["InputTokens"],
        output_tokens=sums["OutputTokens"],
    )


def totals_of_table(table: TableContent) -> CountedTotals:
    """By the view that has each request once."""
    return CountedTotals(
        requests=table.requests,
        refused=table.refused,
        input_tokens=table.input_tokens,
        output_tokens=table.output_tokens,
    )


def agreements(
    *, sent: CountedTotals, kinesis: CountedTotals, cloudwatch: CountedTotals, table: CountedTotals
) -> Sequence[Agreement]:
    """The four figures side by side."""
    return [
        Agreement(
            what=what,
            sent=getattr(sent, name),
            kinesis=getattr(kinesis, name),
            cloudwatch=getattr(cloudwatch, name),
            table=getattr(table, name),
        )
        for what, name in (
            ("requests", "requests"),
            ("of these refused (status 4xx)", "refused"),
            ("input tokens", "input_tokens"),
            ("output tokens", "output_tokens"),
        )
    ]
