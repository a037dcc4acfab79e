"""Embedded AWS ends as a whole, however it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

STOPS = {"SIGTERM": signal.SIGTERM, "SIGINT": signal.SIGINT, "SIGKILL": signal.SIGKILL}
# Starts embedded AWS as its child, says the child's process id, and waits to be killed.
PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-m", "localaws", *sys.argv[1:]], stdout=subprocess.DEVNULL)
print(child.pid, flush=True)
time.sleep(600)
"""


def eventually(condition: Callable[[], bool], *, seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


def gone(processes: list[psutil.Process]) -> bool:
    return not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes)


def run_a_lambda(embedded_aws: Any) -> None:
    """Let MiniStack start a process of its own, which is there as long as its function is warm."""
    embedded_aws.create_function("warm", "def handler(event, context):\n    return 42\n")
    answer = embedded_aws.client("lambda").invoke(FunctionName="warm")
    assert json.load(answer["Payload"]) == 42


def serve_an_endpoint(embedded_aws: Any) -> None:
    """Let SageMaker start a container's process."""
    embedded_aws.create_endpoint("serves", role=embedded_aws.create_execution_role("serves"))
    embedded_aws.wait_for("endpoint_in_service", endpoint="serves")


@pytest.mark.parametrize("name", STOPS)
def test_a_signal_ends_it_and_everything_it_started(start_embedded_aws: Any, name: str) -> None:
    running = start_embedded_aws()
    run_a_lambda(running)
    serve_an_endpoint(running)
    process = psutil.Process(running.process.pid)
    commands = [" ".join(one.cmdline()) for one in process.children(recursive=True)]
    assert any("tiny_container" in command for command in commands)
    assert len(commands) >= 3, "the guard, the function's process and the container"
    time.sleep(1)  # the guard looks twice a second
    family = [process, *process.children(recursive=True)]
    running.process.send_signal(STOPS[name])
    exit_code = running.process.wait(timeout=20)
    assert eventually(lambda: gone(family)), [one.cmdline() for one in family if one.is_running()]
    assert exit_code == (-signal.SIGKILL if name == "SIGKILL" else 0)


@pytest.mark.parametrize("outlives", [False, True])
def test_it_ends_with_the_process_that_started_it_unless_told_otherwise(tmp_path: Path, outlives: bool) -> None:
    ready = tmp_path / "ready"
    arguments = ["--port", "0", "--state-dir", str(tmp_path / "state"), "--ready-file", str(ready)]
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, *arguments, *(["--outlive-parent"] if outlives else [])],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    try:
        assert eventually(ready.exists, seconds=30)
        parent.kill()
        parent.wait()
        if outlives:
            time.sleep(2)
            assert not gone([child])
        else:
            assert eventually(lambda: gone([child]))
    finally:
        parent.kill()
        parent.communicate()
        if child.is_running():
            child.terminate()
        assert eventually(lambda: gone([child]))


def test_it_says_when_it_is_ready_and_writes_where(start_embedded_aws: Any) -> None:
    running = start_embedded_aws("--account", "123456789012", "--region", "eu-west-1")
    state_dir = running.state_dir
    facts = json.loads((state_dir.parent / f"{state_dir.name}.ready").read_text())
    assert facts == {
        "endpoint_url": running.endpoint_url,
        "account": "123456789012",
        "region": "eu-west-1",
        "pid": running.process.pid,
        "access_key_id": running.keys["AccessKeyId"],
        "secret_access_key": running.keys["SecretAccessKey"],
    }
    said = (state_dir.parent / f"{state_dir.name}.log").read_text()
    assert said == (
        f"embedded AWS is ready at {running.endpoint_url} (account 123456789012, eu-west-1)\n"
        f"its keys, for a shell: . {state_dir}/exports\n"
    )
    assert running.client("sts").get_caller_identity()["Account"] == "123456789012"


def test_its_keys_are_its_users_alone_and_new_at_every_start(start_embedded_aws: Any, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    first, second = start_embedded_aws(), start_embedded_aws()
    assert first.keys != second.keys
    run_a_lambda(first)
    serve_an_endpoint(first)
    assert first.state_dir.stat().st_mode & 0o777 == 0o700
    written = [path for path in first.state_dir.rglob("*") if not path.is_symlink()]
    assert {path.name for path in written} >= {"exports", "tmp", "home"}
    assert [path for path in (*written, Path(f"{first.state_dir}.ready")) if path.stat().st_mode & 0o077] == []
    commands = [" ".join(one.cmdline()) for one in psutil.Process(first.process.pid).children(recursive=True)]
    assert not any(first.keys["SecretAccessKey"] in command for command in commands)


def test_the_exports_are_all_that_a_shell_needs(start_embedded_aws: Any) -> None:
    running = start_embedded_aws()
    ask = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"
    said = subprocess.run(
        ["sh", "-c", f'. {running.state_dir}/exports && {sys.executable} -c "{ask}"'],
        env={"PATH": os.environ["PATH"], "AWS_SESSION_TOKEN": "mine", "AWS_PROFILE": "mine"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert said.stdout == "arn:aws:iam::000000000000:root\n", said.stderr


def test_it_listens_on_the_loopback_address_only(start_embedded_aws: Any) -> None:
    running = start_embedded_aws()
    listening = [
        one.laddr.ip for one in psutil.Process(running.process.pid).net_connections() if one.status == "LISTEN"
    ]
    assert listening == ["127.0.0.1"]


def test_a_proxy_that_the_user_has_is_not_asked_for_what_is_here(
    start_embedded_aws: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as user:
        user.setenv("http_proxy", "http://127.0.0.1:9")
        user.delenv("no_proxy", raising=False)
        user.delenv("NO_PROXY", raising=False)
        running = start_embedded_aws()
    # Reading the role's permissions, SageMaker calls embedded AWS itself.
    serve_an_endpoint(running)


def test_everything_it_writes_is_in_the_state_dir(start_embedded_aws: Any, tmp_path: Path) -> None:
    before = set(os.listdir("/tmp"))
    running = start_embedded_aws()
    run_a_lambda(running)
    new = {name for name in os.listdir("/tmp") if "ministack" in name} - before
    assert new == set()
