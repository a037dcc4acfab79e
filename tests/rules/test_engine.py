from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import modelyard.rules
from modelyard.catalog.problem import LOADER_CHECKS
from modelyard.rules.engine import all_rules, judge

EVERY_KIND = ("real-time", "async", "serverless", "multi-model")


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_an_ordinary_entry_of_every_kind_breaks_no_rule(house, kind):
    assert house.entry(kind).breaks() == set()


def test_every_rule_explains_itself_and_points_to_a_source():
    for loaded in all_rules():
        rule = loaded.rule
        assert rule.severity in ("error", "warning")
        assert all([rule.title, rule.reason, rule.source, rule.fix]), rule.id
        checks = [loaded.check, loaded.check_environment, loaded.check_day, loaded.check_waivers]
        assert sum(one is not None for one in checks) == 1, rule.id


def test_an_id_names_one_rule_and_none_of_the_loaders_checks():
    ids = [loaded.rule.id for loaded in all_rules()]
    assert len(set(ids)) == len(ids)
    assert not set(ids) & set(LOADER_CHECKS)


def test_every_rule_lies_in_a_file_of_its_own_and_has_a_test_block_of_the_same_name():
    folder = Path(modelyard.rules.__path__[0])
    modules = {path.stem for path in folder.glob("*.py")} - {
        "__init__",
        "account_need",
        "catalogue",
        "engine",
        "file_checks",
        "page",
        "reading",
        "rule",
    }
    assert len(modules) == len(all_rules())
    tested = {path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_*.py")}
    assert modules - tested == set()


def test_findings_come_in_the_order_of_files_and_lines(house):
    house.entry("real-time", "beta", serving={"volume_gib": 5, "tensor_parallel_degree": 5})
    house.entry("real-time", "alpha", scaling={"instances": {"min": 0, "max": 1}})
    places = [(finding.path, finding.line) for finding in judge(house.catalog()).findings]
    assert places == sorted(places)
    assert len(places) > 2


def test_a_finding_reads_as_file_line_column_id_and_sentence(house, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert [
        str(finding) for finding in judge(house.entry("real-time", serving={"volume_gib": 5}).catalog()).findings
    ] == [
        "endpoints/probe.yaml:10:15 MY016 volume_gib is 5, but ml.g5.2xlarge has its own disk of 450 GB "
        "and AWS refuses a volume: remove volume_gib"
    ]


def test_a_warning_says_that_it_is_one(house):
    house.entry("async", capture={"sample_percent": 5})
    assert ["MY033 warning: capture" in str(finding) for finding in judge(house.catalog()).findings] == [True]


WAIVED_CAPTURE = {
    "capture": {"sample_percent": 5},
    "waivers": [{"rule": "MY033", "reason": "tried on our account", "until": "2026-12-31"}],
}


def test_a_waived_finding_is_kept_apart_with_its_reason(house):
    verdict = judge(house.entry("async", **WAIVED_CAPTURE).catalog(), today=date(2026, 12, 31))
    assert verdict.findings == ()
    [(finding, reason)] = verdict.waived
    assert (finding.rule, reason) == ("MY033", "tried on our account")


def test_a_waiver_covers_its_own_entry_only(house):
    house.entry("async", "alpha", **WAIVED_CAPTURE).entry("async", "beta", capture={"sample_percent": 5})
    assert [Path(finding.path).stem for finding in judge(house.catalog()).findings] == ["beta"]


def test_an_error_that_is_marked_waivable_can_be_waived(house):
    secret = {"environment": {"VOCABULARY_TOKEN": "eos"}}
    waiver = {"rule": "MY036", "reason": "a token of the vocabulary", "until": "2026-12-31"}
    assert house.entry("real-time", serving=secret, waivers=[waiver]).breaks() == set()


def test_after_its_last_day_a_waiver_covers_nothing_more(house):
    verdict = judge(house.entry("async", **WAIVED_CAPTURE).catalog(), today=date(2027, 1, 1))
    assert {finding.rule for finding in verdict.findings} == {"MY033", "MY046"}
    assert verdict.waived == ()


def test_without_a_day_the_same_files_give_the_same_answer_for_ever(house):
    expired = {"rule": "MY033", "reason": "tried on our account", "until": "2020-01-01"}
    unused = {"rule": "MY039", "reason": "not needed", "until": "2020-01-01"}
    house.entry("async", capture={"sample_percent": 5}, waivers=[expired, unused])
    assert judge(house.catalog()).findings == ()
