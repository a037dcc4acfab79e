"""The demo's steps as they happen: a spinner with the latest line on a terminal, plain lines anywhere else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.status import Status

Report = Callable[[str], None]


class Steps:
    """Names each step, says how long it took, and keeps quiet about a step that failed: the error speaks for itself."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since the first step could have begun."""
        return time.monotonic() - self._began

    @contextmanager
    def step(self, what: str) -> Iterator[Report]:
        """A step; what it yields shows the latest news of it, on a terminal only."""
        began = time.monotonic()
        if not self._console.is_terminal:
            self._console.print(f"{what} ...", highlight=False, markup=False)
            yield lambda news: None
        else:
            with self._console.status(escape(what)) as status:
                yield _news(status, what, width=self._console.width)
        self._keep(what, time.monotonic() - began)

    def note(self, what: str) -> None:
        """A line that stays."""
        self._console.print(what, highlight=False, markup=False)

    def _keep(self, what: str, seconds: float) -> None:
        self._console.print(f"  done: {what} ({seconds:.1f} s)", highlight=False, markup=False)


def _news(status: Status, what: str, *, width: int) -> Report:
    lock = threading.Lock()

    def report(news: str) -> None:
        room = max(10, width - len(what) - 6)
        with lock:
            status.update(f"{escape(what)} [dim]{escape(news.strip()[:room])}[/dim]")

    return report
