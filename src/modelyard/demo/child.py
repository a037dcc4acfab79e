"""A program that the demo starts: in a process group of its own, its output in a file, and surely gone afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import psutil

_LOOK_SECONDS = 0.1


class Child:
    """Starts at once. Ctrl-C at the terminal does not reach it: whoever started it decides when it ends.

    It writes to its log file itself, not through a pipe of ours, so that it can outlive us where it should. `started`
    has all of this process, even one whose starter was interrupted before it got to know it.
    """

    started: ClassVar[list[Child]] = []

    def __init__(self, arguments: Sequence[str], *, log: Path, cwd: Path, environment: Mapping[str, str]) -> None:
        self.log = log
        self._heard_bytes = 0
        with log.open("wb") as output, _interrupts_afterwards():
            self._process = subprocess.Popen(
                list(arguments),
                cwd=cwd,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self.started.append(self)

    @property
    def pid(self) -> int:
        """The process id, which is also the id of its group."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    def wait(self, *, on_line: Callable[[str], None] = lambda line: None) -> int:
        """Its exit code, when it has ended; each line it writes until then is handed on."""
        while (code := self.exit_code) is None:
            self._hear(on_line)
            time.sleep(_LOOK_SECONDS)
        self._hear(on_line)
        return code

    def tail(self, lines: int) -> tuple[str, ...]:
        """The last lines it wrote that are not blank."""
        text = self.log.read_text(encoding="utf-8", errors="replace")
        return tuple([line.rstrip() for line in text.splitlines() if line.strip()][-lines:])

    def stop(self, *, grace_seconds: float = 15) -> None:
        """End it and everything it started: a request first, force after the grace."""
        end_processes(self.pid, grace_seconds=grace_seconds)
        self._process.wait()

    def _hear(self, on_line: Callable[[str], None]) -> None:
        with self.log.open("rb") as log:
            log.seek(self._heard_bytes)
            for raw in log:
                if not raw.endswith(b"\n"):
                    break
                self._heard_bytes += len(raw)
                on_line(raw.decode("utf-8", errors="replace").rstrip())


@contextmanager
def _interrupts_afterwards() -> Iterator[None]:
    """Hold back Ctrl-C and its like: in the middle of a start they would leave a process that nobody knows of."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    caught: list[int] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    heard = {number: handler for number, handler in before.items() if callable(handler)}
    for number in heard:
        signal.signal(number, lambda caught_number, frame: caught.append(caught_number))
    try:
        yield
    finally:
        for number, handler in heard.items():
            signal.signal(number, handler)
        for caught_number in caught:
            signal.raise_signal(caught_number)


def end_processes(pid: int, *, grace_seconds: float) -> None:
    """End a process and all that descends from it, wherever in the process tree that has moved to.

    Only the first is asked: it knows in which order its own processes end. What is left after the grace is killed.
    """
    try:
        first = psutil.Process(pid)
        family = [first, *first.children(recursive=True)]
        first.send_signal(signal.SIGTERM)
    except psutil.NoSuchProcess:
        family = []
    _, alive = psutil.wait_procs(family, timeout=grace_seconds)
    for process in alive:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(alive, timeout=5)
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
