"""The table of requests as finance reads it: Parquet from S3, through the view that Glue holds, in DuckDB."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from modelyard.shell.failure import Failure

_PREFIX = "requests/"
_VIEW = "requests_once"
_PRESTO_VIEW = re.compile(r"/\* Presto View: (?P<definition>\S+) \*/")
_BY_TEAM = (
    "SELECT endpoint, team, count(*) AS requests, count(*) FILTER (status >= 400) AS refused, "
    "sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens "
    f"FROM {_VIEW} GROUP BY ALL ORDER BY ALL"
)


@dataclass(frozen=True, kw_only=True)
class TableContent:
    """What the table says: `rows` with copies, everything else without."""

    location: str
    files: int = 0
    size_bytes: int = 0
    rows: int = 0
    requests: int = 0
    refused: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    by_team: tuple[tuple[Any, ...], ...] = ()


class QueriedTable:
    """The Parquet files of one environment; `folder` is where they are brought to."""

    def __init__(self, *, s3: Any, glue: Any, bucket: str, database: str, folder: Path) -> None:
        self._s3 = s3
        self._glue = glue
        self._bucket = bucket
        self._database = database
        self._folder = folder

    def read(self) -> TableContent:
        """Fetch what is not here yet and ask DuckDB; all zeros while there is no file."""
        sizes = self._fetch()
        location = f"s3://{self._bucket}/{_PREFIX}"
        if not sizes:
            return TableContent(location=location)
        with duckdb.connect() as table:
            files = str(self._folder / "**" / "*.parquet").replace("'", "''")
            table.execute(
                f"CREATE VIEW requests AS SELECT * FROM read_parquet('{files}', hive_partitioning = true, "
                "hive_types_autocast = false, union_by_name = true)"
            )
            table.execute(f"CREATE VIEW {_VIEW} AS {self._view_sql()}")
            rows = _one(table, "SELECT count(*) FROM requests")
            together = _one(
                table,
                f"SELECT count(*), count(*) FILTER (status >= 400), sum(input_tokens), sum(output_tokens) FROM {_VIEW}",
            )
            requests, refused, input_tokens, output_tokens = (int(value or 0) for value in together)
            return TableContent(
                location=location,
                files=len(sizes),
                size_bytes=sum(sizes),
                rows=int(rows[0]),
                requests=requests,
                refused=refused,
                input_tokens=input_tokens,
                output_tokens=output_tokens,
                by_team=tuple(table.execute(_BY_TEAM).fetchall()),
            )

    def _fetch(self) -> list[int]:
        sizes = []
        for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=_PREFIX):
            for found in page.get("Contents", []):
                path = self._folder / found["Key"]
                sizes.append(int(found["Size"]))
                if not path.exists():
                    path.parent.mkdir(parents=True, exist_ok=True)
                    self._s3.download_file(self._bucket, found["Key"], str(path))
        return sizes

    def _view_sql(self) -> str:
        """The query of the deployed view, in the form in which Athena keeps it."""
        view = self._glue.get_table(DatabaseName=self._database, Name=_VIEW)["Table"]
        stored = _PRESTO_VIEW.fullmatch(view["ViewOriginalText"])
        if stored is None:
            raise Failure(f"Glue's view {self._database}.{_VIEW} is not in Athena's form: {view['ViewOriginalText']}")
        return str(json.loads(base64.b64decode(stored["definition"]))["originalSql"])


def _one(table: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    row: tuple[Any, ...] = table.execute(query).fetchall()[0]
    return row
