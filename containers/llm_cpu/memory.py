"""How much memory the models of this container may still take."""

from __future__ import annotations

from pathlib import Path

_MIB = 1024 * 1024
_CGROUP = Path("/sys/fs/cgroup")


def free_bytes(*, limit_mib: int | None, used_by_models_bytes: int) -> int:
    """What is left of the configured limit, of the container's own limit and of the machine: the smallest counts."""
    bounds = [_machine_free_bytes()]
    if limit_mib is not None:
        bounds.append(limit_mib * _MIB - used_by_models_bytes)
    container = _container_free_bytes()
    if container is not None:
        bounds.append(container)
    return min(bounds)


def _machine_free_bytes() -> int:
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("/proc/meminfo has no MemAvailable line")


def _container_free_bytes() -> int | None:
    """Control groups, version 2; a machine without them, or a group without a limit, bounds nothing."""
    try:
        limit, current = (_CGROUP / "memory.max").read_text().strip(), (_CGROUP / "memory.current").read_text()
    except OSError:
        return None
    return None if limit == "max" else int(limit) - int(current)
