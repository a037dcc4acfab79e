"""The files of the table `requests` in S3: only the partitions of a span are listed and brought here."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from modelyard.shell.aws_failure import aws_failure, error_code
from modelyard.shell.failure import Failure
from modelyard.shell.inner_path import UnsafeName, inner_path, refuse_overlaps
from modelyard.signals.request_files import LAYOUT, RequestFile, hour_of, no_records
from modelyard.signals.span import Span

SCHEME = "s3://"
_PARALLEL = 8
# A year of an hour's files each minute has half as many.
_MOST_FILES = 1_000_000
_GIGABYTE = 10**9
# The files themselves, and DuckDB's own table of them, which is seldom larger.
_DISK_FOR_EACH_BYTE = 2


@dataclass(frozen=True, kw_only=True)
class Partitions:
    """What lies below an address: keys with their sizes in bytes."""

    bucket: str
    prefix: str
    sizes: dict[str, int]

    @property
    def size_bytes(self) -> int:
        """Of all files together."""
        return sum(self.sizes.values())


def parsed_address(address: str) -> tuple[str, str]:
    """Bucket and prefix of `s3://bucket/requests/`; the prefix ends in a slash or is empty."""
    bucket, _, prefix = address.removeprefix(SCHEME).partition("/")
    if not bucket:
        raise Failure(f"{address} names no bucket: write s3://bucket/requests/")
    return bucket, f"{prefix.strip('/')}/" if prefix.strip("/") else ""


def partitions(s3: Any, address: str, span: Span) -> Partitions:
    """The files of the hours that lie in the span; days outside it are not even listed."""
    bucket, prefix = parsed_address(address)
    try:
        days = sorted(_days(s3, bucket, prefix), key=lambda day: day[1])
        if not days:
            raise Failure(f"{address} holds no records of requests ({LAYOUT}): the table's address ends in /requests/")
        sizes = {}
        for place, day in days:
            if (span.end is not None and day >= span.end) or (
                span.start is not None and day + timedelta(days=1) <= span.start
            ):
                continue
            for key, size_bytes in _objects(s3, bucket, place):
                hour = hour_of(key)
                if hour is not None and span.touches(hour):
                    sizes[key] = size_bytes
                    if len(sizes) > _MOST_FILES:
                        raise Failure(
                            f"{address} has more than {_MOST_FILES:,} files in this span: name a shorter one with "
                            "--from and --to"
                        )
    except ClientError as error:
        raise _refusal(error, address=address, bucket=bucket) from error
    if not sizes:
        raise no_records(span, address, there=f"days go from {days[0][1]:%Y-%m-%d} to {days[-1][1]:%Y-%m-%d}")
    return Partitions(bucket=bucket, prefix=prefix, sizes=sizes)


def download(s3: Any, found: Partitions, folder: Path, *, on_bytes: Callable[[int], None]) -> list[RequestFile]:
    """Bring the files into a folder, several at a time."""
    free_bytes = shutil.disk_usage(folder).free
    if found.size_bytes * _DISK_FOR_EACH_BYTE > free_bytes:
        raise Failure(
            f"the records are {found.size_bytes / _GIGABYTE:,.1f} GB in {len(found.sizes):,} files, and {folder} has "
            f"room for {free_bytes / _DISK_FOR_EACH_BYTE / _GIGABYTE:,.1f} GB: name a shorter span with --from and "
            "--to, or another disk with TMPDIR"
        )
    files = _files(found, folder)

    def bring(key: str, file: RequestFile) -> None:
        file.path.parent.mkdir(parents=True, exist_ok=True)
        s3.download_file(found.bucket, key, str(file.path), Callback=on_bytes)

    with ThreadPoolExecutor(_PARALLEL) as pool:
        running = [pool.submit(bring, key, file) for key, file in zip(found.sizes, files, strict=True)]
        try:
            for each in running:
                each.result()
        except ClientError as error:
            raise _refusal(error, address=f"{SCHEME}{found.bucket}/{found.prefix}", bucket=found.bucket) from error
        finally:
            # After a refusal or Ctrl-C nothing more is fetched; when all is well, nothing is left to cancel.
            pool.shutdown(cancel_futures=True)
    return files


def _files(found: Partitions, folder: Path) -> list[RequestFile]:
    """Where the files come to lie: keys are whatever somebody wrote into the bucket."""
    names = {key: key.removeprefix(found.prefix) for key in found.sizes}
    try:
        refuse_overlaps(list(names.values()))
        return [
            RequestFile(path=folder / inner_path(name), name=f"{SCHEME}{found.bucket}/{key}")
            for key, name in names.items()
        ]
    except UnsafeName as unsafe:
        raise Failure(
            f"{SCHEME}{found.bucket}/{found.prefix} holds an object that is no file of the table: {unsafe}; remove it"
        ) from None


def _days(s3: Any, bucket: str, prefix: str) -> Iterator[tuple[str, datetime]]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{prefix}date=", Delimiter="/")
    for page in pages:
        for place in page.get("CommonPrefixes", []):
            day = hour_of(f"{place['Prefix']}hour=00/any.parquet")
            if day is not None:
                yield str(place["Prefix"]), day


def _objects(s3: Any, bucket: str, prefix: str) -> Iterable[tuple[str, int]]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for found in page.get("Contents", []):
            yield str(found["Key"]), int(found["Size"])


def _refusal(error: ClientError, *, address: str, bucket: str) -> Failure:
    if error_code(error) == "NoSuchBucket":
        return Failure(f"there is no bucket {bucket}: check the address {address}")
    said = aws_failure(error)
    return Failure(f"{address} cannot be read: {said.sentence}")
