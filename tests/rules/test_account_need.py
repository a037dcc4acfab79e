from __future__ import annotations

import pytest

import modelyard.rules.account_need
from modelyard.rules.engine import judge


@pytest.fixture
def counted(monkeypatch):
    calls = []
    real = modelyard.rules.account_need.quotas_needed
    monkeypatch.setattr(
        modelyard.rules.account_need, "quotas_needed", lambda entries: calls.append(entries) or real(entries)
    )
    return calls


def test_what_an_account_needs_is_computed_once_for_a_catalog_and_anew_for_the_next(house, counted):
    house.quotas({"L-9614C779": 0}).entry("real-time")
    for expected in (1, 2):
        found = [finding.rule for finding in judge(house.catalog()).findings]
        assert "MY053" in found and "MY054" in found
        assert len(counted) == expected


def test_nothing_is_computed_where_no_quotas_were_pulled(house, counted):
    judge(house.entry("real-time").catalog())
    assert counted == []
