from __future__ import annotations

import pytest


def waived(house, *rules, kind="async", **changes):
    waivers = [{"rule": rule, "reason": "tried", "until": "2099-12-31"} for rule in rules]
    return house.entry(kind, waivers=waivers, **changes).found("MY045")


def test_an_error_that_aws_proves_cannot_be_waived(house):
    [said] = waived(house, "MY016", kind="real-time", serving={"volume_gib": 5})
    assert said.startswith("MY016 cannot be waived (volume_gib is not set on instances with local NVMe)")
    assert "MY016" in house.breaks()


def test_a_warning_can_be_waived(house):
    assert waived(house, "MY033", capture={"sample_percent": 5}) == []


@pytest.mark.parametrize("rule", ["MY999", "MY001", "MY024", "MY040", "MY045", "MY046", "MY047"])
def test_what_no_entry_breaks_by_itself_is_no_rule_to_waive(house, rule):
    [said] = waived(house, rule)
    assert said.startswith(f"{rule} is no rule that an entry can break")


def test_a_rule_is_waived_once(house):
    assert waived(house, "MY033", "MY033", capture={"sample_percent": 5}) == [
        "MY033 is waived twice: keep one of the waivers"
    ]
