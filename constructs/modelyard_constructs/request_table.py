"""The table of all requests for Athena: Parquet by hour, and a view that counts each request once."""

from __future__ import annotations

import base64
import json
from typing import Any

from modelyard.blueprint.construct import Scope
from modelyard.blueprint.resource import Reference, Resource
from modelyard_constructs.private_bucket import PrivateBucket
from modelyard_constructs.request_columns import COLUMNS, FIRST_DAY, PARTITIONS, PREFIX, TABLE, VIEW, once_sql
from modelyard_constructs.target import Target


def database_name(target: Target) -> str:
    """The name of the environment's Glue database; Athena takes no hyphen unquoted."""
    return target.stack_name("").rstrip("-").replace("-", "_")


class RequestTable(Resource):
    """Glue's database, the table over the delivered files, and the view.

    Partitions are projected from the clock, so that nobody has to add them
    (https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html).
    """

    def __init__(self, scope: Scope, logical_id: str, *, target: Target, bucket: PrivateBucket) -> None:
        self.database = database_name(target)
        database = Resource(
            scope,
            f"{logical_id}Database",
            type="AWS::Glue::Database",
            properties={
                "CatalogId": target.account,
                "DatabaseInput": {
                    "Name": self.database,
                    "Description": f"what the endpoints of {target.environment_name} did",
                },
            },
        )
        location = f"s3://{bucket.name}/{PREFIX}"
        super().__init__(
            scope,
            logical_id,
            type="AWS::Glue::Table",
            properties={
                "CatalogId": target.account,
                "DatabaseName": database.reference,
                "TableInput": {
                    "Name": TABLE,
                    "Description": "one row for each time a record was delivered; requests_once has no copies",
                    "TableType": "EXTERNAL_TABLE",
                    "Parameters": {
                        "EXTERNAL": "TRUE",
                        "classification": "parquet",
                        "projection.enabled": "true",
                        "projection.date.type": "date",
                        "projection.date.format": "yyyy-MM-dd",
                        "projection.date.range": f"{FIRST_DAY},NOW+1DAYS",
                        "projection.hour.type": "integer",
                        "projection.hour.range": "0,23",
                        "projection.hour.digits": "2",
                        "storage.location.template": f"{location}date=${{date}}/hour=${{hour}}/",
                    },
                    "PartitionKeys": _columns(PARTITIONS),
                    "StorageDescriptor": {
                        "Columns": _columns(COLUMNS),
                        "Location": location,
                        "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
                        "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
                        "SerdeInfo": {
                            "SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
                        },
                    },
                },
            },
        )
        Resource(
            scope,
            f"{logical_id}View",
            type="AWS::Glue::Table",
            properties={
                "CatalogId": target.account,
                "DatabaseName": database.reference,
                "TableInput": {
                    "Name": VIEW,
                    "Description": "one row for each request",
                    "TableType": "VIRTUAL_VIEW",
                    "Parameters": {"presto_view": "true", "comment": "Presto View"},
                    "StorageDescriptor": {
                        "Columns": _columns({**COLUMNS, **PARTITIONS}),
                        "Location": "",
                        "SerdeInfo": {},
                    },
                    "ViewOriginalText": f"/* Presto View: {_presto_view(self.database)} */",
                    "ViewExpandedText": "/* Presto View */",
                },
            },
        )

    @property
    def name(self) -> Reference:
        """The table's name, by reference, so that what uses it is created after it."""
        return self.reference


def _columns(columns: dict[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Type": kind} for name, kind in columns.items()]


def _presto_view(database: str) -> str:
    """A view as Athena stores it in Glue: Trino's own types, in JSON, in base64."""
    trino = {"string": "varchar", "int": "integer", "timestamp": "timestamp(3)"}
    view: dict[str, Any] = {
        "originalSql": once_sql(TABLE),
        "catalog": "awsdatacatalog",
        "schema": database,
        "columns": [{"name": name, "type": trino.get(kind, kind)} for name, kind in {**COLUMNS, **PARTITIONS}.items()],
    }
    return base64.b64encode(json.dumps(view).encode()).decode()
