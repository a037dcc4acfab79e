"""The two tables of CloudWatch's user guide, "Configuring how CloudWatch alarms treat missing data".

In them 0 is a datapoint that does not breach, X one that does, - a missing one; the alarm evaluates three periods and
retrieves five. The columns are what becomes of the alarm for `missing`, `ignore`, `breaching` and `notBreaching`.
"""

import pytest

from localaws.alarms.verdict import alarm_state

RETAIN = "RETAIN"
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
THREE_OF_THREE = {
    "0-X-X": ("OK", "OK", "OK", "OK"),
    "----0": ("OK", "OK", "OK", "OK"),
    "-----": ("INSUFFICIENT_DATA", RETAIN, "ALARM", "OK"),
    "0XX-X": ("ALARM", "ALARM", "ALARM", "ALARM"),
    "--X--": ("ALARM", RETAIN, "ALARM", "OK"),
}
TWO_OF_THREE = {
    "0-X-X": ("ALARM", "ALARM", "ALARM", "ALARM"),
    "00X0X": ("ALARM", "ALARM", "ALARM", "ALARM"),
    "0-X--": ("OK", "OK", "ALARM", "OK"),
    "----0": ("OK", "OK", "ALARM", "OK"),
    "----X": ("ALARM", RETAIN, "ALARM", "OK"),
}
CASES = [
    (needed, points, treatment, expected)
    for needed, table in ((3, THREE_OF_THREE), (2, TWO_OF_THREE))
    for points, row in table.items()
    for treatment, expected in zip(TREATMENTS, row, strict=True)
]


@pytest.mark.parametrize(("needed", "points", "treatment", "expected"), CASES)
@pytest.mark.parametrize("before", ["OK", "ALARM", "INSUFFICIENT_DATA"])
def test_the_guide_s_examples_come_out_as_it_says(
    needed: int, points: str, treatment: str, expected: str, before: str
) -> None:
    state = alarm_state(
        [{"0": 0.0, "X": 2.0, "-": None}[point] for point in points],
        current_state=before,
        comparison="GreaterThanThreshold",
        threshold=1.0,
        evaluation_periods=3,
        datapoints_to_alarm=needed,
        treat_missing=treatment,
    )
    assert state == (before if expected == RETAIN else expected)
