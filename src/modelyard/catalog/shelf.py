"""A folder of the catalog whose files each describe one thing and are named like it."""

from __future__ import annotations

import re
from pathlib import Path

from modelyard.catalog.document import Document, read_document
from modelyard.catalog.forms import MODEL_NAME_PATTERN, NAME_PATTERN, PATTERNS
from modelyard.catalog.problem import MISPLACED_FILE, UNREADABLE, Problem
from modelyard.catalog.regular_file import UnreadableFile, inside, kind_of, repository_of

# What the files of each shelf may be called.
_FILE_NAMES = {"endpoints": NAME_PATTERN, "models": MODEL_NAME_PATTERN, "environments": NAME_PATTERN}
# A folder of something else names its first files only.
_MOST_MISPLACED = 20


class FilesReadOnce:
    """Files as they were first read: environments of one catalog share nearly all of them, and so do two commits."""

    def __init__(self) -> None:
        self._read: dict[Path, tuple[Document | None, list[Problem]]] = {}
        self._right: dict[str, Document] = {}

    def document(self, path: Path, problems: list[Problem]) -> Document | None:
        """As `read_document`."""
        if path not in self._read:
            found: list[Problem] = []
            self._read[path] = (read_document(path, found, right=self._right), found)
        document, found = self._read[path]
        problems.extend(found)
        return document


def read_shelf(folder: Path, shelf: str, problems: list[Problem], files: FilesReadOnce) -> dict[str, Document | None]:
    """The files of a shelf by name, ordered; None for each that cannot be read, and a problem that says why."""
    documents: dict[str, Document | None] = {}
    try:
        if (folder / shelf).is_symlink():
            inside(folder / shelf, repository_of(folder))
        paths = sorted((folder / shelf).iterdir(), key=lambda path: path.stem)
    except UnreadableFile as outside:
        problems.append(Problem.in_file(folder / shelf, UNREADABLE, f"{shelf}/ is a link, and {outside}"))
        return documents
    except OSError:
        message = f"the catalog has no readable folder {shelf}/: create it"
        problems.append(Problem.in_file(folder / shelf, UNREADABLE, message))
        return documents
    told = 0
    for path in paths:
        # What editors and file managers leave behind.
        if path.name.startswith("."):
            continue
        misplaced = _misplaced(path, shelf)
        if misplaced and told == _MOST_MISPLACED:
            message = (
                f"{shelf}/ has more files that do not belong there than are told: look whether it is the folder meant"
            )
            problems.append(Problem.in_file(folder / shelf, MISPLACED_FILE, message))
        if misplaced:
            told += 1
            if told <= _MOST_MISPLACED:
                problems.append(Problem.in_file(path, MISPLACED_FILE, misplaced))
        else:
            documents[path.stem] = files.document(path, problems)
    return documents


def _misplaced(path: Path, shelf: str) -> str | None:
    if path.suffix == ".yaml" and not path.is_file():
        return f"{path.name} is no file that can be read, but {kind_of(path)}: put a file there, or remove it"
    if path.suffix != ".yaml":
        return f"only <name>.yaml files belong into {shelf}/: rename or move it"
    if not re.fullmatch(_FILE_NAMES[shelf], path.stem):
        return f"the file's name names what it describes, so it takes {PATTERNS[_FILE_NAMES[shelf]]}"
    return None
