"""Every promise of docs/security.md names a test that exists, in a file that pytest collects."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
ROW = re.compile(
    r"^\| (?P<letter>[STRIDE]) \| (?P<threat>[^|]+) \| (?P<promise>[^|]+) \| (?P<where>[^|]+) \| (?P<tests>[^|]+) \|$",
    re.M,
)
PARTS = (
    "Catalog and check", "Pull requests, plan and bot", "Stage", "CDK deploy and templates", "Endpoints and callers",
    "Capture", "Record stream and its functions", "Embedded AWS", "Containers", "Supply chain",
)  # fmt: skip


def test_every_part_has_a_promise():
    sections = dict(re.findall(r"^### (.+)\n((?:(?!^##).*\n)*)", PAGE, re.MULTILINE))
    assert tuple(sections) == PARTS
    for part, text in sections.items():
        assert ROW.search(text), part
        # Nothing that looks like a row is one that this test does not read.
        assert len(re.findall(r"^\| [A-Z] \|", text, re.MULTILINE)) == len(ROW.findall(text)), part


@pytest.mark.parametrize("row", list(ROW.finditer(PAGE)), ids=lambda row: row["threat"][:40])
def test_a_promise_is_held_by_tests_that_exist(row):
    named = re.findall(r"`(tests/[^`]+)`", row["tests"])
    assert named
    for name in named:
        path, _, test = name.partition("::")
        assert (ROOT / path).is_file(), path
        functions = {
            node.name
            for node in ast.walk(ast.parse((ROOT / path).read_text("utf-8")))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        assert any(one.startswith("test_") for one in functions), path
        assert not test or test in functions, name


def test_what_a_row_names_is_there():
    for row in ROW.finditer(PAGE):
        for name in re.findall(r"`([^`]+)`", row["where"]):
            assert (ROOT / name).exists(), name


def test_a_report_has_a_private_way_and_no_invented_address():
    text = (ROOT / "SECURITY.md").read_text("utf-8")
    assert "private vulnerability reporting" in text and "@" not in text
