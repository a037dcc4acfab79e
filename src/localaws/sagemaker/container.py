"""A container's process: started, watched by its /ping, stopped."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from localaws.patience import Patience
from localaws.sagemaker import port_block
from localaws.sagemaker.container_logs import ContainerLogs
from localaws.sagemaker.container_supervisor import CANNOT_START
from localaws.sagemaker.images import StandIn
from localaws.sagemaker.ping import ANSWER_SECONDS

_SUPERVISOR = Path(__file__).with_name("container_supervisor.py")
# https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html: SIGTERM, then SIGKILL after 30 s.
STOP_GRACE_SECONDS = 30.0
_PING_EVERY_SECONDS = 0.1


class ContainerFailed(Exception):
    """The container did not come up; `cannot_start` when its command could not even be run."""

    def __init__(self, reason: str, *, cannot_start: bool = False) -> None:
        super().__init__(reason)
        self.cannot_start = cannot_start


class ProcessSpawner:
    """Starts every container from one thread that lives as long as the service.

    The parent-death signal is sent when the *thread* that forked ends, so a deployment's short-lived thread must not
    be the one that starts a container.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="container-spawner")

    def start(self, command: list[str], *, environment: Mapping[str, str], folder: Path) -> subprocess.Popen[bytes]:
        return self._thread.submit(_start_process, command, environment, folder).result()

    def close(self) -> None:
        """To be called when every container is stopped; a running one would be ended."""
        self._thread.shutdown(wait=True)


def _start_process(command: list[str], environment: Mapping[str, str], folder: Path) -> subprocess.Popen[bytes]:
    supervised = [sys.executable, "-S", str(_SUPERVISOR), str(STOP_GRACE_SECONDS), str(os.getpid()), *command]
    return subprocess.Popen(
        supervised,
        env=dict(environment),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        process_group=0,
    )


class Container:
    """One running stand-in for an image, with the Model's environment variables, on a loopback port."""

    def __init__(
        self,
        *,
        stand_in: StandIn,
        environment: Mapping[str, str],
        model_folder: Path,
        home: Path,
        region: str,
        is_multi_model: bool,
        logs: ContainerLogs,
        spawner: ProcessSpawner,
    ) -> None:
        self.stand_in = stand_in
        self.logs = logs
        self.model_folder = model_folder
        self._ports = port_block.take()
        self.base_url = f"http://127.0.0.1:{self._ports.port}"
        home.mkdir(parents=True, exist_ok=True)
        self._environment = {
            # A container sees the Model's variables, not those of embedded AWS (credentials above all).
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "HOME": str(home),
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            **environment,
            "SAGEMAKER_BIND_TO_PORT": str(self._ports.port),
            "SAGEMAKER_SAFE_PORT_RANGE": self._ports.safe_range,
            "MODELYARD_BIND_HOST": "127.0.0.1",
            "MODELYARD_MODEL_DIR": str(model_folder),
            **({"SAGEMAKER_MULTI_MODEL": "true"} if is_multi_model else {}),
        }
        self._spawner = spawner
        self._process: subprocess.Popen[bytes] | None = None
        self._stop_lock = threading.Lock()
        self._is_over = False

    @property
    def port(self) -> int:
        """The loopback port it serves on."""
        return self._ports.port

    @property
    def pid(self) -> int | None:
        """Process id of the supervisor, which is also the id of the container's process group."""
        return None if self._process is None else self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the process; its output goes to the logs from now on."""
        self.logs.note(f"[sagemaker] {self.stand_in.note}")
        self._process = self._spawner.start(
            list(self.stand_in.command), environment=self._environment, folder=self.stand_in.working_folder
        )
        assert self._process.stdout is not None
        self.logs.follow(self._process.stdout)

    def wait_until_healthy(self, *, patience: Patience, is_aborted: Callable[[], bool]) -> None:
        """Return when /ping answered 200; raises ContainerFailed when the process ends or the patience is over."""
        pause = threading.Event()
        with httpx.Client(base_url=self.base_url, timeout=ANSWER_SECONDS, trust_env=False) as client:
            while True:
                if self._process is None or self._process.poll() is not None:
                    status = None if self._process is None else self._process.returncode
                    raise ContainerFailed(
                        f"the process ended with status {status}", cannot_start=status == CANNOT_START
                    )
                with contextlib.suppress(httpx.TransportError):
                    # Who answers on its port is the container only while that runs.
                    if client.get("/ping").status_code == 200 and self._process.poll() is None:
                        return
                if is_aborted():
                    raise ContainerFailed("the endpoint is being deleted")
                if patience.is_over:
                    raise ContainerFailed("/ping did not answer 200 in time")
                # Real time on purpose: the process loads in real time, whatever the clock's pace.
                pause.wait(_PING_EVERY_SECONDS)

    def stop(self) -> None:
        """SIGTERM, after the grace period SIGKILL; returns when nothing of the container is left."""
        with self._stop_lock:
            if self._is_over:
                # Its ports and its process id may be another's by now.
                return
            self._is_over = True
            process = self._process
            if process is not None:
                if process.poll() is None:
                    process.terminate()
                    try:
                        process.wait(STOP_GRACE_SECONDS + 5)
                    except subprocess.TimeoutExpired:
                        process.kill()
                        process.wait()
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)
            port_block.give_back(self._ports)
            self.logs.close()

    def kill(self, reason: str) -> None:
        """End the container at once, as the kernel does when it takes more memory than it has."""
        self.logs.note(f"[sagemaker] {reason}")
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
