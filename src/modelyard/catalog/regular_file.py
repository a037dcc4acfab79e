"""Files of a catalog as they are read: regular ones of a bounded size, that no link leads out of the repository to.

A pull request decides what lies in the catalog's folder. A pipe there would never end, a device would not either, and a
link would show a line of somebody's private file in an error message.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

MIB = 1024 * 1024


class UnreadableFile(ValueError):
    """The file is not read; the text says why and what to do."""


def read_regular(path: Path, *, most_bytes: int, within: Path | None = None) -> bytes:
    """What a regular file holds; a link is followed to where `within` allows, or the repository that it lies in.

    Raises:
        FileNotFoundError: where there is none.
        UnreadableFile: for everything else that keeps it from being read.
    """
    try:
        try:
            handle = _open(path, os.O_NOFOLLOW)
        except OSError as error:
            # Told apart by looking: a loop of links has the same number.
            if error.errno != errno.ELOOP or not path.is_symlink():
                raise
            target = inside(path, within or repository_of(path.parent))
            handle = _open(target, os.O_NOFOLLOW)
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise UnreadableFile(f"the file cannot be read (it is {kind_of(path)}): put a plain file there")
            content = b""
            while len(content) <= most_bytes and (more := os.read(handle, most_bytes + 1 - len(content))):
                content += more
        finally:
            os.close(handle)
    except FileNotFoundError:
        raise
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise UnreadableFile(f"the file cannot be read ({reason}): check that it exists and may be read") from None
    if len(content) > most_bytes:
        size = f"{most_bytes // MIB} MiB" if most_bytes >= MIB else f"{most_bytes:,} bytes"
        raise UnreadableFile(f"the file is larger than {size}")
    return content


def _open(path: Path, flags: int) -> int:
    # Opening a pipe would otherwise wait for whoever writes to it.
    return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY | flags)


def inside(path: Path, root: Path) -> Path:
    """Where a path really leads, if that lies in a folder.

    Raises:
        UnreadableFile: where it leads out of the folder, in circles or to nothing that can be looked at.
    """
    try:
        real, allowed = path.resolve(), root.resolve()
    except (OSError, RuntimeError):
        raise UnreadableFile("the link leads in circles: put what it should lead to there") from None
    if not real.is_relative_to(allowed):
        raise UnreadableFile(
            "it leads out of the catalog's repository, and nothing outside is read: put what it leads to into the "
            "repository"
        )
    return real


def repository_of(folder: Path) -> Path:
    """The checkout that a folder lies in; the catalog where there is none; the folder itself where it is neither."""
    real = folder.resolve()
    around = (real, *real.parents)
    for mark in (".git", "organisation.yaml"):
        found = next((one for one in around if (one / mark).exists()), None)
        if found is not None:
            return found
    return real


def kind_of(path: Path) -> str:
    """What lies at a path where no plain file lies, in words."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return "a link that leads to none" if path.is_symlink() else "nothing"
    kinds = {
        stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device", stat.S_IFBLK: "a device", stat.S_IFREG: "a file",
    }  # fmt: skip
    return kinds.get(stat.S_IFMT(mode), "something else")
