"""The aggregation as Managed Service for Apache Flink takes it: one archive with our code and the Kinesis connector.

https://docs.aws.amazon.com/managed-flink/latest/java/how-python-creating.html
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from modelyard.blueprint.asset import FileAsset
from modelyard_constructs.function_archive import CACHE, ROOT, BundlingFailed, digest_of, write_archive

# The newest Flink of version 1, which the service runs Python 3.11 with, as this project does
# (https://docs.aws.amazon.com/managed-flink/latest/java/how-python.html); `make test-flink` runs the same.
RUNTIME = "FLINK-1_20"
MAIN = "code/flink/main.py"
CONNECTOR_VARIABLE = "MODELYARD_FLINK_CONNECTOR"
# What the jar must be, as `sha256sum` prints it: committed beside the code, or named where the jar is.
HASH_FILE = "flink/connector.sha256"
HASH_VARIABLE = "MODELYARD_FLINK_CONNECTOR_SHA256"
_CONNECTOR = "flink-sql-connector-aws-kinesis-streams-*-1.20.jar"
_ASSUMED = "flink-sql-connector-aws-kinesis-streams-5.0.0-1.20.jar"
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


def flink_asset(connector: Path, *, root: Path = ROOT, cache: Path = CACHE) -> FileAsset:
    """The application's archive, built only when something in it changed."""
    content = {f"code/{name}": root / name for name in _SOURCES} | {connector_name(connector): connector}
    digest = hashlib.sha256(RUNTIME.encode())
    for name, path in sorted(content.items()):
        digest.update(f"\n{name} {digest_of(path) if path.is_file() else 'absent'}".encode())
    path = cache / "flink" / f"aggregation-{digest.hexdigest()[:32]}.zip"

    def build() -> Path:
        if not path.exists():
            write_archive(path, content)
        return path

    return FileAsset(name="flink", digest=digest.hexdigest(), build=build)


def connector_name(connector: Path) -> str:
    """The connector's path in the archive."""
    return f"lib/{connector.name}"


def found_connector(root: Path = ROOT) -> Path:
    """The Kinesis connector's jar, which neither the service nor any Python package brings, if it is the stated one.

    Raises:
        BundlingFailed: where there is none, nobody has stated its SHA-256, or it is another file.
    """
    connector = _connector(root)
    found, stated = digest_of(connector), _stated_hash(root)
    if stated is None:
        raise BundlingFailed(
            f"nobody has stated the SHA-256 of {connector.name}, which reads the record of every request: compare it "
            f"with what Maven Central publishes beside the jar, then write it to {HASH_FILE}; this file's is {found}"
        )
    if found != stated:
        raise BundlingFailed(
            f"{connector.name} has SHA-256 {found}, and {stated} is stated ({HASH_FILE} or {HASH_VARIABLE}): "
            "get the jar again, or state the new one's once you have compared it"
        )
    return connector


def any_connector(root: Path = ROOT) -> Path:
    """The connector, or the name that it would have: what a job consists of can be described without it."""
    try:
        return found_connector(root)
    except BundlingFailed:
        return root / "flink" / "lib" / _ASSUMED


def _stated_hash(root: Path) -> str | None:
    path = root / HASH_FILE
    text = os.environ.get(HASH_VARIABLE) or (path.read_text("utf-8") if path.is_file() else "")
    words = text.split()
    return words[0].lower() if words else None


def _connector(root: Path) -> Path:
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
