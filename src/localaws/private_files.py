"""Files that are nobody else's to read, from their first moment on."""

import os
import tempfile
from pathlib import Path


def write_private(path: Path, content: str) -> None:
    """Put `content` at `path` whole or not at all, readable by this user only (mode 0600)."""
    # mkstemp makes the file with that mode and under a name that nobody can have put a link at.
    descriptor, partial = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(content)
        Path(partial).replace(path)
    except BaseException:
        os.unlink(partial)
        raise
