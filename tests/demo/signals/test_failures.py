"""Where the demo of signals cannot go on, a sentence says why, the exit code is 1, and nothing is left running."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from modelyard.cli.main import run
from modelyard.demo.signals.alarm import AlarmWatch
from modelyard.shell.checkout import ROOT
from modelyard.shell.failure import Failure

_MODELYARD = [sys.executable, "-c", "from modelyard.cli.main import main; main()"]
EXAMPLE = ROOT / "docs" / "examples" / "signals"


@pytest.fixture
def changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str, str], Path]:
    """A copy of the example with one text of one of its files replaced."""
    monkeypatch.chdir(ROOT)

    def change(file: str, old: str, new: str) -> Path:
        catalog = tmp_path / "catalog"
        shutil.copytree(EXAMPLE, catalog)
        for model in (catalog / "models").glob("*.yaml"):
            model.write_text(model.read_text().replace("../../../", f"{ROOT}/"))
        text = (catalog / file).read_text()
        assert old in text
        (catalog / file).write_text(text.replace(old, new))
        return catalog

    return change


def test_an_environment_without_signals_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    catalog = "tests/catalogs/four-kinds"
    assert run(["demo-signals", "--catalog", catalog, "--folder", str(tmp_path / "demo")]) == 1
    assert capfd.readouterr().err == (
        f"modelyard: environment local of {catalog} has no signals: add `signals: {{stream: on-demand}}` to its file, "
        "or leave --catalog out\n"
    )
    assert not (tmp_path / "demo").exists()


def test_a_catalog_that_has_nothing_to_ask_is_refused(
    tmp_path: Path, changed: Callable[[str, str, str], Path], capfd: pytest.CaptureFixture[str]
) -> None:
    catalog = changed("models/smollm2-135m-instruct.yaml", "task: chat", "task: embedding")
    assert run(["demo-signals", "--catalog", str(catalog), "--folder", str(tmp_path / "demo")]) == 1
    assert "has no real-time endpoint with a chat model, which the demo asks" in capfd.readouterr().err


def test_a_cdk_cli_that_fails_ends_the_demo_and_all_its_processes(
    tmp_path: Path, free_port: Callable[[], int], processes_of: Callable[[Path], list[str]]
) -> None:
    program = tmp_path / "cdk"
    program.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo "2.1146.1 (build 1)" && exit 0\necho "no space left"\nexit 9\n'
    )
    program.chmod(0o755)
    folder = tmp_path / "demo"
    said = subprocess.run(
        [*_MODELYARD, "demo-signals", "--folder", str(folder), "--port", str(free_port())],
        cwd=ROOT,
        env={**os.environ, "MODELYARD_CDK": str(program)},
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert said.returncode == 1
    assert said.stderr.splitlines()[-2:] == [
        f"modelyard: cdk synth failed (exit code 9); the whole output is in {folder}/logs/cdk-synth.log",
        "no space left",
    ]
    assert said.stdout == ""
    assert processes_of(folder) == []


class QuietCloudWatch:
    """An alarm that never leaves its state, and the stack that names it."""

    def describe_stack_resource(self, **request: Any) -> dict[str, Any]:
        return {"StackResourceDetail": {"PhysicalResourceId": request["LogicalResourceId"]}}

    def describe_alarms(self, **request: Any) -> dict[str, Any]:
        (name,) = request["AlarmNames"]
        alarm = {
            "StateValue": "OK",
            "StateReason": "Threshold Crossed: 3 datapoints were unknown and treated as [notBreaching].",
            "StateUpdatedTimestamp": datetime(2026, 11, 21, tzinfo=UTC),
        }
        composite = name == "AnyAlarm"
        return {"MetricAlarms": [] if composite else [alarm], "CompositeAlarms": [alarm] if composite else []}


def test_an_alarm_that_never_fires_is_a_failure_that_says_what_cloudwatch_says() -> None:
    quiet = QuietCloudWatch()
    watch = AlarmWatch(cloudwatch=quiet, cloudformation=quiet, sns=quiet, stack="modelyard-local-chat")
    sent: list[int] = []
    with pytest.raises(Failure) as told:
        watch.wait_until("ALARM", patience_seconds=1, meanwhile=lambda: sent.append(1))
    assert told.value.exit_code == 1
    assert told.value.sentence == (
        "the alarm did not become ALARM within 1 s: ClientErrorsAlarm is OK, AnyAlarm is OK; CloudWatch's reason: "
        "Threshold Crossed: 3 datapoints were unknown and treated as [notBreaching]."
    )
    assert sent
    assert watch.wait_until("OK", patience_seconds=0.5).reason.startswith("Threshold Crossed")
