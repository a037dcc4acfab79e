"""The file of an account's quotas: read strictly, written so that reading gives it back."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from modelyard.catalog.account_quotas import AccountQuota, AccountQuotas, quotas_path, quotas_text, read_account_quotas
from modelyard.catalog.problem import Problem

PLACE = {"account": "111122223333", "region": "us-east-1"}
QUOTAS = AccountQuotas(
    **PLACE,
    pulled_on=date(2026, 11, 21),
    quotas=(
        AccountQuota(code="L-B", name="z for endpoint usage", applied=None, default=0, adjustable=True),
        AccountQuota(code="L-A", name="a for endpoint usage", applied=4, default=0, adjustable=False),
    ),
)


def write(folder: Path, text: str) -> Path:
    path = quotas_path(folder, **PLACE)
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    return path


def read(folder: Path) -> tuple[AccountQuotas | None, list[Problem]]:
    problems: list[Problem] = []
    return read_account_quotas(folder, **PLACE, problems=problems), problems


def test_a_catalog_may_have_none(tmp_path: Path) -> None:
    assert read(tmp_path) == (None, [])


def test_what_is_written_reads_back_ordered_by_name(tmp_path: Path) -> None:
    write(tmp_path, quotas_text(QUOTAS))
    back, problems = read(tmp_path)
    assert back is not None and problems == []
    assert [quota.name for quota in back.quotas] == ["a for endpoint usage", "z for endpoint usage"]
    assert {quota.code: quota.have for quota in back.quotas} == {"L-A": 4, "L-B": 0}
    assert quotas_text(back) == quotas_text(QUOTAS)


def test_what_was_granted_counts_before_what_accounts_start_with() -> None:
    assert [QUOTAS.by_code("L-A").have, QUOTAS.by_name("z for endpoint usage").have] == [4, 0]
    assert QUOTAS.by_code("L-C") is None and QUOTAS.by_name("c") is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"account": "111122223333"', '"account": "999999999999"', "these are the quotas of 999999999999 in us-east-1"),
        ('"applied": 4', '"applied": 4.5', "quotas.0.applied: Input should be a valid integer"),
        ('"applied": 4', '"aplied": 4', "quotas.0.applied: Field required"),
        ('"pulled_on": "2026-11-21"', '"pulled_on": "soon"', "pulled_on: Value error, 'soon' is no day"),
        ("]\n}", "]\n", "Invalid JSON"),
    ],
)
def test_a_file_that_says_something_else_is_a_problem_of_that_file(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    text = quotas_text(QUOTAS)
    assert old in text
    path = write(tmp_path, text.replace(old, new))
    found, (problem,) = read(tmp_path)
    assert found is None
    assert (problem.path, problem.line, problem.column, problem.rule_id) == (str(path), 1, 1, "MY006")
    assert said in problem.message and problem.message.endswith("write it anew with `modelyard quotas pull`")


def test_a_folder_in_its_place_cannot_be_read(tmp_path: Path) -> None:
    quotas_path(tmp_path, **PLACE).mkdir(parents=True)
    found, (problem,) = read(tmp_path)
    assert found is None and problem.rule_id == "MY001"
