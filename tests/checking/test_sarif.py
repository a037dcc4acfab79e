"""A report in SARIF has the shape that the standard's schema asks for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from modelyard.rules.catalogue import explained_rules

SCHEMA = json.loads((Path(__file__).parent / "sarif-2.1.0-parts.schema.json").read_text("utf-8"))


def sarif(check, *arguments):
    document = json.loads(check("--sarif", *arguments).out)
    Draft202012Validator.check_schema(SCHEMA)
    validator = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)
    assert [error.message for error in validator.iter_errors(document)] == []
    [run] = document["runs"]
    return run


def test_a_sound_catalog_is_a_run_without_results(check, catalog):
    assert sarif(check)["results"] == []


def test_results_have_level_place_and_rule(check, mixed):
    run = sarif(check)
    first = run["results"][0]
    assert (first["ruleId"], first["level"]) == ("MY016", "error")
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "catalog/endpoints/chat.yaml"
    assert place["region"] == {"startLine": 9, "startColumn": 15}


def test_every_result_points_to_the_description_of_its_rule(check, mixed):
    run = sarif(check)
    rules = run["tool"]["driver"]["rules"]
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == ["MY016", "MY033", "MY033"]
    assert rules[0]["shortDescription"]["text"] == explained_rules()["MY016"].title


def test_a_waived_result_is_suppressed_in_source_with_the_reason(check, mixed):
    suppressions = [result.get("suppressions") for result in sarif(check)["results"]]
    assert suppressions == [None, None, [{"kind": "inSource", "justification": "tried on 2026-11-02"}]]


def test_what_the_loader_refuses_is_described_as_well(check, catalog):
    (catalog / "endpoints" / "a b.yaml").write_text("kind: [\n")
    [result] = sarif(check)["results"]
    assert result["ruleId"] == "MY008"
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "catalog/endpoints/a%20b.yaml"


def test_a_file_elsewhere_is_named_by_a_whole_uri(check, mixed, monkeypatch, tmp_path_factory):
    folder = mixed.absolute()
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    uri = sarif(check, str(folder))["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == (folder / "endpoints" / "chat.yaml").as_uri()


@pytest.mark.parametrize("wrong", [{"runs": []}, {"version": "2.1.0", "runs": [{}]}])
def test_the_schema_of_the_parts_refuses_another_shape(wrong):
    assert list(Draft202012Validator(SCHEMA).iter_errors(wrong))
