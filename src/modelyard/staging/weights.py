"""Where a model's weights lie before they are staged: files of this machine, or objects of a bucket."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelyard.shell.failure import Failure
from modelyard.shell.inner_path import UnsafeName, inner_path, refuse_overlaps
from modelyard.staging.weights_folder import weight_files

_READ_BYTES = 4 * 1024 * 1024
# The largest checkpoints have some hundred files.
_MOST_OBJECTS = 20_000


@dataclass(frozen=True, kw_only=True)
class WeightsFile:
    """One file: its name below the model's folder (with forward slashes), where it lies, and its size."""

    name: str
    path: Path
    size_bytes: int


@dataclass(frozen=True, kw_only=True)
class LocalWeights:
    """Files of this machine, ordered by name."""

    files: tuple[WeightsFile, ...]
    origin: str

    @property
    def size_bytes(self) -> int:
        """How much all files hold together."""
        return sum(file.size_bytes for file in self.files)


@dataclass(frozen=True, kw_only=True)
class SourceObject:
    """One object of a bucket: its name below the model's prefix, its key, size and entity tag."""

    name: str
    key: str
    size_bytes: int
    etag: str


@dataclass(frozen=True, kw_only=True)
class S3Weights:
    """Objects under one prefix of a bucket, ordered by name."""

    bucket: str
    objects: tuple[SourceObject, ...]
    origin: str

    @property
    def size_bytes(self) -> int:
        """How much all objects hold together."""
        return sum(item.size_bytes for item in self.objects)


def local_weights(path: Path, *, said_by: str, within: Path | None = None) -> LocalWeights:
    """The files of a folder (or one file), without hidden ones: a download's own book-keeping is no part of a model.

    `said_by` names whoever gave the path (`--from`, a catalog file) for the sentence when nothing is there; `within` is
    the folder that none of it may lie outside of, for a path that no person gave.
    """
    files = (
        WeightsFile(name=name, path=found, size_bytes=size_bytes)
        for name, found, size_bytes in weight_files(path, said_by=said_by, within=within)
    )
    return LocalWeights(files=tuple(sorted(files, key=lambda file: file.name)), origin=str(path))


def s3_weights(s3: Any, uri: str) -> S3Weights:
    """The objects under `s3://bucket/prefix`; the prefix may also be the key of one object."""
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    base = prefix if not prefix or prefix.endswith("/") else f"{prefix}/"
    objects: list[SourceObject] = []
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for item in page.get("Contents", []):
            key = str(item["Key"])
            if key == prefix and not key.endswith("/"):
                name = key.rpartition("/")[2]
            elif key.startswith(base) and not key.endswith("/"):
                name = key.removeprefix(base)
            else:
                continue
            if len(objects) >= _MOST_OBJECTS:
                raise Failure(f"{uri} has more than {_MOST_OBJECTS:,} objects: name the prefix of one model")
            try:
                inner_path(name)
            except UnsafeName as unsafe:
                raise Failure(f"s3://{bucket} has an object that is no file of a model: {unsafe}; rename it") from None
            objects.append(SourceObject(name=name, key=key, size_bytes=int(item["Size"]), etag=str(item["ETag"])))
    try:
        refuse_overlaps([item.name for item in objects])
    except UnsafeName as unsafe:
        raise Failure(f"{uri} is no folder of a model: {unsafe}; remove one of them") from None
    if not objects:
        raise Failure(f"no objects under {uri}: check the prefix in the model's `weights`")
    return S3Weights(bucket=bucket, objects=tuple(sorted(objects, key=lambda item: item.name)), origin=uri)


def digest_of(weights: LocalWeights) -> str:
    """One SHA-256 over the names, sizes and contents of all files: equal digests make equal archives."""
    whole = hashlib.sha256()
    for file in weights.files:
        content = hashlib.sha256()
        with file.path.open("rb") as opened:
            while block := opened.read(_READ_BYTES):
                content.update(block)
        whole.update(f"{file.name}\0{file.size_bytes}\0{content.hexdigest()}\n".encode())
    return whole.hexdigest()
