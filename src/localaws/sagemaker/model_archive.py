"""A tar.gz of model data, unpacked within bounds: whoever may write to a bucket decides what it holds.

Written by hand because the library's own guard, `extractall(filter="data")`, came with Python 3.11.4, and Debian 12 has
3.11.2; and it bounds neither sizes nor numbers. The archive is read once from front to back, so that nothing in it
makes the reader go back and unpack again.
"""

import gzip
import io
import os
import posixpath
import shutil
import tarfile
from pathlib import Path
from typing import Any

MOST_MEMBERS = 10_000
MOST_DEPTH = 32
# Weights hardly shrink at all, text to a tenth; gzip can make a thousandth of zeros.
MOST_TIMES_ITS_SIZE = 100
SMALLEST_LIMIT_BYTES = 64 * 1024 * 1024
FREE_DISK_BYTES = 1024 * 1024 * 1024
"""Left for everything else on the machine."""
_LONGEST_HEADER_BYTES = 16 * 1024
"""Of one member, with all that its name, its attributes and the map of a sparse file take."""
_ALL_HEADERS_BYTES = 16 * 1024 * 1024
_BLOCK = tarfile.BLOCKSIZE
_CHUNK_BYTES = 1024 * 1024
_LONGEST_REASON = 300
_CONTRADICTION = "its headers contradict each other"


class ArchiveRefused(Exception):
    """Why this archive cannot be unpacked, in words for a FailureReason."""


def unpack(archive: Path, folder: Path) -> None:
    """Writes files and folders of the archive; a link becomes the file that it names in the archive.

    What is there after a refusal is the caller's to remove. Raises ArchiveRefused."""
    try:
        with gzip.open(archive) as unzipped:
            bounded = _Bounded(unzipped, most_bytes=_most_bytes(archive, folder))
            _unpack(bounded, folder)
    except ArchiveRefused:
        raise
    except Exception as error:
        # The library raises whatever it stumbles over: zlib.error, ValueError, RecursionError and more.
        raise ArchiveRefused(" ".join(str(error).split())[:_LONGEST_REASON] or type(error).__name__) from error


def _most_bytes(archive: Path, folder: Path) -> int:
    of_its_size = max(SMALLEST_LIMIT_BYTES, MOST_TIMES_ITS_SIZE * archive.stat().st_size)
    return min(of_its_size, max(0, shutil.disk_usage(folder).free - FREE_DISK_BYTES))


def _unpack(stream: "_Bounded", folder: Path) -> None:
    files: dict[str, Path] = {}
    links: dict[str, str] = {}
    count = 0
    with tarfile.open(fileobj=stream, mode="r:") as tar:
        while (member := stream.read_header(tar)) is not None:
            count += 1
            if count > MOST_MEMBERS:
                raise ArchiveRefused(f"it holds more than {MOST_MEMBERS} files and folders")
            # The library keeps every header it has read, for searches that are not made here.
            tar.members.clear()  # type: ignore[attr-defined]
            name = _place(member.name)
            if member.isdir():
                (folder / name).mkdir(parents=True, exist_ok=True)
            elif member.issym():
                links[name] = posixpath.join(posixpath.dirname(name), member.linkname)
            elif member.islnk():
                links[name] = member.linkname.lstrip("/")
            elif member.isreg() and name:
                files[name] = folder / name
                _write(tar, member, folder / name, stream)
            else:
                raise ArchiveRefused(f"{_shown(member.name)} is neither a file nor a folder")
        stream.read_to_the_end()
    for name, linked in links.items():
        _link(name, linked, files, links, folder)


def _place(name: str) -> str:
    """Where the member goes, below the folder."""
    place = posixpath.normpath(name.lstrip("/"))  # as tar itself takes a leading slash off
    parts = place.split("/")
    if ".." in name.split("/") and parts[0] == "..":
        raise ArchiveRefused(f"{_shown(name)} leads out of the model folder")
    if "\0" in place or len(parts) > MOST_DEPTH:
        raise ArchiveRefused(f"{_shown(name)} lies in more than {MOST_DEPTH} folders or is no name at all")
    return "" if place == "." else place


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path, stream: "_Bounded") -> None:
    stream.refuse_beyond(member.size, member.name)
    content = tar.extractfile(member)
    assert content is not None
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_file():
        # A second file of that name: never written into what a link shares.
        target.unlink()
    with content, target.open("wb") as file:
        shutil.copyfileobj(content, file, _CHUNK_BYTES)


def _link(name: str, linked: str, files: dict[str, Path], links: dict[str, str], folder: Path) -> None:
    """Follows links to links, each once."""
    found, seen = posixpath.normpath(linked), {name}
    while found in links and found not in seen:
        seen.add(found)
        found = posixpath.normpath(links[found])
        if len(seen) > MOST_DEPTH:
            raise ArchiveRefused(f"{_shown(name)} links to a link to a link, more than {MOST_DEPTH} times")
    if found not in files:
        raise ArchiveRefused(
            f"{_shown(name)} links to {_shown(_as_written(name, linked))}, which is not in the archive"
        )
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    os.link(files[found], target)


def _as_written(name: str, linked: str) -> str:
    folder = posixpath.dirname(name)
    return linked[len(folder) + 1 :] if folder and linked.startswith(f"{folder}/") else linked


def _shown(name: str) -> str:
    text = ascii(name)[1:-1]
    return text if len(text) <= 100 else f"{text[:97]}..."


class _Bounded(io.RawIOBase):
    """The unzipped bytes, of which so many may come."""

    def __init__(self, unzipped: gzip.GzipFile, *, most_bytes: int) -> None:
        self._unzipped = unzipped
        self._most_bytes = most_bytes
        self._in_header = True
        self._member_bytes = self._header_bytes = 0
        self._written = 0
        self._last = b""

    def read_header(self, tar: tarfile.TarFile) -> tarfile.TarInfo | None:
        """The next member. What a header says of its own length is believed up to some kilobytes."""
        self._in_header, self._member_bytes = True, 0
        member = tar.next()
        self._in_header = False
        return member

    def read_to_the_end(self) -> None:
        """An archive ends before its gzip file does, whose checksum stands at the very end.

        The library takes a damaged header for the end, which is a block of zeros."""
        if self._last.strip(b"\0"):
            raise ArchiveRefused("a header in it is damaged")
        while self.read(_CHUNK_BYTES):
            continue

    def refuse_beyond(self, size: int, name: str) -> None:
        """Of a sparse file more is written than is read, so both are counted."""
        self._written += max(0, size)
        if size < 0 or self._written > self._most_bytes:
            self._refuse(f"with {_shown(name)} ")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._unzipped.tell()

    def read(self, size: int = -1) -> bytes:
        if size < 0:
            raise ArchiveRefused(_CONTRADICTION)
        if self._in_header:
            # Block by block as well: the map of a sparse file is as long as its blocks say that it goes on.
            self._member_bytes += size
            self._header_bytes += size
            if self._member_bytes > _LONGEST_HEADER_BYTES or self._header_bytes > _ALL_HEADERS_BYTES:
                raise ArchiveRefused("its headers are larger than those of any model archive")
        found = self._unzipped.read(size)
        if self.tell() > self._most_bytes:
            self._refuse("")
        if self._in_header:
            self._last = found
        return found

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        # Back means from the beginning again for a gzip file.
        if whence != os.SEEK_SET or offset < self.tell():
            raise ArchiveRefused(_CONTRADICTION)
        if offset > self._most_bytes:
            self._refuse("")
        return self._unzipped.seek(offset)

    def _refuse(self, before: str) -> Any:
        raise ArchiveRefused(
            f"{before}it holds more than {self._most_bytes} bytes, the most that is unpacked: {MOST_TIMES_ITS_SIZE} "
            "times its size, and what the disk has to spare"
        )
