"""What is wrong in a catalog's files: one problem, one line, one place a reader can jump to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelyard.catalog.entry import Catalog

# The loader's own ids. Most ids of rules/ start at MY010; `LOADER_CHECKS` explains these in the same words.
UNREADABLE = "MY001"
REFUSED_YAML = "MY002"
AMBIGUOUS_VALUE = "MY003"
UNKNOWN_KEY = "MY004"
MISSING_KEY = "MY005"
WRONG_VALUE = "MY006"
UNKNOWN_NAME = "MY007"
MISPLACED_FILE = "MY008"
NOT_LOCKED = "MY009"
DYNAMIC_REFERENCE = "MY080"
SECRET_TEXT = "MY082"

LOADER_CHECKS = {
    UNREADABLE: "a catalog file is UTF-8 text of at most 1 MiB that is valid YAML",
    REFUSED_YAML: "a catalog file uses plain YAML: one document, no repeated key, no anchor, no tag, little nesting",
    AMBIGUOUS_VALUE: "a value reads the same to every YAML reader: no `no`, no `010`, no `1:30`, no `8.03e9`",
    UNKNOWN_KEY: "every key is one that deploys something; a typing error is never a silent default",
    MISSING_KEY: "every key without a default is given",
    WRONG_VALUE: "every value has the type, the form and the range that its key asks for",
    UNKNOWN_NAME: "every team, model, entry and environment that is named exists",
    MISPLACED_FILE: "every file lies where the catalog looks for it and is named like what it describes",
    DYNAMIC_REFERENCE: "no text of a catalog file holds {{resolve:...}}, which CloudFormation replaces by a secret",
    SECRET_TEXT: "no text of a catalog file has the form of a secret: a token, a key, a password in an address",
    NOT_LOCKED: "every `instance: auto` is locked: `modelyard lock` has chosen an instance for it",
}


@dataclass(frozen=True, order=True)
class Position:
    """A place in a file; lines and columns count from 1."""

    path: str
    line: int
    column: int


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that must change before anything can be deployed."""

    path: str
    line: int
    column: int
    rule_id: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column} {self.rule_id} {self.message}"

    @classmethod
    def at(cls, position: Position, rule_id: str, message: str) -> Problem:
        """The problem at a position."""
        return cls(position.path, position.line, position.column, rule_id, one_line(message))

    @classmethod
    def in_file(cls, path: Path, rule_id: str, message: str) -> Problem:
        """A problem with a file or folder as a whole."""
        return cls.at(Position(shown_path(path), 1, 1), rule_id, message)


class CatalogErrors(Exception):
    """Everything that is wrong in a catalog, in the order of files and lines.

    `sound` holds the entries that nothing is wrong with, so that the rules can speak of them in the same breath; None
    where not even the environment can be read.
    """

    def __init__(self, problems: Iterable[Problem], *, sound: Catalog | None = None) -> None:
        self.sound = sound
        self.problems: tuple[Problem, ...] = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def shown_path(path: Path) -> str:
    """The path as a reader types it: relative to the current directory where it lies below."""
    try:
        return one_line(path.absolute().relative_to(Path.cwd()).as_posix())
    except ValueError:
        return one_line(path.as_posix())


def one_line(text: str) -> str:
    """A text that may quote what a file holds, without the line breaks and control characters it may quote."""
    return text if text.isprintable() else "".join(char if char.isprintable() else " " for char in text)
