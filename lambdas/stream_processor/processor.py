"""One batch of the record stream: into the table, into quarantine, into metrics, in this order.

The table comes first, since only it must lose nothing and its readers know records by their ids. Metrics of requests
come last: CloudWatch knows no ids, so they are published when nothing can fail the batch any more, and nothing is done
after them in which the environment could die and have them counted again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.stream_processor.attribution import Attribution
from lambdas.stream_processor.batch import Batch, Found, KinesisRecord
from lambdas.stream_processor.delivery import Delivery, Line
from lambdas.stream_processor.metric_publication import MetricPublication
from lambdas.stream_processor.quarantine import Quarantine
from lambdas.stream_processor.window import Window, WindowKey

# What one run takes on. A usual batch has a twentieth; one that is made to have more comes again from where it was
# left, some ten times at worst, and so stays within the function's time.
RUN_BYTES = 256 * 1024 * 1024
RUN_WINDOWS = 10_000


@dataclass(frozen=True)
class Outcome:
    """What became of a batch; `failed_from` is the place from which on it must come again."""

    read: int
    poison: int
    duplicates: int
    too_old_for_metrics: int = 0
    failed_from: int | None = None
    failure: str = ""

    def after(self, earlier: Outcome) -> Outcome:
        """What became of two parts of a batch, of which the earlier one was done."""
        return Outcome(
            read=earlier.read + self.read,
            poison=earlier.poison + self.poison,
            duplicates=earlier.duplicates + self.duplicates,
            too_old_for_metrics=earlier.too_old_for_metrics + self.too_old_for_metrics,
            failed_from=self.failed_from,
            failure=self.failure,
        )


class StreamProcessor:
    """Processes batches of one execution environment."""

    def __init__(
        self,
        *,
        delivery: Delivery,
        quarantine: Quarantine,
        metrics: MetricPublication,
        attribution: Attribution,
        aggregates: bool = True,
    ) -> None:
        self._delivery = delivery
        self._quarantine = quarantine
        self._metrics = metrics
        self._attribution = attribution
        self._aggregates = aggregates

    def process(self, records: Sequence[KinesisRecord]) -> Outcome:
        """Process a batch as far as the services it writes to allow, in parts that fit into memory."""
        outcome = Outcome(0, 0, 0)
        start = size_bytes = windows = 0
        while start < len(records) and outcome.failed_from is None:
            if size_bytes >= RUN_BYTES or windows >= RUN_WINDOWS:
                return replace(outcome, failed_from=start, failure="it holds more than one run takes on")
            try:
                batch = Batch.of(records, self._attribution, start=start)
            except (BotoCoreError, ClientError) as error:
                return replace(outcome, failed_from=start, failure=str(error))
            part, made = self._process_part(batch)
            outcome = part.after(outcome)
            start, size_bytes, windows = batch.end, size_bytes + batch.size_bytes, windows + made
        return outcome

    def _process_part(self, batch: Batch) -> tuple[Outcome, int]:
        """What became of a part, and how many windows it made."""
        places = range(batch.start, batch.end)
        new = [found for found in batch.found if not self._delivery.is_delivered(found.record["record_id"])]
        seen_before = dict.fromkeys(places, 0)
        for found in batch.found:
            seen_before[found.place] += 1
        for found in new:
            seen_before[found.place] -= 1
        failed_from = self._delivery.deliver(Line(found.record["record_id"], found.text, found.place) for found in new)
        settled = batch.end if failed_from is None else failed_from
        failure = "" if failed_from is None else "Firehose did not take every record"
        kept = [one for one in batch.poison if one.place < settled]
        read, poison, duplicates = (
            sum(counts[place] for place in places if place < settled)
            for counts in (batch.read, batch.poisoned, _added(batch.repeated, seen_before))
        )
        windows = self._windows(batch.found, settled) if self._aggregates else {}
        try:
            self._quarantine.keep(kept)
            self._publish_health(read=read, poison=poison, duplicates=duplicates)
            too_old = self._metrics.publish(windows)
        except (BotoCoreError, ClientError) as error:
            return Outcome(read=0, poison=0, duplicates=0, failed_from=batch.start, failure=str(error)), 0
        outcome = Outcome(
            read=read,
            poison=poison,
            duplicates=duplicates,
            too_old_for_metrics=too_old,
            failed_from=failed_from,
            failure=failure,
        )
        return outcome, len(windows)

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


def _added(some: Mapping[int, int], more: Mapping[int, int]) -> dict[int, int]:
    return {place: count + more[place] for place, count in some.items()}
