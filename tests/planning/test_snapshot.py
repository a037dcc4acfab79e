"""What `modelyard plan --out` writes and `--compare-to` reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import validate

import modelyard.planning.snapshot

SCHEMA = json.loads(Path(modelyard.planning.snapshot.__file__).with_name("snapshot.schema.json").read_text("utf-8"))


def test_a_snapshot_of_the_same_catalog_and_code_has_nothing_to_deploy(repository, plan, tmp_path):
    file = tmp_path / "snapshot.json"
    assert plan("-e", "plain", "--out", str(file)).code == 0
    document = json.loads(file.read_text("utf-8"))
    validate(document, SCHEMA)
    assert document["version"] == 1 and document["environments"]["plain"]["chat"]["Endpoint"]["Type"]
    [environment] = plan("-e", "plain", "--compare-to", str(file), "--json").json()["environments"]
    assert {one["action"] for one in environment["endpoints"]} == {"unchanged"}
    assert environment["foundation"]["resources"] == {}


def test_what_was_added_edited_and_taken_since_is_planned(repository, plan, tmp_path):
    file = tmp_path / "snapshot.json"
    (repository.folder / "catalog" / "endpoints" / "answers.yaml").rename(tmp_path / "answers.yaml")
    assert plan("-e", "plain", "--out", str(file)).code == 0
    (tmp_path / "answers.yaml").rename(repository.folder / "catalog" / "endpoints" / "answers.yaml")
    repository.append("endpoints/chat.yaml", "log_keep_days: 7\n")
    (repository.folder / "catalog" / "endpoints" / "shelf.yaml").unlink()
    found = plan("-e", "plain", "--compare-to", str(file), "--json").json()
    [environment] = found["environments"]
    told = {one["name"]: one for one in environment["endpoints"]}
    assert told["answers"]["action"] == "added"
    assert told["chat"]["resources"] == {"LogGroup": "update"}
    assert any("has a stack shelf" in note for note in found["notes"])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "is not there"),
        ("{", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ("[]", "is no snapshot"),
        ('{"version": 2, "environments": {}}', "has version 2, newer than 1"),
        ('{"version": 0, "environments": {}}', "is no snapshot"),
        ('{"version": 1, "environments": {"plain": {"chat": []}}}', "is no snapshot"),
        ('{"version": 1, "environments": {"plain": {"chat": {"Endpoint": {"Properties": {}}}}}}', "is no snapshot"),
    ],
)
def test_another_file_is_refused_in_one_sentence(repository, plan, tmp_path, text, why):
    file = tmp_path / "snapshot.json"
    if text is not None:
        file.write_text(text)
    said = plan("-e", "plain", "--compare-to", str(file))
    assert said.code == 2 and why in said.err and "Traceback" not in said.err


def test_a_snapshot_takes_the_place_of_a_commit(repository, plan, tmp_path):
    said = plan("--compare-to", str(tmp_path / "x"), "--base", "main")
    assert said.code == 2 and "--compare-to takes the place of --base and --head" in said.err
