"""Templates of a catalog with every kind, written once by the real app for all tests of this folder."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from ministack.core.responses import request_scope
from ministack.services import cloudwatch
from ministack.services.cloudformation import provisioners

from localaws.alarms.evaluator import AlarmEvaluator
from localaws.alarms.metric_math_alarm import accept_metric_math
from localaws.clock import ManualClock

ROOT = Path(__file__).parents[2]
CATALOG = ROOT / "tests" / "catalogs" / "four-kinds"

Template = dict[str, Any]
PLACE = ("111122223333", "us-east-1")
NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


class Synthesised:
    """What one run of the app wrote for one environment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = {path.name.split(".")[0]: path for path in sorted(folder.glob("*.template.json"))}

    def __getitem__(self, stack: str) -> Template:
        template: Template = json.loads(self.files[stack].read_text("utf-8"))
        return template

    def manifest(self) -> dict[str, Any]:
        """What the CDK CLI reads: each stack's name, tags and dependencies."""
        manifest: dict[str, Any] = json.loads((self.folder / "manifest.json").read_text("utf-8"))
        return manifest

    def only(self, stack: str, type_name: str) -> dict[str, Any]:
        """The properties of a stack's one resource of a type."""
        found = self.all(stack, type_name)
        assert len(found) == 1, f"{stack} has {len(found)} resources of type {type_name}"
        return next(iter(found.values()))

    def all(self, stack: str, type_name: str) -> dict[str, dict[str, Any]]:
        """The properties of a stack's resources of a type, by logical id."""
        resources = self[stack]["Resources"]
        return {key: found.get("Properties", {}) for key, found in resources.items() if found["Type"] == type_name}

    def resources(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Every resource as (stack, logical id, resource)."""
        return [
            (stack, logical_id, resource)
            for stack in self.files
            for logical_id, resource in self[stack]["Resources"].items()
        ]


def synthesise(
    folder: Path, environment: str, *, catalog: Path = CATALOG, said: Sequence[str] = (), **variables: str
) -> Synthesised:
    """Run the app as the CDK CLI runs it; `said` are values of its context that are true."""
    context = json.dumps({"environment": environment, "catalog": str(catalog)} | dict.fromkeys(said, "true"))
    surroundings = {**os.environ, "CDK_CONTEXT_JSON": context, "CDK_OUTDIR": str(folder)}
    # It is on Maven Central alone, and a synth only packs it.
    connector = folder.with_name("flink-sql-connector-aws-kinesis-streams-0-1.20.jar")
    connector.write_bytes(b"")
    surroundings |= {
        "MODELYARD_FLINK_CONNECTOR": str(connector),
        "MODELYARD_FLINK_CONNECTOR_SHA256": hashlib.sha256(b"").hexdigest(),
        **variables,
    }
    run = subprocess.run(
        [sys.executable, "app.py"], cwd=ROOT, env=surroundings, capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 0, run.stderr
    return Synthesised(folder)


@pytest.fixture(scope="session")
def run_app() -> Callable[..., Synthesised]:
    """Runs the app into a folder of the test's own."""
    return synthesise


@pytest.fixture
def catalog_with(tmp_path: Path) -> Callable[..., Path]:
    """A copy of the catalog in which one file has other keys as well."""

    def changed(file: str, **keys: Any) -> Path:
        folder = tmp_path / "catalog"
        shutil.copytree(CATALOG, folder, dirs_exist_ok=True)
        path = folder / file
        path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text("utf-8")) | keys), "utf-8")
        return folder

    return changed


@pytest.fixture(scope="session")
def synthesised(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Synthesised]:
    """The templates of an environment: `guarded` has network, key and prefix, `plain` and `local` have nothing."""
    done: dict[str, Synthesised] = {}

    def of(environment: str) -> Synthesised:
        if environment not in done:
            done[environment] = synthesise(tmp_path_factory.mktemp("synth") / environment, environment)
        return done[environment]

    return of


@pytest.fixture(scope="session")
def guarded(synthesised: Callable[[str], Synthesised]) -> Synthesised:
    """An environment with a network, a key, a prefix and its own tag keys."""
    return synthesised("guarded")


@pytest.fixture(scope="session")
def local(synthesised: Callable[[str], Synthesised]) -> Synthesised:
    """An environment with nothing of its own."""
    return synthesised("local")


class AlarmWatch:
    """An alarm of a template in CloudWatch, and what happens to it as time goes on."""

    def __init__(
        self, alarms: dict[str, dict[str, Any]], only: str, *, composite: dict[str, str] | None = None
    ) -> None:
        self._clock = ManualClock(start=NOON)
        self._evaluator = AlarmEvaluator(clock=self._clock)
        self._alarm = only
        self._composite = composite or {}
        self._minute = 0
        self.changes: list[tuple[int, str, str]] = []
        with request_scope(*PLACE):
            for name, properties in alarms.items():
                resolved = {**properties, "AlarmActions": [], "OKActions": []}
                cloudwatch._alarms[name] = provisioners._cw_metric_alarm_record(name, resolved)
            for name, rule in self._composite.items():
                request = {"AlarmName": name, "AlarmRule": rule}
                answer = cloudwatch._put_composite_alarm({}, request, False, is_json=True)
                assert answer[0] == 200, answer

    def publish(self, namespace: str, metric: str, dimensions: dict[str, str], numbers: list[float]) -> None:
        """Publish values of the present minute."""
        at = self._clock.now().timestamp()
        with request_scope(*PLACE):
            cloudwatch._store_datum(namespace, metric, dimensions, at, "None", None, numbers, None, None)

    def pass_minute(self) -> None:
        """Let the minute pass and evaluate."""
        self._clock.advance(60)
        self._minute += 1
        before = self.states()
        self._evaluator.evaluate_all()
        for name, state in self.states().items():
            if state != before[name]:
                self.changes.append((self._minute, name, state))

    def states(self) -> dict[str, str]:
        """The states of the alarm that is watched and of the composite."""
        with request_scope(*PLACE):
            alarms = [cloudwatch._alarms[self._alarm], *map(cloudwatch._composite_alarms.get, self._composite)]
            return {alarm["AlarmName"]: alarm["StateValue"] for alarm in alarms}

    def of(self, name: str) -> list[tuple[int, str]]:
        """When an alarm changed, and to what."""
        return [(minute, state) for minute, one, state in self.changes if one == name]


@pytest.fixture
def alarm_watch() -> Iterator[type[AlarmWatch]]:
    """Watches alarms in MiniStack's CloudWatch as embedded AWS has it, empty before and after."""
    kept = provisioners._cw_metric_alarm_record, cloudwatch._put_metric_alarm
    accept_metric_math()
    yield AlarmWatch
    provisioners._cw_metric_alarm_record, cloudwatch._put_metric_alarm = kept
    with request_scope(*PLACE):
        cloudwatch.reset()
