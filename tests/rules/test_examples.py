"""The examples that `modelyard explain` shows do what they say."""

from __future__ import annotations

import re
from datetime import date

import pytest

from modelyard.catalog.document import read_document
from modelyard.catalog.instance_lock import FILE_NAME
from modelyard.catalog.loader import load
from modelyard.catalog.problem import CatalogErrors
from modelyard.rules.catalogue import explained_rules
from modelyard.rules.engine import judge

TODAY = date(2026, 12, 1)
RULES = [pytest.param(rule, id=rule.id) for rule in explained_rules().values()]
FILE = re.compile(r"^# catalog/(?:(?P<shelf>\w+)/)?(?P<name>[\w.-]+)\.(?:yaml|json)\n", re.MULTILINE)


def broken_by(house, folder, example):
    """The ids that an example breaks in environment prod, laid over an ordinary catalog."""
    _, *parts = FILE.split(example)
    house.environment("prod")
    for shelf, name, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        lay_over(house, folder, shelf, name, text)
    if not any((folder / "endpoints").iterdir()):
        house.entry("real-time")
    (folder / "environments" / "here.yaml").unlink()
    try:
        return {finding.rule for finding in judge(load(folder, "prod"), today=TODAY).findings}
    except CatalogErrors as errors:
        return {problem.rule_id for problem in errors.problems}


def lay_over(house, folder, shelf, name, text):
    if name == "instances.lock":
        (folder / FILE_NAME).write_text(text, encoding="utf-8")
        return
    if shelf == "quotas":
        (folder / shelf).mkdir()
        (folder / shelf / f"{name}.json").write_text(text, encoding="utf-8")
        return
    (folder / "example.yaml").write_text(text, encoding="utf-8")
    document = read_document(folder / "example.yaml", [])
    if document is None:
        # What cannot be read cannot be laid over anything either.
        (folder / shelf / f"{name}.yaml").write_text(text, encoding="utf-8")
    elif name == "organisation":
        for team, changes in document.values["teams"].items():
            house.team(team, **changes)
    elif shelf == "endpoints":
        changes = dict(document.values)
        house.entry(changes.pop("kind"), name, **changes)
    else:
        {"environments": house.environment, "models": house.model}[shelf](name, **document.values)


@pytest.mark.parametrize("rule", RULES)
def test_the_example_that_fails_breaks_the_rule(house, tmp_path, rule):
    assert rule.id in broken_by(house, tmp_path, rule.fails)


@pytest.mark.parametrize("rule", RULES)
def test_the_example_that_passes_breaks_no_rule(house, tmp_path, rule):
    assert broken_by(house, tmp_path, rule.passes) == set()
