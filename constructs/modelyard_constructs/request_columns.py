"""What the table of requests holds, and how its copies are removed: words that Glue, Athena and DuckDB all read."""

from __future__ import annotations

TABLE = "requests"
VIEW = "requests_once"
# Partitions before it are not looked at; the processor sets aside what claims to be older.
FIRST_DAY = "2026-01-01"
PREFIX = "requests/"

# The fields of lambdas/shared/request_record.schema.json in its order, as Hive types them.
COLUMNS: dict[str, str] = {
    "record": "string",
    "record_id": "string",
    "time": "timestamp",
    "endpoint": "string",
    "variant": "string",
    "model": "string",
    "engine": "string",
    "request_id": "string",
    "inference_id": "string",
    "team": "string",
    "adapter": "string",
    "status": "int",
    "streamed": "boolean",
    "queue_ms": "double",
    "time_to_first_token_ms": "double",
    "time_per_output_token_ms": "double",
    "latency_ms": "double",
    "input_tokens": "bigint",
    "output_tokens": "bigint",
    "cached_input_tokens": "bigint",
    "stop_reason": "string",
    "dropped_before": "bigint",
}
# When the request ended, so that all copies of a record lie in one hour and a query of an hour reads that hour alone.
# The endpoint is a column: as a partition it would multiply the files, and small files are what makes Athena slow.
PARTITIONS: dict[str, str] = {"date": "string", "hour": "string"}
# A copy is told by its id within its hour: with the hour among what the window is partitioned by, Athena applies a
# condition on date and hour before it reads.
COPIES_REMOVED = (
    "SELECT {columns} FROM (SELECT *, row_number() OVER (PARTITION BY date, hour, record_id) AS copy FROM {table}) "
    "WHERE copy = 1"
)


def once_sql(table: str) -> str:
    """The query behind the view, for any engine that reads the same files: Athena and DuckDB take the same words."""
    return COPIES_REMOVED.format(columns=", ".join([*COLUMNS, *PARTITIONS]), table=table)
