"""One batch of the window stream into CloudWatch."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.shared.metric_data import FORM_VALUE_BYTES, NAMESPACE, CloudWatch, accepted_minutes, packed
from lambdas.shared.recent_ids import RecentIds
from lambdas.window_publisher.window_row import WindowRow, window_row

# One of a Kinesis event's `Records`: https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
KinesisRecord = dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What became of a batch; `failed_from` is the place from which on it must come again."""

    published: int
    repeated: int
    too_old: int
    refused: int = 0
    failed_from: int | None = None
    failure: str = ""


class WindowPublisher:
    """Publishes each row once, as far as this execution environment can know.

    Flink puts rows again that it had put after its last checkpoint, when it is started again: they carry the same ids.
    """

    def __init__(
        self,
        cloudwatch: CloudWatch,
        *,
        published: RecentIds,
        now: Callable[[], datetime],
        known: Container[str],
        variants: Container[str],
        value_bytes: int = FORM_VALUE_BYTES,
    ) -> None:
        self._cloudwatch = cloudwatch
        self._value_bytes = value_bytes
        self._published = published
        self._now = now
        self._known = known
        self._variants = variants

    def publish(self, records: Sequence[KinesisRecord]) -> Outcome:
        """Publish a batch in its order, up to the first request that CloudWatch does not take.

        A row whose names are none of the account's is refused: Flink cannot ask for them, and each name that is
        published is ten metrics more. The stream processor sets the records behind it aside, and tells of them.
        """
        oldest, latest = accepted_minutes(self._now())
        rows: dict[str, tuple[int, WindowRow]] = {}
        repeated = too_old = refused = 0
        for place, record in enumerate(records):
            row = window_row(record["kinesis"]["data"])
            if row.row_id in rows or row.row_id in self._published:
                repeated += 1
            elif not oldest <= row.minute <= latest:
                too_old += 1
            else:
                try:
                    known = row.variant in self._variants and row.endpoint in self._known
                except (BotoCoreError, ClientError) as error:
                    return Outcome(0, 0, 0, failed_from=0, failure=str(error))
                if known:
                    rows[row.row_id] = (place, row)
                else:
                    refused += 1
        outcome = Outcome(0, repeated, too_old, refused)
        published = 0
        for together, data in packed(((one, one[1].data) for one in rows.values()), value_bytes=self._value_bytes):
            try:
                self._cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=data)
            except (BotoCoreError, ClientError) as error:
                return replace(outcome, published=published, failed_from=together[0][0], failure=str(error))
            self._published.add(row.row_id for _, row in together)
            published += len(together)
        return replace(outcome, published=published)
