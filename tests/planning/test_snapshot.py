"""What `modelyard plan --out` writes and `--compare-to` reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

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


def written(plan, file: Path) -> dict[str, Any]:
    """A snapshot of the catalog's plain environment, to edit."""
    assert plan("-e", "plain", "--out", str(file)).code == 0
    document: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return document


def test_each_side_costs_what_it_consists_of(repository, plan, tmp_path):
    """Another version of modelyard had fewer alarms, other instances and a dashboard of the fleet; no entry differs."""
    file = tmp_path / "snapshot.json"
    document = written(plan, file)
    stacks = document["environments"]["plain"]
    del stacks["chat"]["LatencyAlarm"]
    stacks["chat"]["EndpointConfig"]["Properties"]["ProductionVariants"][0]["InstanceType"] = "ml.g5.4xlarge"
    stacks["foundation"]["FleetDashboard"] = {"Type": "AWS::CloudWatch::Dashboard", "Properties": {}}
    stacks["foundation"]["Async"]["Properties"]["LifecycleConfiguration"]["Rules"][0]["ExpirationInDays"] = 3
    file.write_text(json.dumps(document))
    [environment] = plan("-e", "plain", "--compare-to", str(file), "--json").json()["environments"]
    told = {one["name"]: one for one in environment["endpoints"]}
    lines = {
        side: {line["what"]: line["usd"]["expected"] for line in told["chat"][side]["lines"]}
        for side in ("before", "after")
    }
    standing = {side: [word for word in found if word.endswith("metrics in alarms")] for side, found in lines.items()}
    assert standing == {"before": ["8 metrics in alarms"], "after": ["9 metrics in alarms"]}
    assert "1 to 3 x ml.g5.4xlarge" in lines["before"] and "1 to 3 x ml.g5.2xlarge" in lines["after"]
    before, after = environment["foundation"]["before"]["usd"], environment["foundation"]["after"]["usd"]
    assert float(before["expected"]) - float(after["expected"]) == 3
    kept = [
        [line["what"] for line in told["summaries"][side]["lines"] if line["what"].startswith("requests and")]
        for side in ("before", "after")
    ]
    assert kept == [["requests and answers, kept 3 days"], ["requests and answers, kept 30 days"]]


@pytest.mark.parametrize(
    ("stack", "resource", "properties"),
    [
        ("chat", "EndpointConfig", {}),
        ("chat", "EndpointConfig", {"ProductionVariants": []}),
        ("chat", "EndpointConfig", {"ProductionVariants": [{"InstancePools": 3}]}),
        ("chat", "ScalableTarget", {"MinCapacity": "few", "MaxCapacity": None}),
        ("chat", "LatencyAlarm", {"Period": {}}),
        ("foundation", "Key2", {}),
    ],
)
def test_what_nobody_can_price_in_an_edited_snapshot_is_refused_in_one_sentence(
    repository, plan, tmp_path, stack, resource, properties
):
    file = tmp_path / "snapshot.json"
    document = written(plan, file)
    type_ = document["environments"]["plain"][stack].get(resource, {"Type": "AWS::Kinesis::Stream"})["Type"]
    document["environments"]["plain"][stack][resource] = {"Type": type_, "Properties": properties}
    file.write_text(json.dumps(document))
    said = plan("-e", "plain", "--compare-to", str(file))
    assert said.code == 2 and "snapshot.json consists of has no price: a resource of type AWS::" in said.err
    assert "Traceback" not in said.err and len(said.err.strip().splitlines()) <= 4


def test_a_snapshot_takes_the_place_of_a_commit(repository, plan, tmp_path):
    said = plan("--compare-to", str(tmp_path / "x"), "--base", "main")
    assert said.code == 2 and "--compare-to takes the place of --base and --head" in said.err
