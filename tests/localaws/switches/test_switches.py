"""Whatever a catalog can say can be switched on, to another value and back, under load: nothing is lost or stuck.

`make test` runs the rows of switches.yaml that are a sample, `make test-switches` all of them.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

TABLE: dict[str, dict[str, dict[str, Any]]] = yaml.safe_load((Path(__file__).parent / "switches.yaml").read_text())
ALL = os.environ.get("MODELYARD_SWITCHES") == "all"
# A machine of two cores that does other work as well takes several times as long as a quiet one.
LONG = pytest.mark.timeout(5400)
# Each is a process that loads nothing, yet a hundred of them and their stacks are slow on two cores.
ENDPOINTS_SIDE_BY_SIDE = 25
KINDS = ("real-time", "async", "serverless", "multi-model")

SHARED = ("environment", "organisation", "together")


def rows_that_are(outcome: str) -> list[tuple[str, str]]:
    """Their section and key."""
    return [
        (section, key)
        for section, lines in TABLE.items()
        for key, line in lines.items()
        if "reason" not in line and line.get("outcome", "in-place") == outcome and (ALL or line.get("sample"))
    ]


# Where the sample has none of a kind.
LEFT_OUT = [
    pytest.param(None, id="none", marks=pytest.mark.skip(reason="the sample has no such row: make test-switches"))
]


def tried_alone(keys: list[tuple[str, str]]) -> pytest.MarkDecorator:
    """Rows that a company of all kinds goes through one after the other."""
    each = [pytest.param(one, id=":".join(one)) for one in keys]
    return pytest.mark.parametrize("row", each or LEFT_OUT, indirect=True)


def crowds() -> list[Any]:
    """In-place rows of entries' keys, side by side with those that are given the same environment, so many at once."""
    found: dict[tuple[str, int], list[tuple[str, str]]] = {}
    endpoints: Counter[str] = Counter()
    for section, key in rows_that_are("in-place"):
        if section not in SHARED:
            given = ", ".join(TABLE[section][key].get("given", {}).get("environment", {})) or "nothing"
            found.setdefault((given, endpoints[given] // ENDPOINTS_SIDE_BY_SIDE), []).append((section, key))
            endpoints[given] += len(KINDS) if section == "every" else 1
    return [pytest.param(keys, id=f"given {given}, crowd {number + 1}") for (given, number), keys in found.items()]


@pytest.fixture
def row(
    request: pytest.FixtureRequest, company: Any, rows: Callable[..., Any], base: Any, counted: Callable[..., None]
) -> Iterator[Any]:
    """A row with what it needs deployed; afterwards the base is, whatever happened."""
    made = rows(*request.param, words=company.words)
    counted(company, dict.fromkeys(company.kinds, made))
    if company.deployed != made.start:
        company.comes_to(made.start, what=f"before {made.name}")
    yield made
    # Where nothing was deployed, the files may say something else than what stands.
    company.write(base)
    if company.deployed != base:
        company.comes_to(base, what=f"after {made.name}")


@LONG
@pytest.mark.parametrize("keys", crowds() or LEFT_OUT)
def test_keys_of_entries_are_switched_there_and_back_under_load_side_by_side(
    passing_company: Any, crowd: Callable[..., Any], counted: Callable[..., None], keys: list[tuple[str, str]]
) -> None:
    made = crowd(keys)
    company = passing_company(made.start, made.kinds)
    counted(company, made.rows)
    with company.callers():
        for what, catalog in [*made.steps, ("as before", made.start)]:
            company.comes_to(catalog, what=what)


@LONG
@tried_alone([one for one in rows_that_are("in-place") if one[0] in SHARED])
def test_a_key_is_switched_there_and_back_under_load(company: Any, row: Any) -> None:
    with company.callers():
        for what, catalog in row.there_and_back:
            company.comes_to(catalog, what=what)


@LONG
@tried_alone(rows_that_are("refused"))
def test_a_change_that_aws_refuses_is_foretold_and_loses_nothing_where_it_is_deployed_all_the_same(
    company: Any, row: Any
) -> None:
    with company.callers():
        for what, catalog in row.steps:
            company.write(catalog)
            assert set(company.refusals()) == set(row.touched), what
            company.stage()
            assert company.deploy().returncode != 0, what
            assert company.stuck() == [], what
        # What was refused comes by the way that plan tells, and goes by it.
        for catalog in [*row.way, *reversed(row.way[:-1])]:
            company.comes_to(catalog, what="by the way")


@LONG
@tried_alone(rows_that_are("turned-back"))
def test_a_change_to_what_embedded_aws_has_not_is_turned_back_and_loses_nothing(company: Any, row: Any) -> None:
    with company.callers():
        for what, catalog in row.steps:
            company.write(catalog)
            done = company.deploy()
            assert done.returncode != 0, what
            assert row.says in done.stdout + done.stderr, what
            assert company.stuck() == [], what
        company.comes_to(row.start, what="as before")


@LONG
@tried_alone(rows_that_are("one-way"))
def test_a_change_without_a_way_back_says_so_and_the_way_that_it_names_leads_back(company: Any, row: Any) -> None:
    [(what, there)] = row.steps
    with company.callers():
        company.write(there)
        assert company.refusals() == {}
        company.comes_to(there, what=what)
    company.write(row.start)
    [entry] = company.refusals()
    done = company.destroy(entry)
    assert done.returncode == 0, done.stdout + done.stderr
    company.comes_to(row.start, what="as before")


@LONG
@tried_alone(rows_that_are("command"))
def test_a_change_that_the_command_refuses_starts_nothing_and_is_told_the_way(company: Any, row: Any) -> None:
    with company.callers():
        for what, catalog in row.steps:
            company.write(catalog)
            before = company.operations()
            done = company.deploys_by_command("--change-foundation")
            assert done.returncode == 1, what
            assert row.says in done.stderr, what
            assert company.operations() == before, what


@LONG
@pytest.mark.skipif(not ALL, reason="the sample's last step is what git revert writes")
@tried_alone([("environment", "kms_key_arn")])
def test_git_revert_of_a_key_leads_back_under_load(company: Any, row: Any) -> None:
    row.name += " by git revert"
    commits: list[str] = []
    with company.callers():
        for what, written in row.steps:
            company.comes_to(written, what=what)
            commits.append(company.commit())
        for commit in reversed(commits):
            company.reverts(commit)
            company.deploys(what="reverted")
