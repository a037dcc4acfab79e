"""The alarms of a foundation are those that are declared, by whose ids its topic takes what they say."""

from __future__ import annotations

import pytest

from modelyard.catalog.standing_alarms import AGGREGATION_ALARMS, SIGNALS_ALARMS, UndeclaredAlarm, alarm_id


@pytest.mark.parametrize(
    ("environment", "declared"), [("signals", SIGNALS_ALARMS), ("flink", (*SIGNALS_ALARMS, *AGGREGATION_ALARMS))]
)
def test_the_alarms_of_signals_are_those_that_are_declared(environment, declared, synthesised):
    alarms = synthesised(environment).all("foundation", "AWS::CloudWatch::Alarm")
    assert set(alarms) == {alarm_id(name, declared) for name in declared}


def test_an_alarm_that_nobody_declared_is_not_deployed():
    with pytest.raises(
        UndeclaredAlarm, match="no alarm Another is declared in src/modelyard/catalog/standing_alarms.py"
    ):
        alarm_id("Another", SIGNALS_ALARMS)
