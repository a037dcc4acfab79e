"""Every alarm of signals as the foundation has it, evaluated minute by minute on a clock that the test moves.

All is well until 12:30, bad until 13:30, then well again. A row says what a minute publishes, after how many bad
minutes the alarm must fire, after how many good ones it must be over, how long a blip may last and what silence leaves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

ALARM = "AWS::CloudWatch::Alarm"
WELL_UNTIL, BAD_UNTIL, END = 30, 90, 120
STREAM = {"StreamName": "RecordStream"}
PROCESSOR = {"FunctionName": "modelyard-signals-stream-processor"}
MAPPING = {"EventSourceMappingUUID": "StreamProcessorMapping"}
TABLE = {"DeliveryStreamName": "modelyard-signals-requests"}
CAPTURE = {"FunctionName": "modelyard-signals-capture-processor"}
QUEUE = {"QueueName": "modelyard-signals-capture-failures"}
# Namespace, metric, dimensions.
Metric = tuple[str, str, dict[str, str]]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One alarm: a metric and what it is in a good and in a bad minute; None is not published."""

    metric: Metric
    well: float | None = None
    bad: float
    fires_after: int = 10
    over_after: int = 10
    blip: int = 5
    silent: str = "OK"


ROWS: dict[str, list[Row]] = {
    "StreamThrottlesAlarm": [Row(metric=("AWS/Kinesis", "WriteProvisionedThroughputExceeded", STREAM), well=0, bad=3)],
    # Milliseconds: ten minutes are not too old, a second more is.
    "IteratorAgeAlarm": [
        Row(
            metric=("AWS/Lambda", "IteratorAge", PROCESSOR),
            well=600_000,
            bad=601_000,
            fires_after=5,
            over_after=1,
            blip=4,
        )
    ],
    "ProcessorErrorsAlarm": [
        Row(metric=("AWS/Lambda", "Errors", PROCESSOR), well=0, bad=1),
        # A function that asks for a part of its batch again has not failed.
        Row(metric=("AWS/Lambda", "FailedInvokeEventCount", MAPPING), bad=1),
    ],
    # What was tried 30 times is no blip.
    "GivenUpBatchesAlarm": [
        Row(
            metric=("AWS/Lambda", "OnFailureDestinationDeliveredEventCount", MAPPING),
            well=0,
            bad=500,
            fires_after=5,
            over_after=5,
            blip=0,
        )
    ],
    "PoisonRecordsAlarm": [
        Row(metric=("modelyard/Processor", "RecordsPoison", {"EnvironmentName": "signals"}), well=0, bad=1)
    ],
    # Seconds, fifteen minutes.
    "TableLateAlarm": [
        Row(
            metric=("AWS/Firehose", "DeliveryToS3.DataFreshness", TABLE),
            well=900,
            bad=901,
            fires_after=15,
            over_after=5,
        )
    ],
    "TableConversionAlarm": [Row(metric=("AWS/Firehose", "FailedConversion.Records", TABLE), well=0, bad=1)],
    "CaptureErrorsAlarm": [Row(metric=("AWS/Lambda", "Errors", CAPTURE), well=0, bad=1)],
    # What waits in a queue that nobody touches waits on, though SQS publishes nothing of it any more.
    "CaptureFailuresAlarm": [
        Row(metric=("AWS/SQS", "ApproximateNumberOfMessagesVisible", QUEUE), well=0, bad=1, silent="ALARM")
    ],
}
CASES = [pytest.param(alarm, row, id=f"{alarm}-{row.metric[1]}") for alarm, rows in ROWS.items() for row in rows]


@pytest.fixture
def watch(synthesised: Callable[[str], Any], alarm_watch: Any) -> Callable[[str], Any]:
    """Watches one alarm of the foundation; what other resources are called is their logical id."""

    def resolved(value: Any) -> Any:
        if isinstance(value, dict):
            return value["Ref"] if set(value) == {"Ref"} else {key: resolved(one) for key, one in value.items()}
        return [resolved(one) for one in value] if isinstance(value, list) else value

    def of(alarm: str) -> Any:
        found = synthesised("signals").all("foundation", ALARM)[alarm]
        return alarm_watch({alarm: resolved(found)}, alarm)

    return of


def pass_minute(watched: Any, row: Row, value: float | None) -> None:
    namespace, metric, dimensions = row.metric
    if value is not None:
        watched.publish(namespace, metric, dimensions, [value])
    watched.pass_minute()


def test_the_table_has_every_alarm_of_the_foundation(synthesised: Callable[[str], Any]) -> None:
    assert set(ROWS) == set(synthesised("signals").all("foundation", ALARM))


@pytest.mark.parametrize(("alarm", "row"), CASES)
def test_an_alarm_fires_at_its_minute_and_is_over_at_its_minute(watch: Any, alarm: str, row: Row) -> None:
    watched = watch(alarm)
    for minute in range(END):
        pass_minute(watched, row, row.bad if WELL_UNTIL <= minute < BAD_UNTIL else row.well)
    changes = [change for change in watched.of(alarm) if change[0] > WELL_UNTIL]
    assert changes == [(WELL_UNTIL + row.fires_after, "ALARM"), (BAD_UNTIL + row.over_after, "OK")]


@pytest.mark.parametrize(("alarm", "row"), CASES)
def test_one_bad_period_wakes_nobody(watch: Any, alarm: str, row: Row) -> None:
    watched = watch(alarm)
    for minute in range(WELL_UNTIL + 40):
        pass_minute(watched, row, row.bad if WELL_UNTIL <= minute < WELL_UNTIL + row.blip else row.well)
    assert "ALARM" not in [state for _, state in watched.of(alarm)]


@pytest.mark.parametrize(("alarm", "row"), CASES)
def test_an_environment_without_requests_is_well(watch: Any, alarm: str, row: Row) -> None:
    watched = watch(alarm)
    for _ in range(WELL_UNTIL):
        pass_minute(watched, row, None)
    assert "ALARM" not in [state for _, state in watched.of(alarm)]


@pytest.mark.parametrize(("alarm", "row"), CASES)
def test_silence_ends_an_alarm_unless_something_waits(watch: Any, alarm: str, row: Row) -> None:
    watched = watch(alarm)
    for _ in range(WELL_UNTIL):
        pass_minute(watched, row, row.bad)
    assert watched.states()[alarm] == "ALARM"
    for _ in range(60):
        pass_minute(watched, row, None)
    assert watched.states()[alarm] == row.silent
