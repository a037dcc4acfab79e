"""The files of a folder of weights: regular ones, as many as a model has, and no further than whoever named it may."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from modelyard.catalog.regular_file import UnreadableFile, inside, kind_of
from modelyard.shell.failure import Failure
from modelyard.shell.inner_path import UnsafeName, inner_path

# The largest checkpoints have some hundred files; their folders are flat.
_MOST_FILES = 20_000
_MOST_FOLDERS = 2_000
_IS_NO_MODEL = "__pycache__"


def weight_files(path: Path, *, said_by: str, within: Path | None) -> Iterator[tuple[str, Path, int]]:
    """Name below the folder, place and size of each file, hidden ones left out.

    With `within`, because a catalog's file and no person chose the path, nothing outside that folder is touched.

    Raises:
        Failure: where one of them is no weights file or nothing that may be read.
    """
    if within is not None:
        _refuse_outside(path, within, said_by)
        if ".git" in path.parts or path.name.startswith("."):
            raise Failure(f"{path}, which {said_by} names, is hidden, and hidden files are no weights: name another")
    if not path.is_dir():
        if not path.exists():
            raise Failure(f"no weights at {path}, which {said_by} names: give a folder (or one file) that exists")
        yield path.name, path, _size(path)
        return
    count = 0
    for found in _walk(path, within, said_by):
        count += 1
        if count > _MOST_FILES:
            raise Failure(
                f"{path}, which {said_by} names, has more than {_MOST_FILES:,} files: name the folder of one model"
            )
        name = found.relative_to(path).as_posix()
        try:
            inner_path(name)
        except UnsafeName as unsafe:
            raise Failure(f"{path}, which {said_by} names: {unsafe}; rename the file") from None
        yield name, found, _size(found)
    if not count:
        raise Failure(f"{path}, which {said_by} names, holds no files: put the model's weights there")


def may_stage(path: Path, *, within: Path) -> bool:
    """Whether `modelyard stage` would take weights from a path because a catalog's file names it."""
    try:
        return inside(path, within).exists()
    except UnreadableFile:
        return False


def _walk(top: Path, within: Path | None, said_by: str) -> Iterator[Path]:
    """Every file below a folder, links followed; a folder that leads to one that it lies in is a mistake."""
    waiting: list[tuple[Path, tuple[tuple[int, int], ...]]] = [(top, (_identity(top),))]
    visited = 0
    while waiting:
        folder, above = waiting.pop()
        visited += 1
        if visited > _MOST_FOLDERS:
            raise Failure(f"{top}, which {said_by} names, has more than {_MOST_FOLDERS:,} folders: name a model's own")
        for name in _names(folder):
            found = folder / name
            if name.startswith(".") or name == _IS_NO_MODEL:
                continue
            if found.is_symlink() and within is not None:
                _refuse_outside(found, within, said_by)
            if found.is_dir():
                identity = _identity(found)
                if identity in above:
                    raise Failure(f"{found} is a link to a folder that it lies in: remove the link")
                waiting.append((found, (*above, identity)))
            else:
                yield found


def _names(folder: Path) -> list[str]:
    names = []
    with os.scandir(folder) as entries:
        for entry in entries:
            names.append(entry.name)
            if len(names) > _MOST_FILES + _MOST_FOLDERS:
                raise Failure(f"{folder} has more than {len(names) - 1:,} files: name the folder of one model")
    return sorted(names)


def _identity(folder: Path) -> tuple[int, int]:
    found = folder.stat()
    return found.st_dev, found.st_ino


def _refuse_outside(path: Path, within: Path, said_by: str) -> None:
    try:
        inside(path, within)
    except UnreadableFile:
        raise Failure(
            f"{path}, which {said_by} names, leads out of the repository {within}: copy the weights into it, or name "
            "their folder yourself with `modelyard stage --from FOLDER`"
        ) from None


def _size(path: Path) -> int:
    try:
        found = path.stat()
    except OSError:
        raise Failure(f"{path} is a link to a file that is gone: fetch the weights anew, or remove the link") from None
    if not stat.S_ISREG(found.st_mode):
        raise Failure(f"{path} is {kind_of(path)}, and weights are plain files: remove it")
    return found.st_size
