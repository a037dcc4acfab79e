"""The baseline of a variant and the window that is compared with it: counts, and no text of anybody.

The first records are the baseline; those that follow fill one window after the other. A window that is full gives its
divergence and begins anew. Whoever wants another baseline deletes the object, and the next records become it, or writes
an object of this form.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from lambdas.capture_processor.distribution import Divergence, divergence, length_bin
from lambdas.capture_processor.processed_record import ProcessedRecord

VERSION = "modelyard.drift/1"
FEATURES = ("InputLength", "OutputLength", "Language", "Refusal")
# Enough for every file of some hours; an event that Lambda repeats comes within six hours.
REMEMBERED_FILES = 500
# Of files that filled windows, since a file may come again before CloudWatch was told of them.
REMEMBERED_CLOSINGS = 20


@dataclass
class Sample:
    """Records counted by feature and bin; a record counts where it has the feature."""

    records: int = 0
    counts: dict[str, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in FEATURES})

    def add(self, record: ProcessedRecord) -> None:
        """Count a record."""
        self.records += 1
        for feature, value in bins_of(record).items():
            self.counts[feature][value] += 1

    def as_json(self) -> dict[str, Any]:
        """As it lies in S3."""
        return {"records": self.records, "counts": {name: dict(counted) for name, counted in self.counts.items()}}

    @classmethod
    def of(cls, found: dict[str, Any]) -> Sample:
        """As it was read from S3."""
        counts = {name: Counter(found["counts"].get(name, {})) for name in FEATURES}
        return cls(records=found["records"], counts=counts)


@dataclass(frozen=True)
class ClosedWindow:
    """What a full window showed: by feature how far it lies from the baseline, and its share of refusals."""

    divergences: dict[str, Divergence]
    refusal_share: float | None

    def as_json(self) -> dict[str, Any]:
        """As it lies in S3."""
        return asdict(self)

    @classmethod
    def of(cls, found: dict[str, Any]) -> ClosedWindow:
        """As it was read from S3."""
        divergences = {name: Divergence(**one) for name, one in found["divergences"].items()}
        return cls(divergences=divergences, refusal_share=found["refusal_share"])


@dataclass
class Drift:
    """What is known of one variant. `baseline_records` and `window_records` are how many make one."""

    baseline_records: int
    window_records: int
    baseline: Sample = field(default_factory=Sample)
    window: Sample = field(default_factory=Sample)
    files: list[str] = field(default_factory=list)
    closed: dict[str, list[ClosedWindow]] = field(default_factory=dict)

    def add(self, file: str, records: Iterable[ProcessedRecord]) -> list[ClosedWindow] | None:
        """Count the records of a file; None where that was done before, and `closed` has what it filled."""
        if file in self.files:
            return None
        self.files = [*self.files, file][-REMEMBERED_FILES:]
        closed = []
        for record in records:
            if self.baseline.records < self.baseline_records:
                self.baseline.add(record)
                continue
            self.window.add(record)
            if self.window.records >= self.window_records:
                closed.append(self._close())
        if closed:
            self.closed = dict([*self.closed.items(), (file, closed)][-REMEMBERED_CLOSINGS:])
        return closed

    def _close(self) -> ClosedWindow:
        window, self.window = self.window, Sample()
        found = {name: divergence(window.counts[name], self.baseline.counts[name]) for name in FEATURES}
        refusals = window.counts["Refusal"]
        return ClosedWindow(
            divergences={name: one for name, one in found.items() if one is not None},
            refusal_share=refusals["yes"] / refusals.total() if refusals else None,
        )

    def as_json(self) -> dict[str, Any]:
        """As it lies in S3."""
        return {
            "record": VERSION,
            "baseline": self.baseline.as_json(),
            "window": self.window.as_json(),
            "files": self.files,
            "closed": {file: [window.as_json() for window in windows] for file, windows in self.closed.items()},
        }

    def restore(self, found: dict[str, Any]) -> None:
        """Go on from what was read from S3; a window and files may be missing where somebody wrote a baseline."""
        self.baseline = Sample.of(found["baseline"])
        self.window = Sample.of(found["window"]) if "window" in found else Sample()
        self.files = list(found.get("files", []))
        closings = found.get("closed", {})
        self.closed = {file: [ClosedWindow.of(one) for one in windows] for file, windows in closings.items()}


def bins_of(record: ProcessedRecord) -> dict[str, str]:
    """In which bin of each feature a record lies."""
    bins = {}
    for feature, name in (("InputLength", "input_characters"), ("OutputLength", "output_characters")):
        if record[name] is not None:
            bins[feature] = length_bin(record[name])
    if record["language"] is not None:
        bins["Language"] = record["language"]
    if record["refused"] is not None:
        bins["Refusal"] = "yes" if record["refused"] else "no"
    return bins
