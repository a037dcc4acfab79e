"""Writes the files of one addition: all of them, whole, over nothing that is there, or none."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from modelyard.shell.failure import Failure
from modelyard.shell.whole_file import refuse_to_leave


def refuse_existing(paths: Mapping[Path, str], *, advice: Mapping[Path, str]) -> None:
    """Refuse to write where a file is already.

    Raises:
        Failure: naming the file and what to do instead.
    """
    for path in paths:
        if path.exists() or path.is_symlink():
            raise Failure(f"{path} is there already and stays as it is: {advice[path]}")


def write_new(texts: Mapping[Path, str], *, advice: Mapping[Path, str]) -> None:
    """Write every text into a file of its own.

    Each is written beside its place first and then linked there, which fails where somebody else was quicker.
    """
    refuse_existing(texts, advice=advice)
    drafts: list[tuple[str, Path]] = []
    done: list[Path] = []
    try:
        for path, text in texts.items():
            refuse_to_leave(path.parent)
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
            drafts.append((draft, path))
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(draft, 0o644)
        for draft, path in drafts:
            try:
                os.link(draft, path)
            except FileExistsError as error:
                raise Failure(f"{path} has just been written by somebody else: {advice[path]}") from error
            done.append(path)
    except BaseException:
        for path in done:
            path.unlink(missing_ok=True)
        raise
    finally:
        for draft, _ in drafts:
            Path(draft).unlink(missing_ok=True)
