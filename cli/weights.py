"""Where a model's weights lie before they are staged: files of this machine, or objects of a bucket."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.failure import Failure

_READ_BYTES = 4 * 1024 * 1024


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


def local_weights(path: Path, *, said_by: str) -> LocalWeights:
    """The files of a folder (or one file), without hidden ones: a download's own book-keeping is no part of a model.

    `said_by` names whoever gave the path (`--from`, a catalog file) for the sentence when nothing is there.
    """
    if path.is_file():
        only = WeightsFile(name=path.name, path=path, size_bytes=path.stat().st_size)
        return LocalWeights(files=(only,), origin=str(path))
    if not path.is_dir():
        raise Failure(f"no weights at {path}, which {said_by} names: give a folder (or one file) that exists")
    files = []
    for folder, subfolders, names in os.walk(path, followlinks=True):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith(".") and name != "__pycache__")
        for name in names:
            found = Path(folder, name)
            if name.startswith("."):
                continue
            if not found.exists():
                raise Failure(f"{found} is a link to a file that is gone: fetch the weights anew, or remove the link")
            relative = found.relative_to(path).as_posix()
            files.append(WeightsFile(name=relative, path=found, size_bytes=found.stat().st_size))
    if not files:
        raise Failure(f"{path}, which {said_by} names, holds no files: put the model's weights there")
    return LocalWeights(files=tuple(sorted(files, key=lambda file: file.name)), origin=str(path))


def s3_weights(s3: Any, uri: str) -> S3Weights:
    """The objects under `s3://bucket/prefix`; the prefix may also be the key of one object."""
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    base = prefix if not prefix or prefix.endswith("/") else f"{prefix}/"
    objects = []
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for item in page.get("Contents", []):
            key = str(item["Key"])
            if key == prefix and not key.endswith("/"):
                name = key.rpartition("/")[2]
            elif key.startswith(base) and not key.endswith("/"):
                name = key.removeprefix(base)
            else:
                continue
            objects.append(SourceObject(name=name, key=key, size_bytes=int(item["Size"]), etag=str(item["ETag"])))
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
