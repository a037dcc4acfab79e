"""A JSON file of the catalog that a program writes: read strictly, into one table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from modelyard.catalog.dynamic_reference import SENTENCE, references
from modelyard.catalog.problem import DYNAMIC_REFERENCE, UNREADABLE, WRONG_VALUE, Position, Problem, shown_path
from modelyard.catalog.regular_file import MIB, UnreadableFile, read_regular
from modelyard.catalog.suggestion import shown

# The lock of a thousand entries has 4 MiB.
_MOST_BYTES = 16 * MIB

_T = TypeVar("_T", bound=BaseModel)


def read_program_file(path: Path, model: type[_T], *, what: str, repair: str, problems: list[Problem]) -> _T | None:
    """What the file holds; None where it is wrong, which is told.

    `what` completes "this is no lock of instances", and `repair` says how to get a right one.

    Raises:
        FileNotFoundError: where there is no file.
    """
    try:
        content = read_regular(path, most_bytes=_MOST_BYTES)
        found = model.model_validate_json(content)
    except UnreadableFile as unreadable:
        problems.append(Problem.in_file(path, UNREADABLE, str(unreadable)))
        return None
    except ValidationError as invalid:
        first = invalid.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(shown(part) for part in first["loc"])
        said = f"{place}: {first['msg']}" if place else first["msg"]
        problems.append(Problem.in_file(path, WRONG_VALUE, f"{what} ({shown(said, at_most=300)}): {repair}"))
        return None
    # "resolve" or braces must stand in it, or escapes that may spell them.
    if b"resolve" in content.lower() or b"{{" in content or b"\\u" in content:
        text = next(references(json.loads(content)), None)
        if text is not None:
            problems.append(Problem.at(_position(path, content, text), DYNAMIC_REFERENCE, f"the text {SENTENCE}"))
            return None
    return found


def _position(path: Path, content: bytes, text: str) -> Position:
    """Where a text stands; the file's beginning where it is written with escapes."""
    before, found, _ = content.decode("utf-8").partition(json.dumps(text, ensure_ascii=False))
    if not found:
        return Position(shown_path(path), 1, 1)
    return Position(shown_path(path), before.count("\n") + 1, len(before) - before.rfind("\n"))
