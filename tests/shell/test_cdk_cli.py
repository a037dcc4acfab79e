"""Which CDK CLI runs, and which one is refused."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from modelyard.cli.main import run
from modelyard.shell import cdk_cli
from modelyard.shell.cdk_cli import app_of_checkout
from modelyard.shell.checkout import ROOT
from modelyard.shell.failure import Failure


def a_cli(folder: Path, version: str) -> Path:
    """A program that says of itself what the CDK CLI of that version says."""
    program = folder / "cdk"
    program.write_text(f'#!/bin/sh\necho "{version} (build abcdef0)"\n')
    program.chmod(0o755)
    return program


def test_the_locked_cli_is_the_one_that_its_package_says() -> None:
    said = subprocess.run(
        [sys.executable, "-c", "from modelyard.cli.main import main; main()", "cdk", "--version"],
        capture_output=True,
        text=True,
    )
    assert said.returncode == 0
    assert said.stdout.split()[0] == cdk_cli.version()


def test_the_library_is_given_the_wheels_node() -> None:
    environment = cdk_cli.with_node({"PATH": "/usr/bin"})
    assert Path(environment["JSII_NODE"]).name == "node"
    assert environment["PATH"].split(":")[0] == str(Path(environment["JSII_NODE"]).parent)


@pytest.mark.parametrize("version", ["3.0.0", "1.204.0"])
def test_a_cli_of_another_major_version_is_refused(
    version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MODELYARD_CDK", str(a_cli(tmp_path, version)))
    assert run(["cdk", "deploy"]) == 1
    assert capfd.readouterr().err == (
        f"modelyard: the CDK CLI is {version}, and the CDK library of this project needs a 2.x: "
        "set it up anew with `make setup` (or unset MODELYARD_CDK)\n"
    )


def test_a_program_that_is_no_cdk_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELYARD_CDK", str(a_cli(tmp_path, "hello")))
    with pytest.raises(Failure, match="does not say a version but 'hello"):
        cdk_cli.version()


def test_a_cli_that_is_not_there_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELYARD_CDK", str(tmp_path / "none"))
    with pytest.raises(Failure, match="the CDK CLI does not run"):
        cdk_cli.version()


def test_in_a_folder_of_ones_own_the_app_is_the_checkouts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    option, app, *_ = app_of_checkout(["synth", "-c", "environment=prod"])
    assert option == "--app"
    assert shlex.split(app) == [sys.executable, str(ROOT / "app.py")]
    assert app_of_checkout(["--app=other", "ls"]) == app_of_checkout(["-a", "other", "ls"]) == []
    (tmp_path / "cdk.json").write_text('{"context": {"extension": "extension.py"}}')
    assert app_of_checkout(["synth"])[0] == "--app"
    (tmp_path / "cdk.json").write_text('{"app": "node company.js"}')
    assert app_of_checkout(["synth"]) == []
