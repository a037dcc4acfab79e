"""The aggregation as Flink runs it, whatever its tables are connected to: Kinesis on AWS, files on a laptop."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import DataTypes, Schema, StreamTableEnvironment
from pyflink.table.udf import udtf

from flink.record_reading import COUNTS, DURATIONS, TEXTS, rows

# What follows WITH in a table's declaration.
Connector = Mapping[str, str]

_SQL = Path(__file__).parent / "sql"
# How long a record_id is remembered after a record came with it: copies that come later are counted again.
REMEMBERED = "1 h"
# How far the records of a minute may come out of order before it is published; what comes later is published by itself.
DISORDER_SECONDS = 30
# A record that claims a time to come must not make all others late; of idle shards nobody waits for longer than this.
_WATERMARK = (
    "CASE WHEN ended < CAST(LOCALTIMESTAMP AS TIMESTAMP(3)) THEN ended ELSE CAST(LOCALTIMESTAMP AS TIMESTAMP(3)) END"
    f" - INTERVAL '{DISORDER_SECONDS}' SECOND"
)
_IDLE = "60 s"


def environment(code: Path) -> StreamTableEnvironment:
    """A table environment with the settings that the aggregation relies on; `code` holds `flink/` and `lambdas/` and is
    copied to every process of Python that reads the stream."""
    tables = StreamTableEnvironment.create(StreamExecutionEnvironment.get_execution_environment())
    settings = tables.get_config()
    settings.set("table.local-time-zone", "UTC")
    settings.set("table.exec.state.ttl", REMEMBERED)
    settings.set("table.exec.source.idle-timeout", _IDLE)
    tables.add_python_file(str(code))
    return tables


def define(
    tables: StreamTableEnvironment, *, record_stream: Connector, window_totals: Connector, window_durations: Connector
) -> Any:
    """The whole job, ready to be executed, with what its three tables are connected to."""
    columns = [DataTypes.STRING() for _ in TEXTS]
    columns += [DataTypes.INT(), DataTypes.STRING()]
    columns += [DataTypes.DOUBLE() for _ in DURATIONS] + [DataTypes.BIGINT() for _ in COUNTS]
    tables.create_temporary_function("record_rows", udtf(rows, result_types=columns))
    connected = {"record_stream": record_stream, "window_totals": window_totals, "window_durations": window_durations}
    for statement in statements("tables", **{name: _options(connector) for name, connector in connected.items()}):
        tables.execute_sql(statement)
    _with_event_time(tables)
    for statement in statements("windows"):
        tables.execute_sql(statement)
    job = tables.create_statement_set()
    for statement in statements("publish"):
        job.add_insert_sql(statement)
    return job


def statements(name: str, **options: str) -> list[str]:
    """The statements of a file in sql/, each ended by a semicolon at the end of a line, with `${option}` filled in."""
    text = Template((_SQL / f"{name}.sql").read_text("utf-8")).substitute(options)
    return [statement.strip() for statement in text.split(";\n") if statement.strip()]


def _options(connector: Connector) -> str:
    return ", ".join(f"'{option}' = '{value}'" for option, value in connector.items())


def _with_event_time(tables: StreamTableEnvironment) -> None:
    """Make `records` of the rows in the stream.

    SQL declares a watermark only where a table is created, and the time of a record is known only after its Kinesis
    record was read: so the rows pass through a stream and become a table again.
    """
    (query,) = statements("records")
    schema = Schema.new_builder().watermark("ended", _WATERMARK).build()
    tables.create_temporary_view("records", tables.to_data_stream(tables.sql_query(query)), schema)
