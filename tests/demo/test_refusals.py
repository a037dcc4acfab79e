"""What keeps the demo from starting is a sentence, and nothing is left running."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from modelyard.cli.main import run
from modelyard.demo.workspace import Workspace
from modelyard.shell.checkout import ROOT, require_checkout
from modelyard.shell.failure import Failure


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that looks like a checkout, so that a demo of the machine's owner is not disturbed."""
    (tmp_path / "cdk.json").write_text("{}")
    (tmp_path / ".venv-engine").symlink_to(ROOT / ".venv-engine")
    monkeypatch.setattr("modelyard.shell.checkout.ROOT", tmp_path)
    monkeypatch.chdir(ROOT)
    return tmp_path


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.mark.parametrize("verb", ["demo", "demo-signals"])
def test_a_taken_port_is_refused(checkout: Path, taken_port: int, verb: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run([verb, "--port", str(taken_port)]) == 1
    assert capfd.readouterr().err == (
        f"modelyard: port {taken_port} of 127.0.0.1 cannot be used (address already in use): stop what listens there, "
        "or choose another with --port\n"
    )


def test_a_catalog_that_aws_would_refuse_is_refused_before_anything_starts(
    checkout: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    catalog = tmp_path / "broken"
    shutil.copytree(ROOT / "tests" / "catalogs" / "four-kinds", catalog)
    entry = catalog / "endpoints" / "answers.yaml"
    entry.write_text(entry.read_text().replace("memory_mb: 3072", "memory_mb: 3000"))
    assert run(["demo", "--catalog", str(catalog)]) == 1
    said = capfd.readouterr().err.splitlines()
    assert said[0] == f"modelyard: the catalog in {catalog}/ has one problem, nothing was done:"
    assert re.fullmatch(rf"{catalog}/endpoints/answers.yaml:\d+:14 MY\d+ memory_mb is 3000, .*", said[1])
    assert not (checkout / ".cache").exists()


def test_a_full_disk_is_refused(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage(10**12, 10**12 - 10**9, 10**9))
    assert run(["demo", "--port", "45871"]) == 1
    assert "only 1.0 GB are free on the disk of" in capfd.readouterr().err


def test_a_checkout_without_the_engines_environment_is_refused(
    checkout: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (checkout / ".venv-engine").unlink()
    assert run(["demo"]) == 1
    assert capfd.readouterr().err == (
        f"modelyard: the engine's environment {checkout}/.venv-engine is missing: run `make setup` (or `make demo`)\n"
    )


def test_another_cdk_cli_is_refused(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    program = checkout / "cdk"
    program.write_text('#!/bin/sh\necho "3.0.0 (build 1234567)"\n')
    program.chmod(0o755)
    monkeypatch.setenv("MODELYARD_CDK", str(program))
    assert run(["demo"]) == 1
    assert "the CDK CLI is 3.0.0, and the CDK library of this project needs a 2.x" in capfd.readouterr().err


def test_a_second_demo_beside_a_kept_one_is_refused(checkout: Path, capfd: pytest.CaptureFixture[str]) -> None:
    kept = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    try:
        workspace = Workspace(checkout)
        workspace.prepare()
        workspace.note(pid=kept.pid, port=4566, account="000000000000", region="us-east-1")
        assert run(["demo"]) == 1
        assert "the embedded AWS of an earlier demo still runs on port 4566" in capfd.readouterr().err
        assert run(["demo", "--stop"]) == 0
        assert not psutil.pid_exists(kept.pid) or psutil.Process(kept.pid).status() == psutil.STATUS_ZOMBIE
        assert run(["demo", "--stop"]) == 1
        assert "there is nothing to stop" in capfd.readouterr().err
    finally:
        kept.kill()
        kept.wait()


def test_two_demos_in_one_folder_at_the_same_time_are_refused(
    checkout: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    first = Workspace(checkout)
    first.claim()
    assert run(["demo"]) == 1
    assert f"another demo is running in {checkout}/.cache/demo" in capfd.readouterr().err
    first.release()


def test_a_folder_that_cannot_be_written_is_refused(checkout: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (checkout / "file").write_text("")
    assert run(["demo", "--folder", str(checkout / "file" / "demo")]) == 1
    assert "cannot write to" in capfd.readouterr().err


def test_a_note_about_a_process_that_has_ended_is_forgotten(checkout: Path) -> None:
    workspace = Workspace(checkout)
    workspace.prepare()
    workspace.note(pid=os.getpid(), port=4566, account="000000000000", region="us-east-1")
    assert workspace.running() is not None
    note = workspace.folder / "running.json"
    note.write_text(json.dumps(json.loads(note.read_text()) | {"started": 1.0}))
    assert workspace.running() is None
    assert not note.exists()


def test_nothing_of_the_users_own_aws_reaches_the_demo(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3", "AWS_ROLE_ARN", "CDK_DEPLOY_ACCOUNT"):
        monkeypatch.setenv(name, "mine")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.com:3128")
    environment = Workspace(checkout).environment(port=4566, account="000000000000", region="eu-west-1")
    assert "mine" not in environment.values()
    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4566"
    assert environment["AWS_CONFIG_FILE"] == environment["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    assert environment["CDK_HOME"].startswith(str(checkout))
    assert environment["NO_PROXY"].startswith("127.0.0.1,localhost")


def test_a_folder_that_is_no_checkout_is_refused(checkout: Path) -> None:
    (checkout / "cdk.json").unlink()
    with pytest.raises(Failure, match="needs the project's checkout"):
        require_checkout("the demo")
