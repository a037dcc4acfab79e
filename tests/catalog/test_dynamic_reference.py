"""No text of any catalog file names a secret for CloudFormation to put in its place."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml

from modelyard.catalog.document import read_document
from modelyard.catalog.dynamic_reference import is_dynamic_reference
from modelyard.catalog.instance_lock import FILE_NAME
from modelyard.catalog.loader import load
from modelyard.catalog.problem import CatalogErrors, Problem
from modelyard.rules.catalogue import explained_rules
from modelyard.rules.engine import waivable_rules

FOUR_KINDS = Path(__file__).parents[1] / "catalogs" / "four-kinds"
REFERENCE = "{{resolve:secretsmanager:team/hub:SecretString:token}}"
FILES = sorted(path.relative_to(FOUR_KINDS).as_posix() for path in FOUR_KINDS.rglob("*.yaml"))


@pytest.mark.parametrize(
    "text",
    [
        REFERENCE,
        "{{resolve:ssm-secure:/llm/token}}",
        "https://example.com/{{resolve:ssm:x}}/runbooks",
        "{{RESOLVE:ssm:x}}",
        "{{ resolve : ssm : x }}",
        "{{\nresolve:ssm:x}}",
        "{\u200b{resolve:ssm:x}}",
        "{{re\u00adsolve:ssm:x}}",
        "a{{{{resolve:ssm:x",
        "{{resolve",
    ],
)
def test_every_spelling_is_recognised(text: str) -> None:
    assert is_dynamic_reference(text)


@pytest.mark.parametrize("cut", range(1, len("{{resolve:")))
@pytest.mark.parametrize("between", ["", " ", "\n"])
def test_no_two_texts_make_one_where_they_are_joined(cut: int, between: str) -> None:
    reference = "{{resolve:ssm:/llm/token}}"
    assert is_dynamic_reference(f"of {reference[:cut]}{between}") or is_dynamic_reference(f"{between}{reference[cut:]}")


@pytest.mark.parametrize(
    "text",
    [
        "{{ messages }}",
        "{% if x %}{{ x",
        "resolve: it",
        "{",
        "x {r",
        "resolve:ssm:x",
        "{resolve x}",
        '{"a": {"resolve": 1}}',
        "",
    ],
)
def test_other_texts_with_braces_pass(text: str) -> None:
    assert not is_dynamic_reference(text)


def places(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Where a file has a value that is neither table nor list."""
    if isinstance(value, dict):
        return [place for key, below in value.items() for place in places(below, (*path, key))]
    if isinstance(value, list):
        return [place for index, below in enumerate(value) for place in places(below, (*path, index))]
    return [path]


@pytest.mark.parametrize("name", FILES)
def test_a_reference_in_any_place_of_any_file_is_told_with_its_place_whatever_the_key(
    tmp_path: Path, name: str
) -> None:
    text = (FOUR_KINDS / name).read_text("utf-8")
    found = places(yaml.BaseLoader(text).get_single_data())
    assert found
    for place in found:
        document = yaml.BaseLoader(text).get_single_data()
        holder = document
        for key in place[:-1]:
            holder = holder[key]
        holder[place[-1]] = REFERENCE
        told = problems(tmp_path / "x.yaml", yaml.safe_dump(document, default_flow_style=False))
        assert [problem.rule_id for problem in told] == ["MY080"], place
        line = (tmp_path / "x.yaml").read_text("utf-8").splitlines()[told[0].line - 1]
        assert REFERENCE in line[told[0].column - 1 :]


def test_a_key_is_a_text_too(tmp_path: Path) -> None:
    [told] = problems(tmp_path / "x.yaml", f"teams:\n  '{REFERENCE}': {{}}\n")
    assert (told.line, told.column, told.rule_id) == (2, 3, "MY080")


@pytest.mark.parametrize(
    "written",
    [
        '"\\x7b\\x7bresolve:ssm:x}}"',
        '"{\\u007bresolve:ssm:x}}"',
        "|\n      {{resolve:ssm:x}}",
        "|\n      {{resolve:\n      ssm:x}}",
    ],
)
def test_no_way_to_write_it_hides_it(tmp_path: Path, written: str) -> None:
    [told] = problems(tmp_path / "x.yaml", f"waivers:\n  - reason: {written}\n")
    assert told.rule_id == "MY080"


def test_a_lock_that_a_person_has_changed_is_read_as_strictly(tmp_path: Path) -> None:
    folder = tmp_path / "catalog"
    shutil.copytree(FOUR_KINDS, folder)
    locked = {
        "instance": ["ml.g5.2xlarge"],
        "tensor_parallel_degree": None,
        "volume_gib": None,
        "price": {"usd_per_hour": "1.515", "dated": "2025-01-26", "basis": "list"},
        "chosen_on": "2026-11-21",
        "chosen_for": REFERENCE,
        "inputs": "0000000000000000",
        "fallbacks": [],
        "lost": [],
    }
    text = json.dumps({"environments": {"local": {"chat": locked}}}, indent=1)
    for written in (text, text.replace("{{", "\\u007b\\u007b")):
        (folder / FILE_NAME).write_text(written, encoding="utf-8")
        with pytest.raises(CatalogErrors) as errors:
            load(folder, "local")
        [told] = errors.value.problems
        assert told.rule_id == "MY080"
        assert told.line == (16 if written == text else 1)


def test_nobody_can_waive_it() -> None:
    assert "MY080" in explained_rules() and "MY080" not in waivable_rules()


def problems(path: Path, text: str) -> list[Problem]:
    path.write_text(text, encoding="utf-8")
    found: list[Problem] = []
    read_document(path, found)
    return found
