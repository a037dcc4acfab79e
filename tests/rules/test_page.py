"""docs/rules.md lists every id and where each thing that AWS refuses is told."""

from __future__ import annotations

from importlib import resources

import yaml

from modelyard.rules.catalogue import explained_rules
from modelyard.rules.page import PAGE, generated_part, page_with

SUBJECTS = yaml.safe_load(resources.files("modelyard.rules").joinpath("subjects.yaml").read_text("utf-8"))


def test_the_page_is_what_the_rules_say():
    page = PAGE.read_text("utf-8")
    assert page == page_with(generated_part(), page), "run `python -m modelyard.rules.page` and commit docs/rules.md"


def test_every_id_stands_in_the_page():
    for rule in explained_rules().values():
        assert f"| {rule.id} | {rule.severity} |" in generated_part()


def test_every_subject_is_told_made_impossible_or_said_not_to_be():
    assert len(SUBJECTS) == 40
    for row in SUBJECTS:
        assert row.keys() <= {"subject", "rules", "elsewhere", "not_yet", "source"}
        assert row.keys() & {"rules", "elsewhere", "not_yet"}, row["subject"]
        assert row["source"].startswith("https://")


def test_subjects_name_ids_that_exist():
    assert {rule for row in SUBJECTS for rule in row.get("rules", ())} <= set(explained_rules())


def test_files_that_subjects_name_exist():
    root = PAGE.parents[1]
    for row in SUBJECTS:
        for word in f"{row.get('elsewhere', '')} {row.get('not_yet', '')}".split("`")[1::2]:
            if word.endswith(".py"):
                assert (root / word).exists() or (root / "constructs" / "modelyard_constructs" / word).exists(), word
