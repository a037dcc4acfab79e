"""Paths made of names that somebody else chose: keys of a bucket, entries of a git tree, members of an archive.

Every place that writes a file by such a name, or passes the name on to who will, asks here first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import PurePosixPath

from modelyard.catalog.suggestion import shown

# NAME_MAX and S3's longest key (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html), in bytes.
_LONGEST_PART = 255
_LONGEST_NAME = 1024
_DEEPEST = 32
_REFUSED_PARTS = {"": "an empty part", ".": "the part .", "..": "the part .."}


class UnsafeName(ValueError):
    """A name that is no path below a folder; the text says why."""


def inner_path(name: str) -> PurePosixPath:
    """The path below a folder that a name says: it cannot lead out of it, and means the same to every program.

    Raises:
        UnsafeName: for every other name.
    """
    try:
        encoded = name.encode("utf-8")
    except UnicodeEncodeError:
        raise _unsafe(name, "bytes that are no UTF-8") from None
    if len(encoded) > _LONGEST_NAME:
        raise _unsafe(name, f"{len(encoded)} bytes, at most {_LONGEST_NAME} are allowed")
    if name.startswith("/"):
        raise _unsafe(name, "a / at its beginning")
    if "\\" in name:
        raise _unsafe(name, "a backslash, which other systems read as a /")
    unseen = next((char for char in name if not char.isprintable()), None)
    if unseen is not None:
        raise _unsafe(name, f"character U+{ord(unseen):04X}")
    parts = name.split("/")
    if len(parts) > _DEEPEST:
        raise _unsafe(name, f"{len(parts)} parts, at most {_DEEPEST} are allowed")
    for part in parts:
        if part in _REFUSED_PARTS:
            raise _unsafe(name, _REFUSED_PARTS[part])
        if len(part.encode("utf-8")) > _LONGEST_PART:
            raise _unsafe(name, f"a part of more than {_LONGEST_PART} bytes")
    return PurePosixPath(name)


def refuse_overlaps(names: Collection[str]) -> None:
    """Refuse names of which one is another's folder, or that stand twice: no folder can hold both.

    Raises:
        UnsafeName: naming the first.
    """
    known: set[str] = set()
    for name in names:
        if name in known:
            raise UnsafeName(f"the name {shown_name(name)} stands twice")
        known.add(name)
    for name in names:
        for folder in _folders(name):
            if folder in known:
                raise UnsafeName(f"{shown_name(folder)} is a file and the folder of {shown_name(name)}")


def _folders(name: str) -> Iterable[str]:
    end = name.find("/")
    while end >= 0:
        yield name[:end]
        end = name.find("/", end + 1)


def _unsafe(name: str, what: str) -> UnsafeName:
    return UnsafeName(f"the name {shown_name(name)} has {what}")


def shown_name(name: str) -> str:
    """A name as it can be printed: what nobody sees is spelt out."""
    return shown("".join(char if char.isprintable() else ascii(char)[1:-1] for char in name[:120]), at_most=100)
