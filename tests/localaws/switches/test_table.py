"""The table of switches knows every key that an environment or an entry may hold."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic import BaseModel

from modelyard.catalog.loader import load
from modelyard.catalog.schema import KINDS, EnvironmentFile
from modelyard.planning.changes import Side
from modelyard.planning.comparing import compared
from modelyard.planning.described import Described
from modelyard.planning.snapshot import stacks_of
from modelyard.rules.reading import read as read_catalog

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
    assert set(row) <= {"values", "given", "outcome", "way", "says", "sample", "reason", "steps"}
    assert len(row.keys() & {"values", "reason", "steps"}) == 1
    assert row.get("outcome", "in-place") in ("in-place", "refused", "one-way", "command", "turned-back")
    assert (row.get("outcome") in ("command", "turned-back")) == ("says" in row)


WORDS = {f"{name}_key": f"arn:aws:kms:us-east-1:000000000000:key/{name}" for name in ("first", "second")}


SWITCHED = pytest.mark.parametrize(
    ("section", "key"),
    [(section, key) for section, lines in TABLE.items() for key, line in lines.items() if "reason" not in line],
)


@SWITCHED
def test_every_catalog_of_the_table_passes_the_rules(
    tmp_path: Path, section: str, key: str, rows: Callable[..., Any], write_catalog: Callable[..., None]
) -> None:
    row = rows(section, key, words=WORDS)
    catalog = tmp_path / "catalog"
    shutil.copytree(Path(__file__).parent / "base", catalog)
    for what, written in [("given", row.start), *row.steps, *(("way", one) for one in row.way)]:
        write_catalog(written, catalog)
        reading = read_catalog(catalog, "local")
        assert [str(error) for error in reading.errors] == [], what
        assert what in ("given", "way") or written != row.start, "nothing is switched"


@SWITCHED
def test_the_plan_of_every_step_foretells_its_outcome(
    tmp_path: Path, section: str, key: str, rows: Callable[..., Any], write_catalog: Callable[..., None], base: Any
) -> None:
    row = rows(section, key, words=WORDS)
    catalog = tmp_path / "catalog"
    shutil.copytree(Path(__file__).parent / "base", catalog)

    sides: list[tuple[Any, Side]] = []

    def side(written: Any) -> Side:
        for known, found in sides:
            if known == written:
                return found
        write_catalog(written, catalog)
        sides.append((written, Side(catalog=load(catalog, "local"), folder=catalog, show=str)))
        return sides[-1][1]

    def refused(before: Any, after: Any) -> set[str]:
        sides = side(before), side(after)
        stacks = tuple(Described(stacks=stacks_of(one.catalog) if one.catalog else {}) for one in sides)
        plan = compared("local", *sides, stacks=stacks, usage={}, today=date(2026, 11, 2))
        return {one.name for one in plan.endpoints if one.refused}

    def refused_on_the_way(*through: Any) -> set[str]:
        return set().union(*(refused(*pair) for pair in pairwise(through)))

    outcome = TABLE[section][key].get("outcome", "in-place")
    # What a row is given is deployed in place.
    if row.start != base:
        assert refused_on_the_way(base, row.start, base) == set()
    if outcome in ("in-place", "turned-back"):
        assert refused_on_the_way(*(written for _, written in row.there_and_back), row.steps[0][1]) == set()
    elif outcome == "refused":
        assert [refused(row.start, written) for _, written in row.steps] == [set(row.touched)] * len(row.steps)
        assert refused_on_the_way(row.start, *row.way, *reversed(row.way[:-1]), row.start) == set()
    elif outcome == "command" and section != "organisation":
        assert [refused(row.start, written) for _, written in row.steps] == [set(row.touched)] * len(row.steps)
    elif outcome == "one-way":
        [(_, there)] = row.steps
        assert (refused(row.start, there), refused(there, row.start)) == (set(), set(row.touched))


@pytest.mark.parametrize("given", [False, True])
def test_the_rows_of_entries_stand_side_by_side_in_one_catalog(
    tmp_path: Path, given: bool, crowd: Callable[..., Any], write_catalog: Callable[..., None]
) -> None:
    keys = [
        (section, key)
        for section, lines in TABLE.items()
        if section not in ("environment", "organisation", "together")
        for key, line in lines.items()
        if line.get("values") and "outcome" not in line and bool(line.get("given", {}).get("environment")) == given
    ]
    catalog = tmp_path / "catalog"
    shutil.copytree(Path(__file__).parent / "base", catalog)
    for path in (catalog / "endpoints").iterdir():
        path.unlink()
    made = crowd(keys)
    for what, written in [("start", made.start), *made.steps]:
        write_catalog(written, catalog)
        assert [str(error) for error in read_catalog(catalog, "local").errors] == [], what
    assert {row.name for row in made.rows.values()} == {f"{section}:{key}" for section, key in keys}
