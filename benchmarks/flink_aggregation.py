"""How many records a second Flink aggregates, on a mini-cluster with one task of each kind: `make bench-flink`.

A long stream minus a short one, so that starting Java, planning the job and starting Python are not in it. State is on
the heap here; the managed service keeps it in RocksDB, which costs more, and how much is not measured.
"""

from __future__ import annotations

import base64
import json
import platform
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from random import Random
from typing import Any

import psutil

from flink.golden.stream import envelope, requests
from modelyard_constructs.flink_archive import flink_asset

ROOT = Path(__file__).parents[1]
PYTHON = ROOT / ".venv-flink" / "bin" / "python"
SHORT, LONG = 20_000, 620_000
LINES_TOGETHER = 20
MINUTES, ENDPOINTS = 10, 50


def write_stream(path: Path, records: int) -> None:
    """Records of many endpoints over ten minutes, in envelopes of CloudWatch Logs."""
    random, made = Random(records), requests()
    with path.open("w", encoding="utf-8") as stream:
        lines: list[str] = []
        for number in range(records):
            if not lines:
                endpoint = f"endpoint-{random.randrange(ENDPOINTS)}"
            second = number * MINUTES * 60 // records
            record: dict[str, Any] = {
                **made[number % len(made)],
                "record_id": f"{random.getrandbits(64):016x}{number:016x}",
                "time": f"2026-01-15T07:{second // 60:02d}:{second % 60:02d}.{random.randrange(1000):03d}Z",
                "endpoint": endpoint,
                "latency_ms": round(random.lognormvariate(7, 0.8), 3),
            }
            lines.append(json.dumps(record))
            if len(lines) == LINES_TOGETHER:
                stream.write(json.dumps({"data": base64.b64encode(envelope(lines, endpoint=endpoint)).decode()}) + "\n")
                lines = []


def run(code: Path, stream: Path, folder: Path) -> tuple[float, float, int]:
    """Seconds, CPU seconds of all processes, and how many rows came out."""
    began = time.monotonic()
    process = subprocess.Popen(
        [PYTHON, "-m", "flink.mini_cluster", code, stream, folder, "1"],
        cwd=code,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    used: dict[int, float] = {}
    while process.poll() is None:
        for one in [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]:
            try:
                times = one.cpu_times()
            except psutil.Error:
                continue
            used[one.pid] = times.user + times.system
        time.sleep(0.2)
    if process.returncode != 0:
        raise SystemExit("the job failed: run flink.mini_cluster by hand to see why")
    rows = sum(len(path.read_text("utf-8").splitlines()) for path in folder.glob("window_*/part-*"))
    return time.monotonic() - began, sum(used.values()), rows


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        connector = folder / "flink-sql-connector-aws-kinesis-streams-0-1.20.jar"
        connector.write_bytes(b"")
        zipfile.ZipFile(flink_asset(connector, cache=folder / "cache").build()).extractall(folder / "application")
        code = folder / "application" / "code"
        (code / "flink" / "mini_cluster.py").write_bytes((ROOT / "flink" / "mini_cluster.py").read_bytes())
        found = {}
        for records in (SHORT, LONG):
            write_stream(folder / f"{records}.jsonl", records)
            found[records] = run(code, folder / f"{records}.jsonl", folder / f"rows-{records}")
    (short_seconds, short_cpu, _), (long_seconds, long_cpu, rows) = found[SHORT], found[LONG]
    records = LONG - SHORT
    print(f"{psutil.cpu_count()} cores, {platform.machine()}, Flink 1.20 on Java 17, Python {sys.version.split()[0]}")
    print(
        f"{records:,} records in envelopes of {LINES_TOGETHER}, {ENDPOINTS} endpoints, {MINUTES} minutes, {rows:,} rows"
    )
    print()
    print(f"records/s per vCPU      {records / (long_cpu - short_cpu):>10,.0f}")
    print(f"us of CPU per record    {(long_cpu - short_cpu) / records * 1e6:>10,.1f}")
    print(f"records/s of one task   {records / (long_seconds - short_seconds):>10,.0f}")
    print(f"start and end           {short_seconds:>10,.1f} s, with {SHORT:,} records")


if __name__ == "__main__":
    main()
