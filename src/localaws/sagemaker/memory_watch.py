"""Ends a serverless container that takes more memory than its MemorySizeInMB, as the kernel does on AWS.

Counted is what only swapping could free: anonymous and shared memory of the container's processes. Files that they map
(a model's weights) can be dropped at any time and do not kill a container on AWS either. A resource limit on the
address space would count those, so memory is observed instead; a container may exceed its limit for one interval: half
a second while it answers requests, up to eight seconds while nobody asks it anything.
"""

import threading
from collections.abc import Callable, Iterable
from pathlib import Path

import psutil

from localaws.sagemaker.container import Container

_INTERVAL_SECONDS = 0.5
# Between two looks at a container that nobody asks anything and whose memory does not change.
_LONGEST_INTERVAL_SECONDS = 8.0
_STILL_MB = 1.0
_COUNTED_FIELDS = ("RssAnon:", "RssShmem:")


class MemoryWatch:
    """Watches containers until `close`: closely while `is_busy`, ever less while nothing changes."""

    def __init__(self, containers: Iterable[Container], *, limit_mb: int, is_busy: Callable[[], bool]) -> None:
        self._containers = list(containers)
        self._limit_mb = limit_mb
        self._is_busy = is_busy
        self._closed = False
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory-watch", daemon=True)
        self._thread.start()

    def look_soon(self) -> None:
        """Look closely from now on: a request has come."""
        self._wake.set()

    def close(self) -> None:
        """Stop watching."""
        self._closed = True
        self._wake.set()
        self._thread.join()

    def _watch(self) -> None:
        interval, before = _INTERVAL_SECONDS, 0.0
        while not self._closed:
            if self._wake.wait(interval):
                self._wake.clear()
                interval = _INTERVAL_SECONDS
                continue
            used = sum(self._look(container) for container in self._containers)
            is_still = abs(used - before) < _STILL_MB and not self._is_busy()
            interval = min(2 * interval, _LONGEST_INTERVAL_SECONDS) if is_still else _INTERVAL_SECONDS
            before = used

    def _look(self, container: Container) -> float:
        if not container.is_running or container.pid is None:
            return 0.0
        used = used_mb(container.pid)
        if used > self._limit_mb:
            container.kill(f"the container used {used:.0f} MB of memory, MemorySizeInMB is {self._limit_mb}: killed")
        return used


def used_mb(pid: int) -> float:
    """Memory of a process and its descendants that cannot be dropped, in MB (2**20 bytes)."""
    return sum(map(_counted_kilobytes, [pid, *_descendants(pid)])) / 1024


def _descendants(pid: int) -> list[int]:
    """Process ids, asked of the kernel for this family only: psutil reads the table of all processes."""
    tasks = Path(f"/proc/{pid}/task")
    if not (tasks / str(pid) / "children").exists():  # a kernel without it, or the process is gone
        try:
            return [process.pid for process in psutil.Process(pid).children(recursive=True)]
        except psutil.NoSuchProcess:
            return []
    children: list[int] = []
    for listed in tasks.glob("*/children"):
        try:
            children += map(int, listed.read_text(encoding="ascii").split())
        except OSError:
            continue  # a thread that ended
    return children + [one for child in children for one in _descendants(child)]


def _counted_kilobytes(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in status.splitlines() if line.startswith(_COUNTED_FIELDS))
