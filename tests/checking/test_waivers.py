"""`modelyard check` knows the day: it tells which waivers have run out and which cover nothing."""

from __future__ import annotations


def test_a_waiver_holds_until_its_last_day(check, mixed):
    path = "catalog/endpoints/summaries.yaml"
    assert check(path, today="2026-12-31").code == 0
    said = check(path, today="2027-01-01")
    assert said.code == 1
    assert "MY046 the waiver of MY033 ended on 2026-12-31" in said.out
    assert "MY033 warning: " in said.out


def test_a_waiver_that_one_environment_needs_is_not_unused(check, mixed):
    (mixed / "endpoints" / "summaries.yaml").write_text(
        (mixed / "endpoints" / "summaries.yaml").read_text().replace("capture: {sample_percent: 5}\n", "")
    )
    assert "MY047 warning: the entry does not break MY033" in check().out
    # Which environments need it can only be said of all of them.
    assert "MY047" not in check("-e", "plain").out
    local = mixed / "environments" / "local.yaml"
    local.write_text(local.read_text() + "overrides: {summaries: {capture: {sample_percent: 5}}}\n")
    assert "MY047" not in check().out
