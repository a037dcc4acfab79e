from __future__ import annotations


def variables(house, count, length):
    return house.entry("real-time", serving={"environment": {f"V{n}": "x" * length for n in range(count)}}).found(
        "MY035"
    )


def test_91_variables_are_one_too_many(house):
    [said] = variables(house, 91, 1)
    assert said.startswith("environment holds 91 variables, at most 90 are allowed")


def test_more_than_32_kb_are_refused(house):
    [said] = variables(house, 40, 900)
    assert "at most 32768 are allowed" in said


def test_90_short_variables_pass(house):
    assert variables(house, 90, 10) == []
