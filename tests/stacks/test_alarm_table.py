"""Every alarm of every kind as the stacks write it, evaluated minute by minute on a clock that the test moves.

Traffic is good, then bad, then good again. A row says what a good and a bad minute publish, after how many bad minutes
the alarm must fire, after how many good ones it must be over, and what it says without data.
"""

from __future__ import annotations

import itertools
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

CATALOG = Path(__file__).parents[2] / "tests" / "catalogs" / "four-kinds"
RUNBOOK = Path(__file__).parents[2] / "docs" / "runbooks" / "endpoint-alarms.md"
ALARM = "AWS::CloudWatch::Alarm"
Values = dict[str, list[float]]
# Where a metric is published: namespace and dimensions.
Place = tuple[str, dict[str, str]]
OF_VARIANT = {"EndpointName": "{endpoint}", "VariantName": "AllTraffic"}
VARIANT: Place = ("AWS/SageMaker", OF_VARIANT)
QUEUE: Place = ("AWS/SageMaker", {"EndpointName": "{endpoint}"})
INSTANCES: Place = ("/aws/sagemaker/Endpoints", OF_VARIANT)
RECORDS: Place = ("modelyard/Requests", OF_VARIANT)
CAPTURES: Place = ("modelyard/Capture", OF_VARIANT)
# Minutes until traffic turns bad, until it is good again, and until the end, before two hours lack a captured request.
DAYTIME = (30, 90, 119)

# Everything that an entry can state, so that no alarm is left out.
ALL = "latency_p50_seconds: 5.0, time_to_first_token_p90_seconds: 2.0"
SLO = {
    "chat": f"{{{ALL}, dropped_records: 3, gpu_memory_percent: 95}}",
    "shelf": f"{{{ALL}}}",
    "answers": f"{{{ALL}}}",
    "summaries": f"{{{ALL}, dropped_records: 3, gpu_memory_percent: 95, backlog_requests: 100}}",
}
CAPTURE = "{sample_percent: 50, keep_days: 30, drift_psi: 0.25}"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One alarm: what a minute publishes, and when the alarm changes, in minutes after the traffic did."""

    good: Values
    bad: Values
    fires_after: int
    over_after: int
    # As long as this lasts it is a blip: one period of five minutes, or all minutes but the last.
    blip: int = 5
    where: Place = VARIANT
    # Of metrics that are published elsewhere than the others.
    elsewhere: dict[str, Place] = field(default_factory=dict)
    silent: str = "OK"
    minutes: tuple[int, int, int] = DAYTIME
    # Minutes between two in which something is published.
    every: int = 1


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
    # Of containers that write records, none may be dropped unless the entry says so.
    "RecordsDroppedAlarm": Row(
        good={"RecordsDropped": [0]}, bad={"RecordsDropped": [1]}, where=RECORDS, fires_after=10, over_after=10
    ),
}
# Three in five minutes may be.
SOME_DROPPED = Row(
    good={"RecordsDropped": [0.5]}, bad={"RecordsDropped": [1]}, where=RECORDS, fires_after=10, over_after=10
)
# Half of the requests are captured, so that ten of twenty in an hour are to be expected.
OF_CAPTURE = {
    "CaptureSilenceAlarm": Row(
        good={"ModelLatency": [4e6], "Events": [1]},
        bad={"ModelLatency": [4e6], "Events": []},
        elsewhere={"Events": CAPTURES},
        fires_after=120,
        over_after=60,
        blip=119,
        minutes=(120, 360, 480),
    ),
    # Two hours of a day are enough, so that it is over when the last but one of them is a day old.
    "DriftAlarm": Row(
        good={"InputLengthPsi": [0.04], "OutputLengthPsi": [0.2], "LanguagePsi": [0.25]},
        bad={"InputLengthPsi": [0.04], "OutputLengthPsi": [0.2, 0.4], "LanguagePsi": [0.04]},
        where=CAPTURES,
        fires_after=120,
        over_after=23 * 60,
        blip=60,
        silent="ALARM",
        minutes=(120, 360, 360 + 24 * 60),
        every=30,
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
    "chat": {
        **OF_INSTANCES,
        **OF_CAPTURE,
        "RecordsDroppedAlarm": SOME_DROPPED,
        "GpuMemoryAlarm": GPU_MEMORY,
    },
    "shelf": {**OF_INSTANCES, **OF_CAPTURE},
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
        **OF_CAPTURE,
        "RecordsDroppedAlarm": SOME_DROPPED,
        # No number of requests is published, so that one failure in five minutes counts.
        "ServerErrorsAlarm": Row(good={"Invocation5XXErrors": [0]}, bad={"Invocation5XXErrors": [1]}, **FAILING),
        # Without a failure there is no value, and CloudWatch looks further back for the values that it lacks.
        "ModelErrorsAlarm": Row(good={}, bad={"InvocationFailures": [1]}, fires_after=10, over_after=20),
        "LostRequestsAlarm": Row(good={}, bad={"ExpiredRequests": [1]}, **FAILING),
        "UntoldAnswersAlarm": Row(good={}, bad={"NotificationFailures": [1]}, fires_after=10, over_after=20),
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
    for name in ("shelf", "summaries"):
        with (catalog / "endpoints" / f"{name}.yaml").open("a", encoding="utf-8") as entry:
            entry.write(f"capture: {CAPTURE}\n")
    chat = catalog / "endpoints" / "chat.yaml"
    chat.write_text(chat.read_text("utf-8").replace("{sample_percent: 50, keep_days: 30}", CAPTURE), "utf-8")
    with (catalog / "environments" / "plain.yaml").open("a", encoding="utf-8") as environment:
        environment.write("signals: {stream: on-demand}\n")
    return run_app(folder / "out", "plain", catalog=catalog)


def watch(alarm_watch: Any, templates: Any, stack: str, alarm: str) -> Any:
    """The stack's alarm, with the composite that has it among others."""
    composite = templates.only(stack, "AWS::CloudWatch::CompositeAlarm")
    words = composite["AlarmRule"]["Fn::Join"][1]
    rule = "".join(word if isinstance(word, str) else word["Ref"] for word in words)
    return alarm_watch(templates.all(stack, ALARM), alarm, composite={"AnyAlarm": rule})


def watch_alone(alarm_watch: Any, templates: Any, stack: str, alarm: str) -> Any:
    """The stack's alarm without the others, which take a dozen times as long to evaluate."""
    return alarm_watch({alarm: templates.all(stack, ALARM)[alarm]}, alarm, composite={"AnyAlarm": f'ALARM("{alarm}")'})


def publisher(watched: Any, row: Row, stack: str) -> Callable[[Values], None]:
    """Lets a minute pass in which values are published where the row says."""

    minutes = itertools.count()

    def pass_minute(values: Values) -> None:
        for metric, numbers in values.items() if next(minutes) % row.every == 0 else ():
            namespace, dimensions = row.elsewhere.get(metric, row.where)
            named = {name: value.format(endpoint=f"plain-{stack}") for name, value in dimensions.items()}
            watched.publish(namespace, metric, named, numbers)
        watched.pass_minute()

    return pass_minute


def test_the_table_has_every_alarm_of_every_kind(stated: Any) -> None:
    deployed = {(stack, alarm) for stack in TABLE for alarm in stated.all(stack, ALARM)}
    # What starts an instance wakes nobody; tests/stacks/test_scaling.py looks at it.
    assert set(CASES) == deployed - {("summaries", "WakeAlarm")}


@pytest.mark.parametrize("stack", TABLE)
def test_every_alarm_says_what_its_threshold_what_to_do_first_and_where_to_read_on(stated: Any, stack: str) -> None:
    sections = set(re.findall(r"<a id=\"([a-z-]+)\"></a>", RUNBOOK.read_text("utf-8")))
    for alarm in TABLE[stack]:
        said = stated.all(stack, ALARM)[alarm]["AlarmDescription"]
        found = re.fullmatch(rf"plain-{stack} .*\d.*\. First: .+\. Runbook: .*/endpoint-alarms\.md#(.+)", said)
        assert found, said
        assert found[1] in sections


@pytest.mark.parametrize(("stack", "alarm"), CASES)
def test_an_alarm_fires_at_its_minute_and_is_over_at_its_minute(
    stated: Any, alarm_watch: Any, stack: str, alarm: str
) -> None:
    row = TABLE[stack][alarm]
    watched = watch(alarm_watch, stated, stack, alarm)
    pass_minute = publisher(watched, row, stack)
    good_until, bad_until, end = row.minutes
    for minute in range(end):
        pass_minute(row.bad if good_until <= minute < bad_until else row.good)
    fired, over = good_until + row.fires_after, bad_until + row.over_after
    assert [change for change in watched.of(alarm) if change[0] > good_until] == [(fired, "ALARM"), (over, "OK")]
    assert watched.of("AnyAlarm") == [(fired, "ALARM"), (over, "OK")]


@pytest.mark.parametrize(("stack", "alarm"), CASES)
def test_one_bad_period_wakes_nobody(stated: Any, alarm_watch: Any, stack: str, alarm: str) -> None:
    row = TABLE[stack][alarm]
    watched = watch_alone(alarm_watch, stated, stack, alarm)
    pass_minute = publisher(watched, row, stack)
    good_until, _, _ = row.minutes
    for minute in range(good_until + row.blip + 35):
        pass_minute(row.bad if good_until <= minute < good_until + row.blip else row.good)
    assert "ALARM" not in [state for _, state in watched.of(alarm)]


@pytest.mark.parametrize(("stack", "alarm"), CASES)
def test_silence_ends_an_alarm_and_starts_none(stated: Any, alarm_watch: Any, stack: str, alarm: str) -> None:
    row = TABLE[stack][alarm]
    watched = watch_alone(alarm_watch, stated, stack, alarm)
    pass_minute = publisher(watched, row, stack)
    hours = row.minutes[0] // DAYTIME[0]
    for _ in range(DAYTIME[0] * hours):
        pass_minute(row.bad)
    assert watched.states()[alarm] == "ALARM"
    for _ in range(60 * hours):
        pass_minute({})
    # What stays until it is found otherwise is kept by silence too.
    assert watched.states() == {alarm: row.silent, "AnyAlarm": "ALARM" if row.silent == "ALARM" else "OK"}


@pytest.mark.parametrize("stack", ["chat", "shelf", "summaries"])
@pytest.mark.parametrize("requests_an_hour", [0, 19])
def test_too_few_requests_to_expect_a_captured_one_are_no_silence(
    stated: Any, alarm_watch: Any, stack: str, requests_an_hour: int
) -> None:
    watched = watch_alone(alarm_watch, stated, stack, "CaptureSilenceAlarm")
    pass_minute = publisher(watched, OF_CAPTURE["CaptureSilenceAlarm"], stack)
    for minute in range(300):
        pass_minute({"ModelLatency": [4e6]} if minute % 60 < requests_an_hour else {})
    assert watched.states()["CaptureSilenceAlarm"] in {"OK", "INSUFFICIENT_DATA"}
    assert not [state for _, state in watched.of("CaptureSilenceAlarm") if state == "ALARM"]


@pytest.mark.parametrize(("streamed_of_sixty", "fires"), [(60, False), (41, False), (40, True), (0, True)])
def test_streamed_answers_say_nothing_about_captures(
    stated: Any, alarm_watch: Any, streamed_of_sixty: int, fires: bool
) -> None:
    watched = watch_alone(alarm_watch, stated, "chat", "CaptureSilenceAlarm")
    pass_minute = publisher(watched, OF_CAPTURE["CaptureSilenceAlarm"], "chat")
    for minute in range(300):
        streamed = {"FirstChunkModelLatency": [1e6]} if minute % 60 < streamed_of_sixty else {}
        pass_minute({"ModelLatency": [4e6], **streamed})
    assert ("ALARM" in [state for _, state in watched.of("CaptureSilenceAlarm")]) is fires
