"""A file that is written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from modelyard.catalog.regular_file import UnreadableFile, inside, repository_of
from modelyard.shell.failure import Failure


def write_whole(path: Path, text: str) -> None:
    """Replace the file in one step: whoever reads meanwhile sees the old one or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        written.write_text(text, encoding="utf-8")
        written.replace(path)
    finally:
        written.unlink(missing_ok=True)


def refuse_to_leave(folder: Path) -> None:
    """Refuse to write into a folder of the catalog that a link leads out of its repository."""
    if not folder.is_symlink():
        return
    try:
        inside(folder, repository_of(folder.parent))
    except UnreadableFile as outside:
        raise Failure(f"nothing is written to {folder}: {outside}") from None
