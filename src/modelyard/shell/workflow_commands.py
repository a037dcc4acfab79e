"""Lines of output that a CI system would obey.

GitHub's runner reads every line that a step prints: after any white space, `::name ...::` is a command, and so is
`##[name]` anywhere in a line (Azure Pipelines: `##vso[name]`); both end lines at carriage returns as well. Names
of files and values of a catalog come from whoever opens a pull request, so what they spell must stay text.
https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

_NO_WIDTH = "\u200b"
_LINES = re.compile(r"(\r\n|\r|\n)")
_OLD = re.compile(r"##(?:vso)?(?=\[)")


def disarmed(line: str) -> str:
    """One line, parted by a space of no width where a runner would see a command."""
    line = _OLD.sub(lambda found: f"{found[0]}{_NO_WIDTH}", line)
    stripped = line.lstrip()
    if stripped.startswith("::"):
        start = len(line) - len(stripped)
        line = f"{line[: start + 1]}{_NO_WIDTH}{line[start + 1 :]}"
    return line


def guard() -> None:
    """Let nothing that this process prints from here on be a command to the CI system that runs it.

    Only where one runs it, and only what it reads: a file that output is redirected to gets every byte as it is.
    """
    if not any(os.environ.get(name) for name in ("GITHUB_ACTIONS", "TF_BUILD")):
        return
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if not isinstance(stream, _Guarded) and not _is_file(stream):
            setattr(sys, name, _Guarded(stream))


@contextmanager
def commands() -> Iterator[TextIO]:
    """Standard output for commands that are meant; whatever is foreign in them must be encoded already."""
    stream = sys.stdout
    stream.flush()
    yield stream.behind if isinstance(stream, _Guarded) else stream


def _is_file(stream: TextIO) -> bool:
    try:
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):
        return False


class _Guarded:
    """A text stream that disarms each line, however many pieces it is written in."""

    def __init__(self, behind: TextIO) -> None:
        self.behind = behind
        self._line = ""

    def write(self, text: str) -> int:
        for piece in _LINES.split(text):
            if piece in ("\r\n", "\r", "\n"):
                self.behind.write(piece)
                self._line = ""
            elif piece:
                # What is out already was harmless by itself, so a parting space can only be due behind it.
                whole = disarmed(self._line + piece)
                self.behind.write(whole[len(self._line) :])
                self._line = whole
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> object:
        return getattr(self.behind, name)
