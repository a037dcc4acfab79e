"""The files of the table `requests`, and the hour that each one's place names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from modelyard.catalog.regular_file import kind_of
from modelyard.shell.failure import Failure
from modelyard.signals.span import Span, moment

LAYOUT = "date=YYYY-MM-DD/hour=HH/*.parquet"
# Firehose puts folders of its own between the hour and the file.
_PLACE = re.compile(r"(?:^|/)date=(\d{4}-\d{2}-\d{2})/hour=(\d{2})/(.+)\Z", re.DOTALL)
# By Hadoop's convention: what is being written, and notes of those who write.
_NO_DATA = re.compile(r"/[._]")


@dataclass(frozen=True, kw_only=True)
class RequestFile:
    """A Parquet file on this machine; `name` is what a person calls it, such as its address in S3."""

    path: Path
    name: str


def hour_of(place: str) -> datetime | None:
    """The hour in which the requests of a file ended, by its path or key; None where it is no file of the table."""
    found = _PLACE.search(place)
    if found is None or not found[3].endswith(".parquet") or _NO_DATA.search(f"/{found[3]}"):
        return None
    try:
        return datetime.strptime(f"{found[1]} {found[2]}", "%Y-%m-%d %H")
    except ValueError:
        return None


def folder_files(folder: Path, span: Span) -> list[RequestFile]:
    """The files below a folder whose hours lie in the span, the earliest first."""
    if not folder.exists():
        raise Failure(f"there is no folder {folder}: name the one that holds {LAYOUT}, or an s3:// address")
    if not folder.is_dir():
        raise Failure(f"{folder} is a file: name the folder that holds {LAYOUT}")
    hours = {}
    for path in sorted(folder.glob("date=*/hour=*/**/*.parquet")):
        hour = hour_of(path.as_posix())
        if hour is not None:
            if not path.is_file():
                raise Failure(f"{path} is {kind_of(path)}, and records lie in plain files: remove it")
            hours[path] = hour
    if not hours:
        deeper = next((path.parents[1] for path in folder.glob("*/date=*/hour=*")), None)
        meant = "" if deeper is None else f": did you mean {deeper}?"
        raise Failure(f"{folder} holds no records of requests ({LAYOUT}){meant}")
    chosen = [path for path, hour in hours.items() if span.touches(hour)]
    if not chosen:
        there = f"hours go from {moment(min(hours.values()))} to {moment(max(hours.values()))}"
        raise no_records(span, str(folder), there=there)
    return [RequestFile(path=path, name=str(path)) for path in chosen]


def no_records(span: Span, source: str, *, there: str) -> Failure:
    """That the span has no records, and what is there."""
    return Failure(f"{source} has no records{span.words}: its {there} UTC; name another span with --from and --to")
