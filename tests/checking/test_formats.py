"""A report for GitHub and for programs."""

from __future__ import annotations

import json


def test_annotations_name_file_line_column_and_rule(check, mixed):
    lines = check("--github").out.splitlines()
    assert lines[0] == (
        "::error file=catalog/endpoints/chat.yaml,line=9,col=15,title=MY016::volume_gib is 64, but ml.g5.2xlarge has "
        "its own disk of 450 GB and AWS refuses a volume: remove volume_gib"
    )
    assert lines[1].startswith("::warning file=catalog/endpoints/shelf.yaml,line=12,col=1,title=MY033::capture")
    assert len(lines) == 3


def test_annotations_escape_what_would_end_them(check, catalog):
    entry = catalog / "endpoints" / "chat.yaml"
    (catalog / "endpoints" / "half, 50%: done.yaml").write_text(entry.read_text())
    entry.write_text(entry.read_text().replace("kind: real-time", "kind: 100%"))
    lines = check("--github", "-e", "local").out.splitlines()
    assert lines[0].startswith("::error file=catalog/endpoints/chat.yaml,line=1,col=7,title=MY006::kind is 100%25, ")
    assert lines[1].startswith("::error file=catalog/endpoints/half%2C 50%25%3A done.yaml,line=1,col=1,title=MY008::")


def test_json_holds_everything_also_what_is_waived(check, mixed):
    said = check("--json")
    document = json.loads(said.out)
    assert said.code == 1
    counts = {key: document[key] for key in ("version", "errors", "warnings", "waived", "environments")}
    assert counts == {
        "version": 1,
        "errors": 1,
        "warnings": 1,
        "waived": 1,
        "environments": ["flink", "guarded", "local", "plain", "signals"],
    }
    assert [(row["rule"], row["severity"], row["waived"]) for row in document["findings"]] == [
        ("MY016", "error", None),
        ("MY033", "warning", None),
        ("MY033", "warning", "tried on 2026-11-02"),
    ]
    assert document["findings"][0]["path"] == "catalog/endpoints/chat.yaml"
    assert (document["findings"][0]["line"], document["findings"][0]["column"]) == (9, 15)
    assert document["findings"][0]["environments"] == ["flink", "guarded", "local", "plain", "signals"]


def test_a_finding_names_the_environments_that_have_it(check, catalog):
    guarded = catalog / "environments" / "guarded.yaml"
    guarded.write_text(guarded.read_text().replace("instances: {min: 2}", "instances: {min: 0}"))
    [row] = json.loads(check("--json").out)["findings"]
    assert (row["rule"], row["environments"]) == ("MY026", ["guarded"])
    assert row["path"] == "catalog/environments/guarded.yaml"
