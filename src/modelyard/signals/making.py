"""From where the records lie to the page: what the command does, without its options."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelyard.signals.objective import Objectives
from modelyard.signals.page import Page, page
from modelyard.signals.records import records_of
from modelyard.signals.request_files import folder_files
from modelyard.signals.span import Span, Timeline, timeline


@dataclass(frozen=True, kw_only=True)
class SignalsReport:
    """The page and what it is about."""

    page: Page
    line: Timeline
    requests: int
    copies: int


def report(
    source: str,
    *,
    s3: Any | None,
    span: Span,
    endpoints: Sequence[str],
    objectives: Mapping[str, Objectives] | None,
    version: str,
) -> SignalsReport:
    """Read the records of a folder or, with a client of S3, of an address there; what is fetched does not stay."""
    with tempfile.TemporaryDirectory(prefix="modelyard-signals-") as folder:
        scratch = Path(folder)
        if s3 is None:
            files = folder_files(Path(source), span)
        else:
            from modelyard.shell.transfer_progress import StageProgress
            from modelyard.signals.request_bucket import download, partitions

            found = partitions(s3, source, span)
            with StageProgress() as progress:
                on_bytes = progress.step(f"reading {len(found.sizes):,} files", found.size_bytes)
                files = download(s3, found, scratch, on_bytes=on_bytes)
        with records_of(files, span=span, endpoints=endpoints, scratch=scratch, source=source) as records:
            line = timeline(span, first=records.first, last=records.last)
            drawn = page(records, line=line, source=source, objectives=objectives, version=version)
    return SignalsReport(page=drawn, line=line, requests=records.requests, copies=records.copies)
