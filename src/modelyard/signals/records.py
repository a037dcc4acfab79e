"""The records of a span in DuckDB, each request once."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from modelyard.catalog.suggestion import did_you_mean, one_of
from modelyard.shell.failure import Failure
from modelyard.signals import quantity
from modelyard.signals.request_files import RequestFile
from modelyard.signals.span import Span

# The fields of lambdas/shared/request_record.schema.json that a report reads. Ids of requests stay where they are.
_TEXTS = ("endpoint", "variant", "model", "engine", "team", "adapter", "stop_reason")
_MILLISECONDS = ("queue_ms", "time_to_first_token_ms", "time_per_output_token_ms", "latency_ms")
_COUNTS = ("input_tokens", "output_tokens", "cached_input_tokens", "dropped_before")
_COLUMNS = {
    "record_id": "VARCHAR",
    **{name: "VARCHAR" for name in _TEXTS},
    **{name: "DOUBLE" for name in _MILLISECONDS},
    **{name: "BIGINT" for name in _COUNTS},
    "status": "INTEGER",
}
_NEVER_NULL = ("record_id", "time", "endpoint", "status")
# The types that engines write for a timestamp differ in zone and unit; the microseconds since 1970 are the same.
_TIME = "make_timestamp(epoch_us(time))"
_DELIVERED = "read_parquet($files, union_by_name = true, hive_partitioning = false)"
# As the view `requests_once` tells copies: by the id, within the hour in which the request ended.
_COPY = f"row_number() OVER (PARTITION BY date_trunc('hour', {_TIME}), record_id)"
# As the processor counts them for CloudWatch (lambdas/stream_processor/window.py): with 499 the caller left, and an
# answer that breaks off has sent its status 200 before.
_SERVER_ERROR = "status >= 500 OR stop_reason IS NOT DISTINCT FROM 'error'"
_CLIENT_ERROR = "status BETWEEN 400 AND 498 AND stop_reason IS DISTINCT FROM 'error'"
_MEMORY = "1GB"

Row = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class Records:
    """The table `request` of a connection: one row for each request; `copies` is how many more were delivered."""

    connection: duckdb.DuckDBPyConnection
    requests: int
    copies: int
    first: datetime
    last: datetime

    def rows(self, sql: str, **values: object) -> list[Row]:
        """The answer to a question about the table."""
        return self.connection.execute(sql, values or None).fetchall()


@contextmanager
def records_of(
    files: Sequence[RequestFile], *, span: Span, endpoints: Sequence[str], scratch: Path, source: str
) -> Iterator[Records]:
    """What lies in the span, of all endpoints or of those that are named, for as long as it is asked.

    DuckDB spills into `scratch`. What it cannot read is a `Failure` in one sentence, also where it finds out later.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": _MEMORY,
        "temp_directory": str(scratch / "spilled"),
        # A report needs no network: what DuckDB lacks is neither looked for nor fetched.
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    with _plain_words(files, source), closing(duckdb.connect(scratch / "records.duckdb", config=config)) as connection:
        yield _read(connection, files, span=span, wanted=tuple(endpoints), source=source)


def _read(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[RequestFile],
    *,
    span: Span,
    wanted: tuple[str, ...],
    source: str,
) -> Records:
    # DuckDB takes a path for a pattern.
    paths = [glob.escape(str(file.path)) for file in files]
    there = {row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {_DELIVERED}", {"files": paths}).fetchall()}
    missing = [name for name in (*_COLUMNS, "time") if name not in there]
    if missing:
        raise Failure(f"{source} is not the table of requests: its files have no column {one_of(missing)}")
    within = " AND ".join(
        condition
        for condition, bound in ((f"{_TIME} >= $start", span.start), (f"{_TIME} < $end", span.end))
        if bound is not None
    )
    values: dict[str, object] = {"files": paths}
    values |= {name: bound for name, bound in (("start", span.start), ("end", span.end)) if bound is not None}
    incomplete = " OR ".join(f"{name} IS NULL" for name in _NEVER_NULL)
    if wanted:
        _check_names(connection, wanted, within=within, values=values, source=source, span=span)
        values["endpoints"] = list(wanted)
    conditions = [within or "true", *(["list_contains($endpoints, endpoint)"] if wanted else [])]
    fields = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in _COLUMNS.items())
    connection.execute(
        f"CREATE TABLE delivery AS SELECT {fields}, {_TIME} AS time, "
        f"({_SERVER_ERROR}) AS server_error, ({_CLIENT_ERROR}) AS client_error, ({incomplete}) AS incomplete, "
        f"{_COPY} AS copy FROM {_DELIVERED} WHERE {' AND '.join(conditions)}",
        values,
    )
    connection.execute("CREATE VIEW request AS SELECT * FROM delivery WHERE copy = 1")
    delivered, requests, broken = connection.execute(
        "SELECT count(*), count(*) FILTER (copy = 1), count(*) FILTER (incomplete) FROM delivery"
    ).fetchall()[0]
    if not delivered:
        raise _nothing(span, source)
    if broken:
        raise Failure(
            f"{source} is not the table of requests: {broken:,} of {delivered:,} rows have no {one_of(_NEVER_NULL)}"
        )
    first, last = connection.execute("SELECT min(time), max(time) FROM request").fetchall()[0]
    return Records(connection=connection, requests=requests, copies=delivered - requests, first=first, last=last)


def _check_names(
    connection: duckdb.DuckDBPyConnection,
    wanted: tuple[str, ...],
    *,
    within: str,
    values: dict[str, object],
    source: str,
    span: Span,
) -> None:
    sql = f"SELECT DISTINCT endpoint FROM {_DELIVERED} WHERE {within or 'true'} ORDER BY endpoint"
    known = [str(row[0]) for row in connection.execute(sql, values).fetchall()]
    if not known:
        raise _nothing(span, source)
    shown = [quantity.name(each) for each in known]
    for name in wanted:
        if name not in known:
            raise Failure(
                f"no endpoint {name} in the records of {source}{span.words}{did_you_mean(name, shown)}; "
                f"they are of {one_of(shown)}"
            )


def _nothing(span: Span, source: str) -> Failure:
    if span == Span():
        return Failure(f"the files of {source} hold no records: nothing has been asked yet, or nothing was delivered")
    return Failure(f"{source} has no records{span.words}: name another span with --from and --to")


@contextmanager
def _plain_words(files: Sequence[RequestFile], source: str) -> Iterator[None]:
    """Say in one sentence what DuckDB says in several lines."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise Failure(
            f"{source} has more records than {_MEMORY} of memory take: name a shorter span with --from and --to"
        ) from error
    except duckdb.Error as error:
        reason = str(error).splitlines()[0].split(": ", 1)[-1]
        broken = next((file for file in files if str(file.path) in reason), None)
        if broken is None:
            raise Failure(f"{source} cannot be read as records of requests: {reason}") from error
        said = reason.replace(str(broken.path), broken.name).rstrip(".")
        raise Failure(f"{broken.name} is no whole Parquet file ({said}): fetch it again, or move it away") from error
