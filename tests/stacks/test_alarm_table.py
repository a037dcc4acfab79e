"""Every alarm of every kind as the stacks write it, evaluated minute by minute on a clock that the test moves.

Traffic is good until 12:30, bad until 13:30, then good again. A row says what a good and a bad minute publish, after
how many bad minutes the alarm must fire, after how many good ones it must be over, and what it says without data.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ministack.core.responses import request_scope
from ministack.services import cloudwatch
from ministack.services.cloudformation import provisioners

from localaws.alarms.evaluator import AlarmEvaluator
from localaws.alarms.metric_math_alarm import accept_metric_math
from localaws.clock import ManualClock

CATALOG = Path(__file__).parents[2] / "tests" / "catalogs" / "four-kinds"
ALARM = "AWS::CloudWatch::Alarm"
PLACE = ("111122223333", "us-east-1")
NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
GOOD_UNTIL, BAD_UNTIL, END = 30, 90, 120
VARIANT, QUEUE, INSTANCES, RECORDS = "variant", "queue", "instances", "records"
Values = dict[str, list[float]]

# Everything that an entry's slo can state, so that no alarm is left out.
ALL = "latency_p50_seconds: 5.0, time_to_first_token_p90_seconds: 2.0, dropped_records: 3"
SLO = {
    "chat": f"{{{ALL}, gpu_memory_percent: 95}}",
    "shelf": f"{{{ALL}}}",
    "answers": f"{{{ALL}}}",
    "summaries": f"{{{ALL}, gpu_memory_percent: 95, backlog_requests: 100}}",
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One alarm: what a minute publishes, and when the alarm changes, in minutes after the traffic did."""

    good: Values
    bad: Values
    fires_after: int
    over_after: int
    # As long as this lasts it is a blip: one period of five minutes, or all minutes but the last.
    blip: int = 5
    where: str = VARIANT
    silent: str = "OK"


def shares(name: str, *, good: float, bad: float, fires_after: int, over_after: int, **others: float) -> Row:
    """Of a hundred requests in a minute, so many."""
    same = {"Invocations": [100.0], **{key: [value] for key, value in others.items()}}
    return Row(good={**same, name: [good]}, bad={**same, name: [bad]}, fires_after=fires_after, over_after=over_after)


def latency(*, usual: float, slow: float) -> Row:
    """A hundred requests in a minute, in microseconds; `slow` of them are the slow ones."""
    good = [usual] * 100
    return Row(
        good={"ModelLatency": good}, bad={"ModelLatency": [*good[:-3], *[slow] * 3]}, fires_after=15, over_after=5
    )


# Milliseconds, nine tenths of them below two seconds; and what containers drop in five minutes.
OF_RECORDS = {
    "TimeToFirstTokenAlarm": Row(
        good={"TimeToFirstToken": [1900.0] * 92 + [9000.0] * 8},
        bad={"TimeToFirstToken": [1900.0] * 88 + [2100.0] * 12},
        where=RECORDS,
        fires_after=15,
        over_after=5,
    ),
    "RecordsDroppedAlarm": Row(
        good={"RecordsDropped": [0]}, bad={"RecordsDropped": [1]}, where=RECORDS, fires_after=10, over_after=10
    ),
}
OF_ANSWERS = {
    **OF_RECORDS,
    # The thresholds are 1 %, 10 % and 30 s; two of three periods, or three of three.
    "ServerErrorsAlarm": shares("Invocation5XXErrors", good=1, bad=2, fires_after=10, over_after=10),
    "ClientErrorsAlarm": shares("Invocation4XXErrors", good=10, bad=11, fires_after=15, over_after=5),
    "LatencyAlarm": latency(usual=4_000_000, slow=31_000_000),
    "MedianLatencyAlarm": Row(
        good={"ModelLatency": [4e6] * 60 + [29e6] * 40},
        bad={"ModelLatency": [4e6] * 40 + [6e6] * 60},
        fires_after=15,
        over_after=5,
    ),
}
GAUGES: dict[str, Any] = {"where": INSTANCES, "silent": "INSUFFICIENT_DATA", "fires_after": 15, "over_after": 5}
OF_INSTANCES = {
    **OF_ANSWERS,
    # 4XX are no model errors of ours: nine refused requests and five failed ones are 5 %, six are 6 %.
    "ModelErrorsAlarm": shares(
        "InvocationModelErrors", good=14, bad=15, fires_after=10, over_after=10, Invocation4XXErrors=9
    ),
    "DiskAlarm": Row(good={"DiskUtilization": [20, 75]}, bad={"DiskUtilization": [20, 76]}, **GAUGES),
}
GPU_MEMORY = Row(good={"GPUMemoryUtilization": [95]}, bad={"GPUMemoryUtilization": [96]}, **GAUGES)
WAITING: dict[str, Any] = {"where": QUEUE, "silent": "INSUFFICIENT_DATA", "over_after": 1}
FAILING: dict[str, Any] = {"fires_after": 10, "over_after": 10}
TABLE: dict[str, dict[str, Row]] = {
    "chat": {**OF_INSTANCES, "GpuMemoryAlarm": GPU_MEMORY},
    "shelf": OF_INSTANCES,
    "answers": {
        **OF_ANSWERS,
        "ConcurrencyAlarm": Row(
            good={"ServerlessConcurrentExecutionsUtilization": [0.5, 1.0]},
            bad={"ServerlessConcurrentExecutionsUtilization": [0.9, 1.0]},
            fires_after=5,
            over_after=1,
            blip=4,
        ),
    },
    "summaries": {
        **OF_RECORDS,
        # No number of requests is published, so that one failure in five minutes counts.
        "ServerErrorsAlarm": Row(good={"Invocation5XXErrors": [0]}, bad={"Invocation5XXErrors": [1]}, **FAILING),
        # Without a failure there is no value, and CloudWatch looks further back for the values that it lacks.
        "ModelErrorsAlarm": Row(good={}, bad={"InvocationFailures": [1]}, fires_after=10, over_after=20),
        "LostRequestsAlarm": Row(good={}, bad={"ExpiredRequests": [1]}, **FAILING),
        "LatencyAlarm": OF_ANSWERS["LatencyAlarm"],
        "MedianLatencyAlarm": OF_ANSWERS["MedianLatencyAlarm"],
        "DiskAlarm": OF_INSTANCES["DiskAlarm"],
        "GpuMemoryAlarm": GPU_MEMORY,
        "BacklogAgeAlarm": Row(
            good={"ApproximateAgeOfOldestRequest": [900]},
            bad={"ApproximateAgeOfOldestRequest": [100, 901]},
            fires_after=5,
            blip=4,
            **WAITING,
        ),
        "BacklogSizeAlarm": Row(
            good={"ApproximateBacklogSize": [100]},
            bad={"ApproximateBacklogSize": [101]},
            fires_after=5,
            blip=4,
            **WAITING,
        ),
        # A minute in which an instance was seen is none without capacity.
        "NoCapacityAlarm": Row(
            good={"HasBacklogWithoutCapacity": [1, 0]},
            bad={"HasBacklogWithoutCapacity": [1, 1]},
            fires_after=20,
            blip=19,
            **WAITING,
        ),
    },
}
CASES = [(stack, alarm) for stack, rows in TABLE.items() for alarm in rows]


@pytest.fixture(scope="module")
def stated(tmp_path_factory: pytest.TempPathFactory, run_app: Any) -> Any:
    """Templates of entries that state every objective."""
    folder = tmp_path_factory.mktemp("stated")
    catalog = folder / "catalog"
    shutil.copytree(CATALOG, catalog)
    for name, slo in SLO.items():
        with (catalog / "endpoints" / f"{name}.yaml").open("a", encoding="utf-8") as entry:
            entry.write(f"slo: {slo}\n")
    with (catalog / "environments" / "plain.yaml").open("a", encoding="utf-8") as environment:
        environment.write("signals: {stream: on-demand}\n")
    return run_app(folder / "out", "plain", catalog=catalog)


@pytest.fixture(autouse=True)
def store() -> Iterator[None]:
    """MiniStack's CloudWatch as embedded AWS has it, empty before and after."""
    kept = provisioners._cw_metric_alarm_record, cloudwatch._put_metric_alarm
    accept_metric_math()
    yield
    provisioners._cw_metric_alarm_record, cloudwatch._put_metric_alarm = kept
    with request_scope(*PLACE):
        cloudwatch.reset()


class Watch:
    """A stack's alarms in CloudWatch, and what happens to them as time goes on."""

    def __init__(self, stack: str, templates: Any, only: str) -> None:
        self._endpoint = f"plain-{stack}"
        self._clock = ManualClock(start=NOON)
        self._evaluator = AlarmEvaluator(clock=self._clock)
        self._alarm = only
        self._minute = 0
        self.changes: list[tuple[int, str, str]] = []
        with request_scope(*PLACE):
            for name, properties in templates.all(stack, ALARM).items():
                resolved = {**properties, "AlarmActions": [], "OKActions": []}
                cloudwatch._alarms[name] = provisioners._cw_metric_alarm_record(name, resolved)
            composite = templates.only(stack, "AWS::CloudWatch::CompositeAlarm")
            words = composite["AlarmRule"]["Fn::Join"][1]
            rule = "".join(word if isinstance(word, str) else word["Ref"] for word in words)
            answer = cloudwatch._put_composite_alarm(
                {}, {"AlarmName": "AnyAlarm", "AlarmRule": rule}, False, is_json=True
            )
            assert answer[0] == 200, answer

    def pass_minute(self, values: Values, where: str) -> None:
        """Publish a minute's values, let it pass, evaluate."""
        at = self._clock.now().timestamp()
        dimensions = {"EndpointName": self._endpoint, "VariantName": "AllTraffic"}
        if where == QUEUE:
            del dimensions["VariantName"]
        namespace = {INSTANCES: "/aws/sagemaker/Endpoints", RECORDS: "modelyard/Requests"}.get(where, "AWS/SageMaker")
        with request_scope(*PLACE):
            for metric, numbers in values.items():
                cloudwatch._store_datum(namespace, metric, dimensions, at, "None", None, numbers, None, None)
        self._clock.advance(60)
        self._minute += 1
        before = self.states()
        self._evaluator.evaluate_all()
        for name, state in self.states().items():
            if state != before[name]:
                self.changes.append((self._minute, name, state))

    def states(self) -> dict[str, str]:
        with request_scope(*PLACE):
            alarms = (cloudwatch._alarms[self._alarm], cloudwatch._composite_alarms["AnyAlarm"])
            return {alarm["AlarmName"]: alarm["StateValue"] for alarm in alarms}

    def of(self, name: str) -> list[tuple[int, str]]:
        return [(minute, state) for minute, one, state in self.changes if one == name]


def test_the_table_has_every_alarm_of_every_kind(stated: Any) -> None:
    deployed = {(stack, alarm) for stack in TABLE for alarm in stated.all(stack, ALARM)}
    # What starts an instance wakes nobody; tests/stacks/test_scaling.py looks at it.
    assert set(CASES) == deployed - {("summaries", "WakeAlarm")}


@pytest.mark.parametrize(("stack", "alarm"), CASES)
def test_an_alarm_fires_at_its_minute_and_is_over_at_its_minute(stated: Any, stack: str, alarm: str) -> None:
    row = TABLE[stack][alarm]
    watch = Watch(stack, stated, alarm)
    for minute in range(END):
        values = row.bad if GOOD_UNTIL <= minute < BAD_UNTIL else row.good
        watch.pass_minute(values, row.where)
    fired, over = GOOD_UNTIL + row.fires_after, BAD_UNTIL + row.over_after
    assert [change for change in watch.of(alarm) if change[0] > GOOD_UNTIL] == [(fired, "ALARM"), (over, "OK")]
    assert watch.of("AnyAlarm") == [(fired, "ALARM"), (over, "OK")]


@pytest.mark.parametrize(("stack", "alarm"), CASES)
def test_one_bad_period_wakes_nobody(stated: Any, stack: str, alarm: str) -> None:
    row = TABLE[stack][alarm]
    watch = Watch(stack, stated, alarm)
    for minute in range(GOOD_UNTIL + 40):
        values = row.bad if GOOD_UNTIL <= minute < GOOD_UNTIL + row.blip else row.good
        watch.pass_minute(values, row.where)
    assert "ALARM" not in [state for _, state in watch.of(alarm)]


@pytest.mark.parametrize(("stack", "alarm"), CASES)
def test_silence_ends_an_alarm_and_starts_none(stated: Any, stack: str, alarm: str) -> None:
    row = TABLE[stack][alarm]
    watch = Watch(stack, stated, alarm)
    for _ in range(GOOD_UNTIL):
        watch.pass_minute(row.bad, row.where)
    assert watch.states()[alarm] == "ALARM"
    for _ in range(60):
        watch.pass_minute({}, row.where)
    assert watch.states() == {alarm: row.silent, "AnyAlarm": "OK"}
