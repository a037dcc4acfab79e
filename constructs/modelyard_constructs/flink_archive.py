"""The aggregation as Managed Service for Apache Flink takes it: one archive with our code and the Kinesis connector.

https://docs.aws.amazon.com/managed-flink/latest/java/how-python-creating.html
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from modelyard_constructs.function_archive import CACHE, ROOT, Archive, BundlingFailed, digest_of, write_archive

# The newest Flink of version 1, which the service runs Python 3.11 with, as this project does
# (https://docs.aws.amazon.com/managed-flink/latest/java/how-python.html); `make test-flink` runs the same.
RUNTIME = "FLINK-1_20"
MAIN = "code/flink/main.py"
CONNECTOR_VARIABLE = "MODELYARD_FLINK_CONNECTOR"
_CONNECTOR = "flink-sql-connector-aws-kinesis-streams-*-1.20.jar"
_SOURCES = (
    "flink/__init__.py",
    "flink/aggregation.py",
    "flink/main.py",
    "flink/record_reading.py",
    "flink/sql/publish.sql",
    "flink/sql/records.sql",
    "flink/sql/tables.sql",
    "flink/sql/windows.sql",
    "lambdas/__init__.py",
    "lambdas/stream_processor/__init__.py",
    "lambdas/stream_processor/envelope.py",
    "lambdas/stream_processor/request_record.py",
)


def flink_archive(connector: Path, *, root: Path = ROOT, cache: Path = CACHE) -> Archive:
    """The application's archive, built only when something in it changed."""
    content = {f"code/{name}": root / name for name in _SOURCES} | {connector_name(connector): connector}
    digest = hashlib.sha256(RUNTIME.encode())
    for name, path in sorted(content.items()):
        digest.update(f"\n{name} {digest_of(path)}".encode())
    made = Archive(cache / "flink" / f"aggregation-{digest.hexdigest()[:32]}.zip", digest.hexdigest())
    if not made.path.exists():
        write_archive(made.path, content)
    return made


def connector_name(connector: Path) -> str:
    """The connector's path in the archive."""
    return f"lib/{connector.name}"


def found_connector(root: Path = ROOT) -> Path:
    """The Kinesis connector's jar, which neither the service nor any Python package brings. Raises `BundlingFailed`."""
    named = os.environ.get(CONNECTOR_VARIABLE)
    if named is not None:
        connector = Path(named)
        if not connector.match(_CONNECTOR) or not connector.is_file():
            raise BundlingFailed(
                f"{CONNECTOR_VARIABLE} names {named}, which is no file called {_CONNECTOR}: name the "
                "Kinesis connector's jar"
            )
        return connector
    found = sorted((root / "flink" / "lib").glob(_CONNECTOR))
    if len(found) != 1:
        what = "is not there" if not found else f"is there {len(found)} times"
        raise BundlingFailed(
            f"signals: {{aggregation: flink}} needs Flink's Kinesis connector, and flink/lib/{_CONNECTOR} {what}: put "
            "exactly one there, from Maven Central, org.apache.flink:flink-sql-connector-aws-kinesis-streams:5.0.0-1.20"
        )
    return found[0]
