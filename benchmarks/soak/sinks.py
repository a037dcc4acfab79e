"""Firehose, CloudWatch and S3 as they behave on a bad day: they throttle, take a part, and store some things twice."""

from __future__ import annotations

import json
import sys
import threading
from collections import Counter, defaultdict
from pathlib import Path
from random import Random
from typing import Any

import duckdb

sys.path.insert(0, str(Path(__file__).parents[1]))
from request_records import ENDPOINTS

_THROTTLED_SHARE = 0.03
_PARTLY_SHARE = 0.05
_TWICE_SHARE = 0.01
# A file is written when so much has come, as Firehose's buffer does.
_BUFFER_BYTES = 64 * 1024 * 1024
_DUCKDB_TYPES = {"string": "VARCHAR", "int": "INTEGER", "timestamp": "TIMESTAMP", "boolean": "BOOLEAN"}
_DUCKDB_TYPES |= {"double": "DOUBLE", "bigint": "BIGINT"}


class Throttled(Exception):
    """The service refuses for now; the worker raises it as boto3 does."""


class Sinks:
    """Takes calls of workers by the names of boto3's methods; safe to use from several threads."""

    def __init__(self, random: Random, *, folder: Path, columns: dict[str, str]) -> None:
        self._random = random
        self._folder = folder
        self._columns = {name: _DUCKDB_TYPES[kind] for name, kind in columns.items()}
        self._lock = threading.Lock()
        self._buffer = bytearray()
        self._files = 0
        self.throttled = 0
        self.objects: dict[str, bytes] = {}
        self.values: dict[tuple[str, str, str], Counter[float]] = defaultdict(Counter)
        self.sums: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()

    def call(self, method: str, request: dict[str, Any]) -> dict[str, Any]:
        """Answer one call. Raises `Throttled`."""
        with self._lock:
            self.calls[method] += 1
            if self._random.random() < _THROTTLED_SHARE:
                self.throttled += 1
                raise Throttled(method)
            answer: dict[str, Any] = getattr(self, f"_{method}")(request)
            return answer

    def _put_record_batch(self, request: dict[str, Any]) -> dict[str, Any]:
        records = request["Records"]
        assert 0 < len(records) <= 500 and sum(len(one["Data"]) for one in records) <= 4 * 1024 * 1024
        responses = []
        for record in records:
            # Firehose takes a record apart into 500 lines at most.
            assert len(record["Data"]) <= 1000 * 1024 and record["Data"].count(b"\n") <= 500
            if self._random.random() < _PARTLY_SHARE:
                self.throttled += 1
                responses.append({"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "Slow down."})
                continue
            self._buffer += record["Data"] * (2 if self._random.random() < _TWICE_SHARE else 1)
            responses.append({"RecordId": "1"})
        if len(self._buffer) > _BUFFER_BYTES:
            self.flush()
        return {"FailedPutCount": 0, "RequestResponses": responses}

    def _put_object(self, request: dict[str, Any]) -> dict[str, Any]:
        self.objects[request["Key"]] = request["Body"]
        return {}

    def _list_endpoints(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"Endpoints": [{"EndpointName": name} for name in ENDPOINTS]}

    def _put_metric_data(self, request: dict[str, Any]) -> dict[str, Any]:
        data = request["MetricData"]
        assert len(data) <= 1000 and len(json.dumps(data, default=str)) < 1024 * 1024
        for datum in data:
            name = datum["MetricName"]
            if "Values" in datum:
                assert len(datum["Values"]) == len(datum["Counts"]) <= 150
                key = (name, *(dimension["Value"] for dimension in datum["Dimensions"]))
                for value, count in zip(datum["Values"], datum["Counts"], strict=True):
                    self.values[key][value] += count
            elif "StatisticValues" in datum:
                self.sums[name] += datum["StatisticValues"]["Sum"]
            else:
                self.sums[name] += datum["Value"]
        return {}

    def flush(self) -> None:
        """Write what was taken as Parquet, as Firehose's format conversion and dynamic partitioning do."""
        if not self._buffer:
            return
        lines = self._folder / "buffer.json"
        lines.write_bytes(self._buffer)
        self._buffer.clear()
        self._files += 1
        columns = ", ".join(f"'{name}': '{kind}'" for name, kind in self._columns.items())
        duckdb.execute(
            f"COPY (SELECT *, strftime(time, '%Y-%m-%d') AS date, strftime(time, '%H') AS hour FROM "
            f"read_json('{lines}', format = 'newline_delimited', columns = {{{columns}}})) "
            f"TO '{self._folder}/requests' (FORMAT parquet, PARTITION_BY (date, hour), OVERWRITE_OR_IGNORE, "
            f"FILENAME_PATTERN 'part-{self._files}-{{i}}')"
        )
        lines.unlink()
