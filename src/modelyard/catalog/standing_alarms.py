"""Alarms beside an endpoint's objectives: those on a version that is rolled out, and those of signals.

Constructs make these alarms and no others, so that an alarm topic's policy can name all that publish to it.
"""

from __future__ import annotations

from collections.abc import Collection

ROLLBACK_ALARMS = ("RollbackServerErrors", "RollbackLatency")
SIGNALS_ALARMS = (
    "StreamThrottles",
    "IteratorAge",
    "ProcessorErrors",
    "GivenUpBatches",
    "PoisonRecords",
    "TableLate",
    "TableConversion",
    "CaptureErrors",
    "CaptureFailures",
)
# Where Flink makes the metrics, these come to them.
AGGREGATION_ALARMS = ("WindowsMissing", "WindowPublisherErrors")


class UndeclaredAlarm(LookupError):
    """An alarm that no list above has: no topic would take what it says."""


def alarm_id(name: str, declared: Collection[str]) -> str:
    """The id of an alarm's resource in its stack.

    Raises:
        UndeclaredAlarm: when the list lacks the alarm.
    """
    if name not in declared:
        raise UndeclaredAlarm(f"no alarm {name} is declared in src/modelyard/catalog/standing_alarms.py: add it there")
    return f"{name}Alarm"
