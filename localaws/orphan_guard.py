"""Ends what embedded AWS started when embedded AWS itself is gone, even by SIGKILL.

A process of its own that holds the reading end of a pipe. The pipe closes when embedded AWS ends, however it ends; the
guard then ends the processes that it last saw below it. The kernel's parent-death signal does not serve: it is sent
when the *thread* that started a process ends, and ours are started from worker threads.
"""

import os
import select
import subprocess
import sys
from collections.abc import Iterable

import psutil

_LOOK_EVERY_SECONDS = 0.5
_TERMINATE_SECONDS = 3.0


def start_guard() -> subprocess.Popen[bytes]:
    """Start the guard over this process; it lives until this process ends, and a moment longer."""
    # A session of its own: Ctrl-C in the terminal must reach embedded AWS, not the guard.
    return subprocess.Popen(
        [sys.executable, "-m", "localaws.orphan_guard", str(os.getpid())],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


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


def descendants(parent: psutil.Process, *, but: int) -> list[psutil.Process]:
    """Every process below `parent` except `but` and what is below that."""
    try:
        children = parent.children()
    except psutil.NoSuchProcess:
        return []
    found = []
    for child in children:
        if child.pid != but:
            found += [child, *descendants(child, but=but)]
    return found


def _watch(parent_pid: int) -> None:
    seen: list[psutil.Process] = []
    try:
        parent = psutil.Process(parent_pid)
        while not select.select([sys.stdin.buffer], [], [], _LOOK_EVERY_SECONDS)[0]:
            seen = descendants(parent, but=os.getpid())
    except psutil.NoSuchProcess:
        pass
    # psutil knows a process by its id and start time, so an id that was given to another one is left alone.
    end_processes(process for process in seen if process.is_running())


if __name__ == "__main__":
    _watch(int(sys.argv[1]))
