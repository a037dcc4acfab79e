"""A raw file becomes its copy, its share of the drift window, and its metrics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lambdas.capture_processor.capture_store import CaptureStore
from lambdas.capture_processor.drift_window import ClosedWindow, Drift
from lambdas.capture_processor.event_pairs import FileEvents, PutAside, read_events
from lambdas.capture_processor.metric_publication import MetricPublication
from lambdas.capture_processor.processed_record import ProcessedRecord, joined, record_of
from lambdas.capture_processor.raw_key import RawKey


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
        found = read_events(file.body.split(b"\n"))
        whole, halves = ([self._record(event, raw) for event in events] for events in (found.whole, found.halves))
        for half in halves:
            self._join(half, raw)
        if found.malformed:
            lines = [_put_aside(one, raw) for one in found.malformed]
            self._store.write_lines(raw.malformed_key, lines, etag=file.etag)
        windows = self._drift([*whole, *halves], raw, file=f"{file.etag} {raw.copy_key}")
        counts = _counts(found, [*whole, *halves])
        self._metrics.publish(endpoint=raw.endpoint, variant=raw.variant, counts=counts, windows=windows)
        self._store.write_lines(raw.copy_key, whole, etag=file.etag)
        return Outcome("copied", counts)

    def _record(self, event: Any, raw: RawKey) -> ProcessedRecord:
        return record_of(event, endpoint=raw.endpoint, variant=raw.variant, redact=raw.redact)

    def _join(self, half: ProcessedRecord, raw: RawKey) -> None:
        def with_other_side(known: ProcessedRecord | None) -> ProcessedRecord | None:
            made = joined(known, half) if known else half
            return None if made == known else made

        self._store.change(raw.event_key(half["event_id"]), with_other_side)

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


def _put_aside(line: PutAside, raw: RawKey) -> dict[str, Any]:
    # What cannot be read cannot be redacted either: personal data may lie in it in any encoding.
    text = None if raw.redact else line.line.decode("utf-8", "replace")
    return {"source": raw.key, "line": line.number, "bytes": line.size_bytes, "reason": line.reason, "text": text}


def _counts(found: FileEvents, records: list[ProcessedRecord]) -> dict[str, int]:
    return {
        "Events": len(records),
        "EventsOneSided": len(found.halves),
        "LinesMalformed": len(found.malformed),
        "LinesRepeated": found.repeated,
        "Refusals": sum(record["refused"] is True for record in records),
        "Replaced": sum(sum(record["replaced"].values()) for record in records),
    }
