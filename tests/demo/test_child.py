"""Programs that the demo starts are gone when it says so."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from modelyard.demo.child import Child

# Starts a grandchild that ignores SIGTERM in a session of its own, says its process id, then waits.
_STUBBORN = """
import subprocess, sys, time
grandchild = subprocess.Popen(
    [sys.executable, "-c", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"],
    start_new_session=True,
)
print(grandchild.pid, flush=True)
time.sleep(60)
"""


def start(program: str, folder: Path) -> Child:
    return Child([sys.executable, "-c", program], log=folder / "log", cwd=folder, environment=dict(os.environ))


def test_stopping_ends_what_the_program_started_too(tmp_path: Path) -> None:
    child = start(_STUBBORN, tmp_path)
    while not child.tail(1):
        time.sleep(0.02)
    grandchild = int(child.tail(1)[0])
    assert psutil.pid_exists(grandchild)
    child.stop(grace_seconds=0.5)
    assert not psutil.pid_exists(child.pid)
    assert not psutil.pid_exists(grandchild) or psutil.Process(grandchild).status() == psutil.STATUS_ZOMBIE


def test_each_line_is_heard_once_and_the_exit_code_comes_back(tmp_path: Path) -> None:
    child = start(
        "import time\nfor n in range(3): print(n, flush=True); time.sleep(0.15)\nraise SystemExit(7)", tmp_path
    )
    heard: list[str] = []
    assert child.wait(on_line=heard.append) == 7
    assert heard == ["0", "1", "2"]


def test_the_tail_leaves_blank_lines_out(tmp_path: Path) -> None:
    child = start("print('one\\n\\ntwo\\n\\n\\nthree\\n')", tmp_path)
    child.wait()
    assert child.tail(2) == ("two", "three")


def test_one_that_is_interrupted_while_it_starts_is_known_nevertheless(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = subprocess.Popen

    def interrupted(*arguments: Any, **options: Any) -> Any:
        process = start(*arguments, **options)
        os.kill(os.getpid(), signal.SIGINT)
        return process

    monkeypatch.setattr(subprocess, "Popen", interrupted)
    monkeypatch.setattr(Child, "started", [])
    with pytest.raises(KeyboardInterrupt):
        Child([sys.executable, "-c", "import time; time.sleep(60)"], log=tmp_path / "log", cwd=tmp_path, environment={})
    [child] = Child.started
    child.stop(grace_seconds=1)
    assert child.exit_code is not None
