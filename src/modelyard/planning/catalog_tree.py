"""The files of a catalog in a commit, by what git's trees say: a crafted tree can say anything."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from modelyard.catalog.instance_lock import FILE_NAME as LOCK
from modelyard.catalog.regular_file import MIB
from modelyard.planning.git import NOT_PLANNED, surroundings
from modelyard.pricing.usage import FILE_NAME as USAGE
from modelyard.shell.failure import Failure
from modelyard.shell.inner_path import UnsafeName, inner_path, refuse_overlaps, shown_name

# What the loader reads of a catalog, and no more: weights may lie in the same folder.
_SHELVES = ("endpoints", "models", "environments", "quotas")
_FILES = ("organisation.yaml", LOCK, USAGE)
_READ = (*_SHELVES, *_FILES)
_SYMBOLIC_LINK = "120000"
_MOST_FILES = 20_000
_MOST_FILE_BYTES = 16 * MIB
_MOST_BYTES = 256 * MIB
# The longest row is that of the longest name that is taken, and some more.
_MOST_ROW_BYTES = 8 * 1024


@dataclass(frozen=True, kw_only=True)
class Blob:
    """A file of the commit: its place below the catalog's folder, and git's name for what it holds."""

    path: PurePosixPath
    identity: str
    size_bytes: int


@dataclass(frozen=True, kw_only=True)
class _Row:
    mode: str
    kind: str
    identity: str
    size: str
    name: str


def catalog_blobs(repository: Path, commit: str, prefix: str, *, label: str) -> list[Blob]:
    """The files that the loader would read; empty where the commit has no catalog at the prefix.

    Raises:
        Failure: for a link, a submodule, a name that is no path, and more than a catalog has.
    """
    found = [
        blob
        for row in _rows(repository, "--full-tree", commit, "--", *(prefix + part for part in _READ), label=label)
        for blob in _blobs(repository, row, prefix, label)
    ]
    if len(found) > _MOST_FILES:
        raise _refusal(label, f"has more than {_MOST_FILES:,} files in its catalog")
    try:
        refuse_overlaps([blob.path.as_posix() for blob in found])
    except UnsafeName as unsafe:
        raise _refusal(label, f"holds no catalog that can be written down: {unsafe}") from None
    if sum(blob.size_bytes for blob in found) > _MOST_BYTES:
        raise _refusal(label, f"has more than {_MOST_BYTES // MIB} MiB in its catalog")
    return found


def _blobs(repository: Path, row: _Row, prefix: str, label: str) -> Iterator[Blob]:
    name = row.name.removeprefix(prefix)
    _refuse_kind(row, row.name, label)
    if row.kind == "blob":
        yield _blob(row, name, label)
        return
    if name not in _SHELVES:
        raise _refusal(f"{label}:{shown_name(row.name)}", "is a folder, and a catalog has a file there")
    for below in _rows(repository, row.identity, label=label):
        _refuse_kind(below, f"{row.name}/{below.name}", label)
        # A folder on a shelf is misplaced, whatever lies in it.
        if below.kind == "blob":
            blob = _blob(below, f"{name}/{below.name}", label)
            # Git writes a tree for each folder; such a name would make a folder that no tree says.
            if "/" in below.name:
                place = f"{label}:{shown_name(f'{row.name}/{below.name}')}"
                raise _refusal(place, "is one name with a slash in it, and git writes no such name")
            yield blob


def _refuse_kind(row: _Row, name: str, label: str) -> None:
    place = f"{label}:{shown_name(name)}"
    if row.mode == _SYMBOLIC_LINK:
        raise _refusal(place, "is a symbolic link, and a plan reads plain files")
    if row.kind == "commit":
        raise _refusal(place, "is a submodule, and a plan reads plain files")


def _blob(row: _Row, name: str, label: str) -> Blob:
    try:
        path = inner_path(name)
    except UnsafeName as unsafe:
        raise _refusal(label, f"holds no catalog that can be written down: {unsafe}") from None
    # Git says BAD of what a partial clone has not fetched: whoever asks for the object is told.
    size = int(row.size) if row.size.isdigit() else 0
    if size > _MOST_FILE_BYTES:
        raise _refusal(f"{label}:{shown_name(row.name)}", f"has {size:,} bytes, at most {_MOST_FILE_BYTES:,} are read")
    return Blob(path=path, identity=row.identity, size_bytes=size)


def _rows(repository: Path, *arguments: str, label: str) -> Iterator[_Row]:
    """What `git ls-tree` says, one level deep; git is ended when it says more than a catalog has."""
    process = subprocess.Popen(
        ["git", "-C", str(repository), "ls-tree", "-z", "--long", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, env=surroundings(),
    )  # fmt: skip
    assert process.stdout is not None
    try:
        count, rest = 0, b""
        while chunk := process.stdout.read(64 * 1024):
            *rows, rest = (rest + chunk).split(b"\0")
            count += len(rows)
            if count > _MOST_FILES:
                raise _refusal(label, f"has a folder of more than {_MOST_FILES:,} files in its catalog")
            if len(rest) > _MOST_ROW_BYTES:
                raise _refusal(label, "holds a file whose name is too long to be one")
            for row in rows:
                facts, _, name = row.partition(b"\t")
                mode, kind, identity, size = facts.decode("ascii").split()
                yield _Row(
                    mode=mode, kind=kind, identity=identity, size=size, name=name.decode(errors="surrogateescape")
                )
    finally:
        process.kill()
        process.stdout.close()
        process.wait()


def _refusal(place: str, what: str) -> Failure:
    return Failure(f"{place} {what}: choose another --base", exit_code=NOT_PLANNED)
