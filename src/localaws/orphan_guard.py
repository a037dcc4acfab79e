"""Ends what embedded AWS started when embedded AWS itself is gone, even by SIGKILL.

A process of its own that is told of every process that embedded AWS starts, through a pipe, and sleeps in between: an
idle account costs it nothing, however many endpoints it has. The pipe closes when embedded AWS ends, however it ends;
the guard then ends those processes and everything below them. The kernel's parent-death signal does not serve: it is
sent when the *thread* that started a process ends, and ours are started from worker threads.
"""

import os
import subprocess
import sys
from collections.abc import Iterable
from typing import Any, BinaryIO

import psutil

_TERMINATE_SECONDS = 3.0
# A known process that is gone is forgotten when so many have been told of since the last look.
_FORGET_EVERY = 100


class Guard:
    """The running guard over this process; it lives until this process ends, and a moment longer."""

    def __init__(self) -> None:
        # A session of its own: Ctrl-C in the terminal must reach embedded AWS, not the guard.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "localaws.orphan_guard"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._report_each_process()

    @property
    def pid(self) -> int:
        return self._process.pid

    def report(self, pid: int) -> None:
        """Have a process ended when this one is gone."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            try:
                # One write of a few bytes: whole, whichever threads start processes at the same time.
                os.write(self._process.stdin.fileno(), b"%d\n" % pid)
            except OSError:
                return  # somebody ended the guard; embedded AWS serves on without it

    def close(self) -> None:
        """Embedded AWS is about to end and has ended its processes itself."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()

    def _report_each_process(self) -> None:
        """Every way to start a process that MiniStack or we use, asyncio's too, ends in this one method."""
        start = subprocess.Popen._execute_child  # type: ignore[attr-defined]
        report = self.report

        def start_and_report(process: subprocess.Popen[Any], *arguments: Any) -> None:
            start(process, *arguments)
            report(process.pid)

        subprocess.Popen._execute_child = start_and_report  # type: ignore[attr-defined]


def end_processes(processes: Iterable[psutil.Process]) -> None:
    """Ask the processes to end, and end those that do not within three seconds."""
    alive = []
    for process in processes:
        try:
            process.terminate()
            alive.append(process)
        except psutil.NoSuchProcess:
            continue
    _, stubborn = psutil.wait_procs(alive, timeout=_TERMINATE_SECONDS)
    for process in stubborn:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(stubborn, timeout=_TERMINATE_SECONDS)


def descendants(parent: psutil.Process, *, but: int | None = None) -> list[psutil.Process]:
    """Every process below `parent` except `but` and what is below that."""
    try:
        below = parent.children(recursive=True)  # one look at the process table, however many there are
    except psutil.NoSuchProcess:
        return []
    spared = {but}
    found = []
    for process in below:  # parents come before their children
        try:
            is_spared = process.pid == but or process.ppid() in spared
        except psutil.NoSuchProcess:
            continue
        if is_spared:
            spared.add(process.pid)
        else:
            found.append(process)
    return found


def _watch(told: BinaryIO) -> None:
    known: dict[int, psutil.Process] = {}
    news = 0
    for line in told:  # until the writing end is gone
        try:
            process = psutil.Process(int(line))
        except psutil.NoSuchProcess:
            continue
        known[process.pid] = process
        news += 1
        if news >= _FORGET_EVERY:
            news = 0
            known = {pid: one for pid, one in known.items() if one.is_running()}
    # psutil knows a process by its id and start time, so an id that was given to another one is left alone.
    orphans = {process.pid: process for process in known.values() if process.is_running()}
    for process in list(orphans.values()):
        orphans.update((one.pid, one) for one in descendants(process))
    end_processes(orphans.values())


if __name__ == "__main__":
    _watch(sys.stdin.buffer)
