"""What tests of whole demos need: a port of their own, and a look at what a demo left behind."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """A port of 127.0.0.1 that nobody listens on."""

    def find() -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return int(probe.getsockname()[1])

    return find


@pytest.fixture(scope="session")
def processes_of() -> Callable[[Path], list[str]]:
    """Every process of this machine that a demo with a folder started, however far away in the process tree."""

    def find(folder: Path) -> list[str]:
        found = []
        for process in psutil.process_iter():
            try:
                words = " ".join(process.cmdline())
                variables = process.environ()
                traces = [words, variables.get("CDK_HOME", ""), variables.get("MODELYARD_MODEL_DIR", "")]
                if process.status() != psutil.STATUS_ZOMBIE and any(str(folder) in trace for trace in traces):
                    found.append(f"{process.pid} {words}")
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        return found

    return find
