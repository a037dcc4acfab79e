"""Tables of requests as the delivery writes them: Parquet below date= and hour=, made for one test."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from modelyard.cli.main import run
from modelyard_constructs.request_columns import COLUMNS

BEGIN = datetime(2026, 11, 21, 7, 0)
_TYPES = {"string": "VARCHAR", "int": "INTEGER"}
Record = dict[str, Any]


def _record(number: int, **fields: Any) -> Record:
    """The record of one request, the number-th second after the begin; everything is measured."""
    return {
        "record": "modelyard.request/1",
        "record_id": uuid.UUID(int=number).hex,
        "time": BEGIN + timedelta(seconds=number),
        "endpoint": "support-chat",
        "variant": "AllTraffic",
        "model": "llama-3.1-8b-instruct",
        "engine": "vllm",
        "request_id": None,
        "inference_id": None,
        "team": "support",
        "adapter": None,
        "status": 200,
        "streamed": True,
        "queue_ms": 1.5,
        "time_to_first_token_ms": 40.0,
        "time_per_output_token_ms": 20.25,
        "latency_ms": 1000.0,
        "input_tokens": 100,
        "output_tokens": 10,
        "cached_input_tokens": None,
        "stop_reason": "stop",
        "dropped_before": 0,
        **fields,
    }


def _write_table(folder: Path, records: Iterable[Record], *, time: str = "TIMESTAMP") -> Path:
    """One file for each hour, in the types of the Glue table, in folders as Firehose makes them."""
    hours: dict[datetime, list[Record]] = defaultdict(list)
    for each in records:
        hours[each["time"].replace(minute=0, second=0, microsecond=0)].append(each)
    types = {**_TYPES, "timestamp": time}
    columns = ", ".join(f"{name} {types.get(kind, kind.upper())}" for name, kind in COLUMNS.items())
    marks = ", ".join("?" for _ in COLUMNS)
    for hour, rows in hours.items():
        place = folder / f"date={hour:%Y-%m-%d}" / f"hour={hour:%H}" / "2026/11/21/11"
        place.mkdir(parents=True, exist_ok=True)
        with duckdb.connect() as connection:
            connection.execute(f"CREATE TABLE delivered ({columns})")
            connection.executemany(
                f"INSERT INTO delivered VALUES ({marks})", [[row[name] for name in COLUMNS] for row in rows]
            )
            connection.execute(f"COPY delivered TO '{place / f'{len(rows)}.parquet'}' (FORMAT parquet)")
    return folder


@pytest.fixture
def write() -> Callable[..., Path]:
    """The same, where the test says in which folder."""
    return _write_table


@dataclass(frozen=True)
class Said:
    """What one command line left behind."""

    code: int
    out: str
    err: str
    page: str


Signals = Callable[..., Said]
Table = Callable[[Iterable[Record]], Path]


@pytest.fixture
def record() -> Callable[..., Record]:
    """Makes the record of one request by its number and what differs."""
    return _record


@pytest.fixture
def table(tmp_path: Path) -> Table:
    """Writes records as a table and says in which folder."""
    return lambda records: _write_table(tmp_path / "requests", records)


@pytest.fixture
def signals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Signals:
    """Runs `modelyard report signals` in a folder of its own and reads the page that it left."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MODELYARD_ENVIRONMENT", raising=False)
    monkeypatch.delenv("MODELYARD_CATALOG", raising=False)

    def command(*arguments: object) -> Said:
        code = run(["report", "signals", *map(str, arguments)])
        captured = capfd.readouterr()
        written = tmp_path / "signals.html"
        return Said(code, captured.out, captured.err, written.read_text("utf-8") if written.exists() else "")

    return command
