"""Alarms beside an endpoint's objectives: those on a version that is rolled out, and those of signals.

By the name of each, as many metrics as CloudWatch bills for it. Constructs make these alarms and no others; what a
month costs and what a plan tells go by the same lists.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ROLLBACK_ALARMS: Mapping[str, int] = MappingProxyType({"RollbackServerErrors": 1, "RollbackLatency": 1})
SIGNALS_ALARMS: Mapping[str, int] = MappingProxyType(
    {
        "StreamThrottles": 1,
        "IteratorAge": 1,
        "ProcessorErrors": 2,
        "GivenUpBatches": 1,
        "PoisonRecords": 1,
        "TableLate": 1,
        "TableConversion": 1,
        "CaptureErrors": 1,
        "CaptureFailures": 1,
    }
)
# Where Flink makes the metrics, these come to them.
AGGREGATION_ALARMS: Mapping[str, int] = MappingProxyType({"WindowsMissing": 2, "WindowPublisherErrors": 2})


class UndeclaredAlarm(LookupError):
    """An alarm that no list above has: nothing would count it."""


def alarm_id(name: str, declared: Mapping[str, int]) -> str:
    """The id of an alarm's resource in its stack.

    Raises:
        UndeclaredAlarm: when the list lacks the alarm.
    """
    if name not in declared:
        raise UndeclaredAlarm(
            f"no alarm {name} is declared in src/modelyard/catalog/standing_alarms.py: state its metrics there"
        )
    return f"{name}Alarm"
