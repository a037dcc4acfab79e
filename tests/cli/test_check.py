"""`modelyard check`: one line for each problem of a catalog."""

from __future__ import annotations

from typing import Any


def test_a_sound_catalog_has_no_errors(modelyard: Any) -> None:
    said = modelyard("check")
    assert said.code == 0
    assert said.out.splitlines()[-1].startswith("no errors, ")


def test_problems_of_files_and_of_rules_are_told_with_their_places(modelyard: Any, catalog: Any) -> None:
    (catalog.folder / "endpoints/broken.yaml").write_text("kind: real-time\nteam: [support]\n")
    said = modelyard("check")
    assert said.code == 1
    assert f"{catalog.folder}/endpoints/broken.yaml:2:7 MY006 " in said.out
    assert f"{catalog.folder}/endpoints/broken.yaml:1:1 MY005 " in said.out


def test_a_problem_that_environments_share_is_told_once(modelyard: Any, catalog: Any) -> None:
    for name in ("one", "two"):
        catalog.write(
            f"environments/{name}.yaml", {"account": "000000000000", "region": "us-east-1", "name_prefix": name}
        )
    catalog.write("endpoints/broken.yaml", {"kind": "realtime"})
    said = modelyard("check")
    assert said.code == 1
    assert said.out.count("kind is realtime") == 1
    assert "environments one, " in said.out


def test_a_rule_is_applied(modelyard: Any, catalog: Any) -> None:
    catalog.write(
        "endpoints/seldom.yaml",
        {
            "kind": "serverless",
            "team": "support",
            "model": "small",
            "serving": {"engine": "custom", "image": "modelyard/llm-cpu:0.1.0", "memory_mb": 1500},
        },
    )
    said = modelyard("check")
    assert said.code == 1
    assert "endpoints/seldom.yaml:" in said.out
    assert "1500" in said.out
