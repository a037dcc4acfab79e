"""What a person named: a folder, an address in S3, or an environment whose foundation knows where its table is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelyard.catalog.entry import Catalog
from modelyard.signals.objective import Objectives, objectives_by_endpoint

_SIGNALS_BUCKET = "signals-bucket"
_TABLE = "requests/"
_SCHEME = "s3://"
_CATALOG = Path("catalog")


@dataclass(frozen=True, kw_only=True)
class AskedReport:
    """Where the records are, a client where that is S3, and the objectives where a catalog was read."""

    source: str
    s3: Any | None
    objectives: Mapping[str, Objectives] | None


def asked_source(source: str | None, *, environment: str | None, catalog_folder: Path | None) -> AskedReport:
    """Of a folder nothing else is needed; a catalog is read where one is named, or where it must say the place."""
    loaded = None
    if source is None or environment is not None or catalog_folder is not None:
        from modelyard.shell.catalog_files import read_sound

        loaded = read_sound(catalog_folder or _CATALOG, environment)
    objectives = None if loaded is None else objectives_by_endpoint(loaded)
    if source is not None and not source.startswith(_SCHEME):
        return AskedReport(source=source, s3=None, objectives=objectives)
    if source is not None:
        import boto3

        return AskedReport(source=source, s3=boto3.Session().client("s3"), objectives=objectives)
    assert loaded is not None
    return _published(loaded, objectives)


def _published(loaded: Catalog, objectives: Mapping[str, Objectives] | None) -> AskedReport:
    from modelyard.shell.account import Account
    from modelyard.shell.failure import Failure
    from modelyard.shell.foundation import published

    if loaded.environment.signals is None:
        raise Failure(
            f"environment {loaded.environment_name} has no signals, so nothing records its requests: write signals: "
            "into its file, or name a folder or an s3:// address"
        )
    account = Account(loaded)
    account.check()
    bucket = published(account, loaded, _SIGNALS_BUCKET)
    return AskedReport(source=f"{_SCHEME}{bucket}/{_TABLE}", s3=account.client("s3"), objectives=objectives)
