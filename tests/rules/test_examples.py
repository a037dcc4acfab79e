"""The examples that `modelyard explain` shows do what they say."""

from __future__ import annotations

import re
from datetime import date

import pytest

from catalog.document import read_document
from catalog.loader import load
from rules.engine import all_rules, judge

TODAY = date(2026, 12, 1)
RULES = [pytest.param(loaded.rule, id=loaded.rule.id) for loaded in all_rules()]
FILE = re.compile(r"^# catalog/(?P<shelf>\w+)/(?P<name>[\w.-]+)\.yaml\n", re.MULTILINE)


def broken_by(house, tmp_path, example):
    """The ids that an example breaks in environment prod, laid over an ordinary catalog."""
    _, *parts = FILE.split(example)
    house.environment("prod")
    entries = 0
    for shelf, name, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        (tmp_path / "example.yaml").write_text(text, encoding="utf-8")
        changes = dict(read_document(tmp_path / "example.yaml", []).values)
        if shelf == "endpoints":
            house.entry(changes.pop("kind"), name, **changes)
            entries += 1
        else:
            {"environments": house.environment, "models": house.model}[shelf](name, **changes)
    if not entries:
        house.entry("real-time")
    (tmp_path / "environments" / "here.yaml").unlink()
    return {finding.rule for finding in judge(load(tmp_path, "prod"), today=TODAY).findings}


@pytest.mark.parametrize("rule", RULES)
def test_the_example_that_fails_breaks_the_rule(house, tmp_path, rule):
    assert rule.id in broken_by(house, tmp_path, rule.fails)


@pytest.mark.parametrize("rule", RULES)
def test_the_example_that_passes_breaks_no_rule(house, tmp_path, rule):
    assert broken_by(house, tmp_path, rule.passes) == set()
