"""Llama 2's table of 2023 beside today's: kept, so that whoever changes a price or a formula sees what it moves."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import llama_2_table
from benchmarks.llama_2_table import ROWS, table

TESTS = Path(__file__).parents[1]
GOLDEN = TESTS / "golden" / "llama_2_table.md"


@pytest.fixture(autouse=True)
def models_of_the_tests(monkeypatch):
    monkeypatch.setattr(llama_2_table, "CATALOG", TESTS / "catalogs" / "shipped")


def cells() -> list[list[str]]:
    lines = GOLDEN.read_text("utf-8").splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_table_is_the_one_that_is_kept():
    assert table() == GOLDEN.read_text("utf-8"), "run benchmarks/llama_2_table.py > tests/golden/llama_2_table.md"


def test_the_documents_six_rows_are_all_there_with_their_weeks():
    assert [row.model for row in ROWS] == [
        "llama-2-7b",
        "llama-2-7b-chat",
        "llama-2-13b",
        "llama-2-13b-chat",
        "llama-2-70b",
        "llama-2-70b-chat",
    ]
    weeks = [row[6] for row in cells()]
    assert weeks == ["12.12", "12.12", "56.72", "56.72", "162.88", "162.88"]


def test_every_instance_of_2023_still_holds_its_model():
    for row in cells():
        needed, has = (float(number) for number in row[9].removesuffix(" GiB").split(" of "))
        assert needed <= has
