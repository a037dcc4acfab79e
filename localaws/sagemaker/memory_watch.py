"""Ends a serverless container that takes more memory than its MemorySizeInMB, as the kernel does on AWS.

Counted is what only swapping could free: anonymous and shared memory of the container's processes. Files that they map
(a model's weights) can be dropped at any time and do not kill a container on AWS either. A resource limit on the
address space would count those, so memory is observed instead; a container may exceed its limit for one interval.
"""

import threading
from collections.abc import Iterable
from pathlib import Path

import psutil

from localaws.sagemaker.container import Container

_INTERVAL_SECONDS = 0.5
_COUNTED_FIELDS = ("RssAnon:", "RssShmem:")


class MemoryWatch:
    """Watches containers until `close`."""

    def __init__(self, containers: Iterable[Container], *, limit_mb: int) -> None:
        self._containers = list(containers)
        self._limit_mb = limit_mb
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory-watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop watching."""
        self._closed.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._closed.wait(_INTERVAL_SECONDS):
            for container in self._containers:
                if container.is_running and container.pid is not None:
                    used = used_mb(container.pid)
                    if used > self._limit_mb:
                        container.kill(
                            f"the container used {used:.0f} MB of memory, MemorySizeInMB is {self._limit_mb}: killed"
                        )


def used_mb(pid: int) -> float:
    """Memory of a process and its descendants that cannot be dropped, in MB (2**20 bytes)."""
    try:
        root = psutil.Process(pid)
        processes = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0.0
    return sum(_counted_kilobytes(process.pid) for process in processes) / 1024


def _counted_kilobytes(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in status.splitlines() if line.startswith(_COUNTED_FIELDS))
