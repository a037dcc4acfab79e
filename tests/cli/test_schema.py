from __future__ import annotations

import json

from modelyard.cli.main import run

NAMES = {f"{name}.schema.json" for name in ("endpoint", "model", "environment", "organisation", "usage")}


def test_it_writes_a_schema_for_every_kind_of_file(tmp_path, capsys):
    assert run(["schema", "--to", str(tmp_path / "new")]) == 0
    assert {path.name for path in (tmp_path / "new").iterdir()} == NAMES
    assert all(json.loads((tmp_path / "new" / name).read_text("utf-8")) for name in NAMES)
    assert capsys.readouterr().out.count("wrote ") == 5


def test_what_it_wrote_is_current(tmp_path):
    run(["schema", "--to", str(tmp_path)])
    assert run(["schema", "--to", str(tmp_path), "--check"]) == 0


def test_a_stale_schema_fails_and_says_what_to_do(tmp_path, capsys):
    run(["schema", "--to", str(tmp_path)])
    (tmp_path / "model.schema.json").write_text("{}", encoding="utf-8")
    (tmp_path / "endpoint.schema.json").unlink()
    assert run(["schema", "--to", str(tmp_path), "--check"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("modelyard: endpoint.schema.json, model.schema.json in ")
    assert said.endswith("differ from the types: run `modelyard schema` and commit them\n")
    assert not (tmp_path / "endpoint.schema.json").exists()


def test_the_committed_schemas_are_current():
    assert run(["schema", "--check"]) == 0
