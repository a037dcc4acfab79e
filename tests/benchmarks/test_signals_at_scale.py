"""The study's page says what its script printed last."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "signals-at-scale.md"
PRINTED = ROOT / "benchmarks" / "results" / "signals_at_scale.txt"
ROWS = {
    "shards, at half of their load": "shards at half of their load, records by way of logs",
    "shards where containers put records": "shards, records put by containers (not compressed)",
    "Lambda: functions at work": "Lambda: functions at work (one a shard at most)",
    "Flink: units, at half of their load": "Flink: units (KPU) at half of their load",
    "USD a month: logs, Lambda": "**USD a month**: logs, Lambda",
    "USD a month: PutRecords, Lambda": "PutRecords, Lambda",
    "USD a month: PutRecords, Flink": "PutRecords, Flink",
    "USD a month: logs, Flink": "logs, Flink",
}


@pytest.mark.parametrize(("printed", "on_the_page"), ROWS.items())
def test_a_row_of_the_page_is_what_was_printed(printed: str, on_the_page: str) -> None:
    (line,) = [line for line in PRINTED.read_text("utf-8").splitlines() if line.startswith(printed)]
    figures = re.split(r"\s{2,}", line.removeprefix(printed).strip())
    assert len(figures) == 6
    assert f"| {on_the_page} | {' | '.join(figures)} |" in PAGE.read_text("utf-8")


@pytest.mark.parametrize("processor", ["Lambda", "Flink"])
def test_the_page_names_every_quota_that_does_not_suffice(processor: str) -> None:
    above = re.findall(rf"^{processor}\s+1,000,000\s+(.+)$", PRINTED.read_text("utf-8"), re.MULTILINE)
    named = {quota.split(" (")[0].removesuffix("/s").removesuffix(" MiB") for quota in above[0].split(", ")}
    (row,) = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| default quotas")]
    assert all(quota.removeprefix("Flink ") in row for quota in named)
