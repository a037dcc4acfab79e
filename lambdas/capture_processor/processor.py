"""A raw file becomes its copy, its share of the drift window, and its metrics."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.capture_processor.capture_line import CapturedEvent
from lambdas.capture_processor.capture_store import CaptureStore, Contended, json_line
from lambdas.capture_processor.drift_window import ClosedWindow, Drift
from lambdas.capture_processor.event_pairs import FileEvents, lines_of, read_events
from lambdas.capture_processor.metric_publication import MetricPublication
from lambdas.capture_processor.processed_record import ProcessedRecord, joined, record_of
from lambdas.capture_processor.raw_key import RawKey

# A record and its line.
Made = tuple[ProcessedRecord, str]


@dataclass(frozen=True)
class Outcome:
    """What was done with a file: `copied`, `repeated` (its copy was there), or `gone`, and its counts."""

    done: str
    counts: dict[str, int]


class CaptureProcessor:
    """Works on one file at a time; what is remembered lies in S3, so that any process can go on."""

    def __init__(
        self, *, store: CaptureStore, metrics: MetricPublication, baseline_records: int, window_records: int
    ) -> None:
        self._store = store
        self._metrics = metrics
        self._baseline_records = baseline_records
        self._window_records = window_records

    def process(self, key: str) -> Outcome:
        """Process a raw file; raises `NoRawCapture` for another key.

        The copy comes last and says that all else is done: whoever dies before it is repeated from the start, and only
        the counts in CloudWatch may then be told twice.
        """
        raw = RawKey.of(key)
        file = self._store.read(key)
        if file is None:
            return Outcome("gone", {})
        if self._store.is_copied(raw.copy_key, etag=file.etag):
            return Outcome("repeated", {})
        found = read_events(lines_of(file.body))
        whole = self._records(found, found.whole, raw)
        halves = self._records(found, found.halves, raw)
        joined_halves = [half for half in halves if self._join(half, found, raw)]
        if found.malformed:
            self._store.write_lines(raw.malformed_key, _put_aside(found, raw), etag=file.etag)
        records = [record for record, _ in [*whole, *joined_halves]]
        windows = self._drift(records, raw, file=f"{file.etag} {raw.copy_key}")
        counts = _counts(found, records)
        self._metrics.publish(endpoint=raw.endpoint, variant=raw.variant, counts=counts, windows=windows)
        self._store.write_lines(raw.copy_key, (line for _, line in whole), etag=file.etag)
        return Outcome("copied", counts)

    def _records(self, found: FileEvents, events: Iterable[CapturedEvent], raw: RawKey) -> list[Made]:
        """The records of events with their lines; what cannot be made or written is put aside, whatever the reason."""
        made = []
        for event in events:
            try:
                record = record_of(event, endpoint=raw.endpoint, variant=raw.variant, redact=raw.redact)
                made.append((record, json_line(record)))
            except Exception as error:
                _give_up(found, event.event_id, error)
        return made

    def _join(self, half: Made, found: FileEvents, raw: RawKey) -> bool:
        """Write a side to where its other side is looked for; whether that could be done."""
        record, _ = half

        def with_other_side(known: ProcessedRecord | None) -> ProcessedRecord | None:
            made = joined(known, record) if known else record
            return None if made == known else made

        try:
            self._store.change(raw.event_key(record["event_id"]), with_other_side)
        except (BotoCoreError, ClientError, Contended):
            raise
        except Exception as error:
            # What lies there is no record, or the two make none together.
            _give_up(found, record["event_id"], error)
            return False
        return True

    def _drift(self, records: list[ProcessedRecord], raw: RawKey, *, file: str) -> list[ClosedWindow]:
        closed: list[ClosedWindow] = []

        def counted(known: dict[str, Any] | None) -> dict[str, Any] | None:
            drift = Drift(baseline_records=self._baseline_records, window_records=self._window_records)
            if known is not None:
                drift.restore(known)
            windows = drift.add(file, records)
            # Whoever repeats a file may have died before CloudWatch was told.
            closed[:] = drift.closed.get(file, []) if windows is None else windows
            return None if windows is None else drift.as_json()

        if records:
            self._store.change(raw.drift_key, counted)
        return closed


def _give_up(found: FileEvents, event_id: str, error: Exception) -> None:
    found.put_aside(found.numbers[event_id], f"its record cannot be made: {type(error).__name__}", b"", 0)


def _put_aside(found: FileEvents, raw: RawKey) -> Iterator[str]:
    for one in found.malformed:
        # What cannot be read cannot be redacted either: personal data may lie in it in any encoding.
        text = None if raw.redact else one.line.decode("utf-8", "replace")
        told = {"source": raw.key, "line": one.number, "bytes": one.size_bytes, "reason": one.reason, "text": text}
        yield json_line(told)
    if found.not_kept:
        yield json_line({"source": raw.key, "reason": f"{found.not_kept} more lines are no records", "text": None})


def _counts(found: FileEvents, records: list[ProcessedRecord]) -> dict[str, int]:
    return {
        "Events": len(records),
        "EventsOneSided": len(found.halves),
        "LinesMalformed": len(found.malformed) + found.not_kept,
        "LinesRepeated": found.repeated,
        "Refusals": sum(record["refused"] is True for record in records),
        "Replaced": sum(sum(record["replaced"].values()) for record in records),
    }
