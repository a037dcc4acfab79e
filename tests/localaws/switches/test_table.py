"""The table of switches knows every key that an environment or an entry may hold."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic import BaseModel

from catalog.schema import KINDS, EnvironmentFile
from rules.reading import read as read_catalog

TABLE: dict[str, dict[str, dict[str, Any]]] = yaml.safe_load((Path(__file__).parent / "switches.yaml").read_text())


def tables_in(annotation: object) -> Iterator[type[BaseModel]]:
    """The tables that a value of this type may be."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif getattr(annotation, "__origin__", None) is not tuple:
        for part in get_args(annotation):
            yield from tables_in(part)


def keys_of(table: type[BaseModel], before: str = "") -> Iterator[str]:
    """Every key below a table, with points between; what a list holds is the list's value."""
    for name, field in table.model_fields.items():
        key = f"{before}{field.alias or name}"
        yield key
        for inner in tables_in(field.annotation):
            if inner.__name__ not in ("LicenceAcceptance", "HubSource", "S3Source", "FolderSource"):
                yield from keys_of(inner, f"{key}.")


def test_every_key_of_an_environment_has_a_line() -> None:
    assert set(keys_of(EnvironmentFile)) == set(TABLE["environment"])


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_key_of_an_entry_has_a_line(kind: str) -> None:
    known = set(keys_of(KINDS[kind]))
    # What several kinds share is tried on all of them at once, or on the one with instances.
    tried = set(TABLE[kind]) | set(TABLE["every"]) | set(TABLE["real-time"])
    assert known <= tried | {"serving", "scaling"}
    assert set(TABLE[kind]) <= known


@pytest.mark.parametrize(("section", "key"), [(section, key) for section, rows in TABLE.items() for key in rows])
def test_every_line_has_values_or_says_why_not(section: str, key: str) -> None:
    row = TABLE[section][key]
    assert set(row) <= {"values", "given", "outcome", "sample", "reason"}
    assert ("values" in row) != ("reason" in row)
    assert row.get("outcome", "in-place") in ("in-place", "refused", "one-way", "renamed")


WORDS = {f"{name}_key": f"arn:aws:kms:us-east-1:000000000000:key/{name}" for name in ("first", "second")}


@pytest.mark.parametrize(
    ("section", "key"),
    [(section, key) for section, lines in TABLE.items() for key, line in lines.items() if "values" in line],
)
def test_every_catalog_of_the_table_passes_the_rules(
    tmp_path: Path, section: str, key: str, rows: Callable[..., Any], write_catalog: Callable[..., None]
) -> None:
    row = rows(section, key, words=WORDS)
    catalog = tmp_path / "catalog"
    shutil.copytree(Path(__file__).parent / "base", catalog)
    for what, written in [("given", row.start), *row.steps]:
        write_catalog(written, catalog)
        reading = read_catalog(catalog, "local")
        assert [str(error) for error in reading.errors] == [], what
        assert what == "given" or written != row.start, "nothing is switched"
