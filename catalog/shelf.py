"""A folder of the catalog whose files each describe one thing and are named like it."""

from __future__ import annotations

import re
from pathlib import Path

from catalog.document import Document, read_document
from catalog.forms import MODEL_NAME_PATTERN, NAME_PATTERN, PATTERNS
from catalog.problem import MISPLACED_FILE, UNREADABLE, Problem

# What the files of each shelf may be called.
_FILE_NAMES = {"endpoints": NAME_PATTERN, "models": MODEL_NAME_PATTERN, "environments": NAME_PATTERN}


class FilesReadOnce:
    """Files as they were first read: several environments of one catalog share nearly all of them."""

    def __init__(self) -> None:
        self._read: dict[Path, tuple[Document | None, list[Problem]]] = {}

    def document(self, path: Path, problems: list[Problem]) -> Document | None:
        """As `read_document`."""
        if path not in self._read:
            found: list[Problem] = []
            self._read[path] = (read_document(path, found), found)
        document, found = self._read[path]
        problems.extend(found)
        return document


def read_shelf(folder: Path, shelf: str, problems: list[Problem], files: FilesReadOnce) -> dict[str, Document | None]:
    """The files of a shelf by name, ordered; None for each that cannot be read, and a problem that says why."""
    documents: dict[str, Document | None] = {}
    try:
        paths = sorted((folder / shelf).iterdir(), key=lambda path: path.stem)
    except OSError:
        message = f"the catalog has no readable folder {shelf}/: create it"
        problems.append(Problem.in_file(folder / shelf, UNREADABLE, message))
        return documents
    for path in paths:
        # What editors and file managers leave behind.
        if path.name.startswith("."):
            continue
        misplaced = _misplaced(path, shelf)
        if misplaced:
            problems.append(Problem.in_file(path, MISPLACED_FILE, misplaced))
        else:
            documents[path.stem] = files.document(path, problems)
    return documents


def _misplaced(path: Path, shelf: str) -> str | None:
    if path.suffix == ".yaml" and not path.is_file():
        return f"{path.name} is no file that can be read, but {_what(path)}: put a file there, or remove it"
    if path.suffix != ".yaml":
        return f"only <name>.yaml files belong into {shelf}/: rename or move it"
    if not re.fullmatch(_FILE_NAMES[shelf], path.stem):
        return f"the file's name names what it describes, so it takes {PATTERNS[_FILE_NAMES[shelf]]}"
    return None


def _what(path: Path) -> str:
    if path.is_symlink():
        return "a link that leads to none"
    return "a folder" if path.is_dir() else "something else"
