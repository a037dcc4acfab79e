"""A container's process: its health check, its end, and its end with us."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from localaws.clock import ManualClock
from localaws.patience import Patience
from localaws.sagemaker import container_supervisor, port_block
from localaws.sagemaker.container import Container, ContainerFailed, ProcessSpawner
from localaws.sagemaker.images import StandIn

CONTRACT = Path(__file__).with_name("contract_container.py")
FAMILY = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(600)
"""


class Lines:
    """Takes a container's log lines instead of CloudWatch."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, line: str) -> None:
        self.lines.append(line)

    def follow(self, output: Any) -> None:
        self._output = output

    def first_line(self) -> str:
        return str(self._output.readline().decode().strip())

    def close(self) -> None:
        self._output.close()


@pytest.fixture
def spawner() -> Iterator[ProcessSpawner]:
    made = ProcessSpawner()
    yield made
    made.close()


def container(
    spawner: ProcessSpawner, folder: Path, command: tuple[str, ...], **environment: str
) -> tuple[Container, Lines]:
    logs: Any = Lines()
    made = Container(
        stand_in=StandIn(image="contract:1", command=command, working_folder=folder, note="a test container"),
        environment=environment,
        model_folder=folder / "model",
        home=folder / "home",
        region="us-east-1",
        is_multi_model=False,
        logs=logs,
        spawner=spawner,
    )
    return made, logs


def wait_healthy(started: Container, clock: ManualClock, seconds: int = 60) -> None:
    patience = Patience(clock, seconds=seconds, least_real_seconds=0)
    started.wait_until_healthy(patience=patience, is_aborted=lambda: False)


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def eventually_gone(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while not gone(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_a_healthy_container_answers_ping_and_ends_on_request(spawner: ProcessSpawner, tmp_path: Path) -> None:
    started, logs = container(spawner, tmp_path, (sys.executable, str(CONTRACT)))
    started.start()
    wait_healthy(started, ManualClock())
    assert started.is_running
    assert logs.lines == ["[sagemaker] a test container"]
    pid = started.pid
    assert pid is not None
    family = psutil.Process(pid).children()
    began = time.monotonic()
    started.stop()
    assert time.monotonic() - began < 5
    assert not started.is_running
    assert all(gone(member.pid) for member in family)


def test_a_container_that_is_stopped_again_takes_nothing_from_who_has_its_ports_by_then(
    spawner: ProcessSpawner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, _ = container(spawner, tmp_path, (sys.executable, str(CONTRACT)))
    started.start()
    started.stop()
    monkeypatch.setattr(random, "randrange", lambda *_: started.port)
    block = port_block.take()
    started.stop()
    with pytest.raises(port_block.NoFreePorts):
        port_block.take()
    port_block.give_back(block)


def test_the_health_check_ends_at_the_clocks_deadline(spawner: ProcessSpawner, tmp_path: Path) -> None:
    started, _ = container(spawner, tmp_path, (sys.executable, str(CONTRACT)), FAIL="ping")
    started.start()
    clock = ManualClock()
    patience = Patience(clock, seconds=1, least_real_seconds=0)
    clock.advance(1)
    with pytest.raises(ContainerFailed, match="/ping did not answer 200 in time") as error:
        started.wait_until_healthy(patience=patience, is_aborted=lambda: False)
    assert not error.value.cannot_start
    started.stop()


def test_a_fast_clock_leaves_a_container_its_real_time_to_load(spawner: ProcessSpawner, tmp_path: Path) -> None:
    started, _ = container(spawner, tmp_path, (sys.executable, str(CONTRACT)))
    clock = ManualClock()
    patience = Patience(clock, seconds=60, least_real_seconds=20)
    clock.advance(3600)
    started.start()
    started.wait_until_healthy(patience=patience, is_aborted=lambda: False)
    started.stop()


def test_a_process_that_ends_fails_the_health_check_at_once(spawner: ProcessSpawner, tmp_path: Path) -> None:
    started, _ = container(spawner, tmp_path, (sys.executable, "-c", "raise SystemExit(3)"))
    started.start()
    with pytest.raises(ContainerFailed, match="ended with status 3") as error:
        wait_healthy(started, ManualClock())
    assert not error.value.cannot_start
    started.stop()


def test_a_command_that_is_not_there_cannot_start(spawner: ProcessSpawner, tmp_path: Path) -> None:
    started, _ = container(spawner, tmp_path, ("/no/such/engine",))
    started.start()
    with pytest.raises(ContainerFailed) as error:
        wait_healthy(started, ManualClock())
    assert error.value.cannot_start
    started.stop()


def test_what_a_container_forked_ends_with_it(spawner: ProcessSpawner, tmp_path: Path) -> None:
    started, logs = container(spawner, tmp_path, (sys.executable, "-c", FAMILY))
    started.start()
    grandchild = int(logs.first_line())
    assert not gone(grandchild)
    started.stop()
    assert eventually_gone(grandchild)


def test_a_container_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    """Killed by SIGKILL, a parent can end nobody any more: the kernel has to."""
    supervisor = container_supervisor.__file__
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import os, subprocess, sys, time\n"
            f"subprocess.Popen([sys.executable, '-S', {supervisor!r}, '5', str(os.getpid()), sys.executable, '-c', "
            f"{FAMILY!r}], process_group=0)\n"
            "time.sleep(600)",
        ],
        stdout=subprocess.PIPE,
        cwd=tmp_path,
    )
    assert parent.stdout is not None
    with parent.stdout:
        grandchild = int(parent.stdout.readline())
        family = [member.pid for member in psutil.Process(parent.pid).children(recursive=True)]
        assert grandchild in family
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
        assert all(eventually_gone(pid) for pid in family)
