"""One batch of the record stream: into the table, into quarantine, into metrics, in this order.

The table comes first, since only it must lose nothing and its readers know records by their ids. Metrics of requests
come last: CloudWatch knows no ids, so they are published when nothing can fail the batch any more, and nothing is done
after them in which the environment could die and have them counted again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.stream_processor.batch import Batch, Found, KinesisRecord
from lambdas.stream_processor.delivery import Delivery, Line
from lambdas.stream_processor.metric_publication import MetricPublication
from lambdas.stream_processor.quarantine import Quarantine
from lambdas.stream_processor.window import Window, WindowKey


@dataclass(frozen=True)
class Outcome:
    """What became of a batch; `failed_from` is the place from which on it must come again."""

    read: int
    poison: int
    duplicates: int
    too_old_for_metrics: int = 0
    failed_from: int | None = None
    failure: str = ""


class StreamProcessor:
    """Processes batches of one execution environment."""

    def __init__(
        self, *, delivery: Delivery, quarantine: Quarantine, metrics: MetricPublication, aggregates: bool = True
    ) -> None:
        self._delivery = delivery
        self._quarantine = quarantine
        self._metrics = metrics
        self._aggregates = aggregates

    def process(self, records: Sequence[KinesisRecord]) -> Outcome:
        """Process a batch as far as the services it writes to allow."""
        batch = Batch.of(records)
        new = [found for found in batch.found if not self._delivery.is_delivered(found.record["record_id"])]
        seen_before = [0] * len(records)
        for found in batch.found:
            seen_before[found.place] += 1
        for found in new:
            seen_before[found.place] -= 1
        failed_from = self._delivery.deliver(Line(found.record["record_id"], found.text, found.place) for found in new)
        settled = len(records) if failed_from is None else failed_from
        failure = "" if failed_from is None else "Firehose did not take every record"
        poison = [one for one in batch.poison if one.place < settled]
        read = sum(batch.read[:settled])
        duplicates = sum(batch.repeated[:settled]) + sum(seen_before[:settled])
        try:
            self._quarantine.keep(poison)
            self._publish_health(read=read, poison=len(poison), duplicates=duplicates)
            too_old = self._metrics.publish(self._windows(batch.found, settled)) if self._aggregates else 0
        except (BotoCoreError, ClientError) as error:
            return Outcome(read=0, poison=0, duplicates=0, failed_from=0, failure=str(error))
        return Outcome(
            read=read,
            poison=len(poison),
            duplicates=duplicates,
            too_old_for_metrics=too_old,
            failed_from=failed_from,
            failure=failure,
        )

    def _windows(self, found: Sequence[Found], settled: int) -> dict[WindowKey, Window]:
        windows: dict[tuple[str, str, str], Window] = {}
        for one in found:
            record = one.record
            if one.place < settled and not self._metrics.is_counted(record["record_id"]):
                key = (record["endpoint"], record["variant"], record["time"][:16])
                window = windows.get(key)
                if window is None:
                    window = windows[key] = Window()
                window.add(record)
        return {WindowKey(*key): window for key, window in windows.items()}

    def _publish_health(self, *, read: int, poison: int, duplicates: int) -> None:
        try:
            self._metrics.publish_health(read=read, poison=poison, duplicates=duplicates)
        except (BotoCoreError, ClientError):
            # To run a batch again for the sake of three numbers would deliver it twice.
            return
