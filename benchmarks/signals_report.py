"""Times `modelyard report signals` on records that it makes: seconds, peak memory, and how large the page becomes.

.venv/bin/python benchmarks/signals_report.py --records 1000000
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from modelyard_constructs.request_columns import COLUMNS

_SEED = 0.20261121
_DAYS = 7
# name, engine, share of the requests, median latency in milliseconds
_ENDPOINTS = (
    ("support-chat", "vllm", 0.46, 1900),
    ("llama-2-13b-chat", "vllm", 0.2, 3800),
    ("llama-2-7b-chat", "vllm", 0.16, 2100),
    ("document-summaries", "vllm", 0.1, 14_000),
    ("house-models", "llm_cpu", 0.06, 350),
    ("faq-answers", "llm_cpu", 0.02, 900),
)
_KINDS = {"string": "VARCHAR", "int": "INTEGER", "timestamp": "TIMESTAMP", "boolean": "BOOLEAN"}


def write_records(folder: Path, *, records: int) -> None:
    """A week of requests that come and go with the hours of the day, with errors, absent fields and 1 % copies."""
    connection = duckdb.connect()
    connection.execute("CREATE TABLE endpoint (name VARCHAR, engine VARCHAR, low DOUBLE, high DOUBLE, median DOUBLE)")
    low = 0.0
    for name, engine, share, median in _ENDPOINTS:
        connection.execute("INSERT INTO endpoint VALUES (?, ?, ?, ?, ?)", [name, engine, low, low + share, median])
        low += share
    fields = ", ".join(f"CAST({name} AS {_KINDS.get(kind, kind.upper())}) AS {name}" for name, kind in COLUMNS.items())
    connection.execute("SET threads = 1")
    connection.execute("SELECT setseed(?)", [_SEED])
    connection.execute(_REQUESTS, {"records": records, "days": _DAYS})
    connection.execute(
        f"COPY (SELECT {fields}, strftime(time, '%Y-%m-%d') AS date, strftime(time, '%H') AS hour FROM made "
        f"UNION ALL SELECT {fields}, strftime(time, '%Y-%m-%d'), strftime(time, '%H') FROM made "
        "WHERE number % 100 = 7) "
        f"TO '{folder}' (FORMAT parquet, PARTITION_BY (date, hour), COMPRESSION snappy)"
    )


# Normal deviates by Box and Muller from pairs of uniform ones; durations are log-normal, as waiting times are.
_REQUESTS = """
CREATE TABLE made AS
WITH drawn AS MATERIALIZED (
    SELECT range AS number, random() AS day, random() AS hour, random() AS second, random() AS rest,
        random() AS which, random() AS luck, random() AS who,
        sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()) AS speed,
        sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()) AS length
    FROM range($records)
), placed AS (
    SELECT *, TIMESTAMP '2026-11-14' + to_days(CAST(floor(day * $days) AS INTEGER))
            + to_milliseconds(CAST(86399999 * CASE WHEN rest < 0.2 THEN hour ELSE (hour + second + rest) / 3 END
            AS BIGINT)) AS time
    FROM drawn
), failed AS (
    SELECT *, CASE WHEN luck < 0.003 THEN 400 WHEN luck < 0.004 THEN 413 WHEN luck < 0.009 THEN 503
            WHEN luck < 0.0095 THEN 500 WHEN luck < 0.017 THEN 499 ELSE 200 END AS status,
        greatest(1, CAST(90 * exp(0.9 * length) AS BIGINT)) AS tokens
    FROM placed
)
SELECT number, 'modelyard.request/1' AS record, md5(number::VARCHAR) AS record_id, time, name AS endpoint,
    CASE WHEN name = 'support-chat' AND who < 0.1 THEN 'canary' ELSE 'AllTraffic' END AS variant,
    CASE WHEN name = 'house-models' THEN CASE WHEN who < 0.4 THEN 'all-minilm-l6-v2' ELSE 'smollm2-135m-instruct' END
        ELSE name || '-model' END AS model,
    engine, NULL AS request_id, NULL AS inference_id,
    CASE WHEN who < 0.5 THEN 'support' WHEN who < 0.7 THEN 'sales' WHEN who < 0.8 THEN 'documents' END AS team,
    CASE WHEN name = 'support-chat' AND who < 0.3 THEN 'german' END AS adapter, status, who < 0.6 AS streamed,
    CASE WHEN status IN (200, 499) THEN exp(1.6 * speed) * 4 END AS queue_ms,
    CASE WHEN status = 200 THEN median * 0.06 * exp(0.5 * speed) + exp(1.6 * speed) * 4 END AS time_to_first_token_ms,
    CASE WHEN status = 200 AND tokens > 1 THEN median / 110 * exp(0.15 * speed) END AS time_per_output_token_ms,
    CASE WHEN status IN (200, 499) THEN median * (0.06 * exp(0.5 * speed) + tokens / 110.0 * exp(0.15 * speed))
        ELSE 1 + who END AS latency_ms,
    CASE WHEN status IN (200, 499) THEN greatest(1, CAST(420 * exp(1.0 * speed) AS BIGINT)) END AS input_tokens,
    CASE WHEN status = 200 THEN tokens END AS output_tokens,
    CASE WHEN status = 200 AND engine = 'vllm' THEN CAST(420 * exp(1.0 * speed) * 0.3 AS BIGINT) END
        AS cached_input_tokens,
    CASE WHEN status = 499 THEN 'abort' WHEN status = 200 THEN CASE WHEN tokens > 500 THEN 'length' ELSE 'stop' END END
        AS stop_reason,
    CASE WHEN number % 50021 = 0 THEN 3 ELSE 0 END AS dropped_before
FROM failed JOIN endpoint ON which >= low AND which < high
"""


def main() -> None:
    """Make records, draw the page, each in a process of its own, and print what the second one took."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--records", type=int, default=1_000_000)
    options.add_argument(
        "--keep", type=Path, help="a folder for the records and the page; both are removed if not given"
    )
    options.add_argument("--only-write", type=Path, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.only_write:
        write_records(chosen.only_write, records=chosen.records)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.keep or Path(temporary)
        table = folder / "requests"
        if not table.exists():
            # Linux lets a process inherit the peak of the one that started it, so that one must stay small.
            again = [sys.executable, __file__, "--records", str(chosen.records), "--only-write", str(table)]
            subprocess.run(again, check=True)
        page = folder / "signals.html"
        command = str(Path(sys.executable).with_name("modelyard"))
        began = time.monotonic()
        process = subprocess.Popen([command, "report", "signals", str(table), "--output", str(page)])
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.monotonic() - began
        if status:
            sys.exit("the report was not written")
        files = [path.stat().st_size for path in table.rglob("*.parquet")]
        print(f"\n{platform.machine()}, Python {platform.python_version()}, DuckDB {duckdb.__version__}")
        print(f"{chosen.records:,} requests in {len(files)} files of {sum(files) / 1e6:,.0f} MB together")
        print(f"{seconds:.1f} s, of it {used.ru_utime + used.ru_stime:.1f} s of CPU, ", end="")
        # Linux counts in KiB.
        print(f"peak memory {used.ru_maxrss / 1024:,.0f} MiB, page {page.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
