"""Canary, linear and rolling steps, alarms and time limits, on a clock that only the test moves."""

import threading
import time
from typing import Any

import pytest

from localaws.clock import ManualClock
from localaws.sagemaker import traffic_shift
from localaws.sagemaker.deployment_error import DeploymentFailed
from localaws.sagemaker.traffic_shift import Step


def percent(value: int) -> dict[str, Any]:
    return {"Type": "CAPACITY_PERCENT", "Value": value}


def blue_green(routing: dict[str, Any], **policy: Any) -> dict[str, Any]:
    return {
        "BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": {"WaitIntervalInSeconds": 300, **routing}, **policy}
    }


@pytest.mark.parametrize(
    ("config", "steps"),
    [
        (None, [Step(1.0, 0)]),
        (blue_green({"Type": "ALL_AT_ONCE"}, TerminationWaitInSeconds=60), [Step(1.0, 60)]),
        (blue_green({"Type": "CANARY", "CanarySize": percent(20)}), [Step(0.2, 300), Step(1.0, 0)]),
        (
            blue_green({"Type": "CANARY", "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1}}),
            [Step(0.25, 300), Step(1.0, 0)],
        ),
        (
            blue_green({"Type": "LINEAR", "LinearStepSize": percent(40)}, TerminationWaitInSeconds=5),
            [Step(0.4, 300), Step(0.8, 300), Step(1.0, 5)],
        ),
        (
            {"RollingUpdatePolicy": {"MaximumBatchSize": percent(50), "WaitIntervalInSeconds": 30}},
            [Step(0.5, 30), Step(1.0, 0)],
        ),
    ],
)
def test_a_deployment_policy_becomes_steps(config: dict[str, Any] | None, steps: list[Step]) -> None:
    assert traffic_shift.steps_of(config, instance_count=4) == steps


class Shift:
    """A shift on a thread of its own, as an update runs it."""

    def __init__(self, steps: list[Step], *, longest_seconds: int | None = None) -> None:
        self.clock = ManualClock()
        self.shares: list[float] = []
        self.ringing: set[str] = set()
        self.failure: DeploymentFailed | None = None
        self._steps = steps
        self._longest_seconds = longest_seconds
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            traffic_shift.run(
                self._steps,
                shift=self.shares.append,
                alarm_names=["errors"],
                is_alarming=lambda name: name in self.ringing,
                longest_seconds=self._longest_seconds,
                clock=self.clock,
                is_aborted=lambda: False,
            )
        except DeploymentFailed as failure:
            self.failure = failure

    def expect(self, shares: list[float]) -> None:
        deadline = time.monotonic() + 5
        while self.shares != shares:
            assert time.monotonic() < deadline, f"{self.shares} instead of {shares}"
            time.sleep(0.01)

    def end(self) -> None:
        self._thread.join(timeout=5)
        assert not self._thread.is_alive()


def test_each_step_waits_for_its_time() -> None:
    shift = Shift([Step(0.1, 300), Step(1.0, 60)])
    shift.expect([0.1])
    shift.clock.advance(299)
    time.sleep(0.2)
    assert shift.shares == [0.1]
    shift.clock.advance(1)
    shift.expect([0.1, 1.0])
    shift.clock.advance(60)
    shift.end()
    assert shift.failure is None


def test_an_alarm_stops_the_shift() -> None:
    shift = Shift([Step(0.1, 300), Step(1.0, 60)])
    shift.expect([0.1])
    shift.ringing.add("errors")
    shift.end()
    assert shift.shares == [0.1]
    assert str(shift.failure) == "One or more configured alarm(s) tripped: errors"


def test_a_deployment_has_a_time_limit() -> None:
    shift = Shift([Step(0.1, 3600), Step(1.0, 0)], longest_seconds=600)
    shift.expect([0.1])
    shift.clock.advance(601)
    shift.end()
    assert "MaximumExecutionTimeoutInSeconds (600 seconds)" in str(shift.failure)
