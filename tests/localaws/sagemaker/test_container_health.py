"""What is in service stays healthy: /ping is asked for life, and what fails it is replaced."""

import json
import os
import resource
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psutil
import pytest
from botocore.exceptions import ClientError

from localaws.sagemaker.ping import Health, ping_all


def container_pid(workbench: Any, endpoint: str) -> int:
    """Of the process that serves, below its supervisor."""
    folder = Path(workbench.aws.state_dir) / "sagemaker" / "endpoints"
    state = json.loads((folder / f"000000000000-us-east-1-{endpoint}.json").read_text())
    return int(state["variants"][0]["containers"][0]["pid"])


def answers(workbench: Any, endpoint: str) -> Any:
    try:
        return workbench.answer(endpoint, {})["environment"]["SAGEMAKER_BIND_TO_PORT"]
    except ClientError as error:
        assert error.response["Error"]["Code"] == "ModelError"
        return None


@pytest.mark.parametrize("status", [503, 404])
def test_a_container_that_fails_its_ping_is_replaced(workbench: Any, wait_until: Any, status: int) -> None:
    endpoint = workbench.served()
    first = answers(workbench, endpoint)
    # The server error makes SageMaker ask at once.
    with pytest.raises(ClientError, match="Received server error"):
        workbench.invoke(endpoint, {"health": {"status": status}, "status": 500})
    assert wait_until(lambda: answers(workbench, endpoint), lambda port: port not in (None, first))
    assert workbench.sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointStatus"] == "InService"


def test_a_container_that_is_killed_is_replaced_and_leaves_no_zombie(workbench: Any, wait_until: Any) -> None:
    endpoint = workbench.served()
    first = answers(workbench, endpoint)
    server = psutil.Process(container_pid(workbench, endpoint)).children()[0]
    server.kill()
    assert wait_until(lambda: answers(workbench, endpoint), lambda port: port not in (None, first))
    wait_until(server.is_running, lambda running: not running)


def test_a_model_that_its_container_lost_is_loaded_again(workbench: Any) -> None:
    workbench.put_archive("models/a.tar.gz", {"name": "a"})
    prefix = f"s3://{workbench.bucket}/models/"
    endpoint = workbench.served(Mode="MultiModel", ModelDataUrl=prefix)
    workbench.answer(endpoint, {"lose": True}, TargetModel="a.tar.gz")
    assert workbench.answer(endpoint, {}, TargetModel="a.tar.gz")["model"] == {"name": "a"}


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.release.wait(30)  # type: ignore[attr-defined]
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def servers() -> Iterator[dict[str, int]]:
    """Ports of servers that answer 200, answer 500, do not answer, and of nobody."""
    ports, started, release = {}, [], threading.Event()
    for name, status in (("good", 200), ("bad", 500), ("late", 200)):
        server: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
        server.status, server.daemon_threads = status, True
        server.release = release if name == "late" else threading.Event()
        if name != "late":
            server.release.set()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        started.append(server)
        ports[name] = server.server_address[1]
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        ports["nobody"] = closed.getsockname()[1]
    yield ports
    release.set()
    for server in started:
        server.shutdown()
        server.server_close()


def test_many_are_asked_at_once_and_a_late_one_holds_nobody_up(servers: dict[str, int]) -> None:
    health = ping_all(servers.values())
    assert {name: health[port] for name, port in servers.items()} == {
        "good": Health.HEALTHY,
        "bad": Health.UNHEALTHY,
        "late": Health.LATE,
        "nobody": Health.UNHEALTHY,
    }
    assert ping_all([]) == {}


def test_an_endpoint_outlives_a_disk_that_is_full_for_a_moment(
    start_embedded_aws: Any, make_workbench: Any, wait_until: Any
) -> None:
    """The kernel refuses every write of embedded AWS to a file, as it does on a full disk, and then no longer."""
    workbench = make_workbench(start_embedded_aws())
    endpoint = workbench.served()
    pid = workbench.aws.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, before[1]))
    for _ in range(3):
        workbench.answer(endpoint, {})  # prints a line, which the file cannot take
    resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
    port = answers(workbench, endpoint)
    assert port is not None
    logs = Path(workbench.aws.state_dir).glob(f"sagemaker/containers/{endpoint}-*/container_1/container.log")
    (log,) = logs
    wait_until(log.read_text, lambda text: "lines are missing here" in text)
    assert os.path.getsize(log) > 0
