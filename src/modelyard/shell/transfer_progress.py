"""Staging as a person sees it: bars while bytes move on a terminal, plain lines where the output goes to a file."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType

from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from modelyard.shell.terminal import notices


class StageProgress:
    """Shows one bar at a time, and keeps a line for everything that is done."""

    def __init__(self) -> None:
        self._console = notices()
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._current: TaskID | None = None

    def __enter__(self) -> StageProgress:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def step(self, what: str, total_bytes: int) -> Callable[[int], None]:
        """Begin a bar; the one before it is finished."""
        if self._current is not None:
            self._bars.remove_task(self._current)
        bar = self._current = self._bars.add_task(what, total=total_bytes)
        return lambda portion: self._bars.advance(bar, portion)

    def done(self, what: str) -> None:
        """Keep a line."""
        self._console.print(what, highlight=False, markup=False)
