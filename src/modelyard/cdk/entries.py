"""Entries of a catalog for a company's own CDK app: read and held against every rule, as `modelyard cdk` does it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from modelyard.catalog.suggestion import did_you_mean, one_of
from modelyard.rules.reading import read
from modelyard_constructs.endpoint_plan import EndpointPlan
from modelyard_constructs.target import Target


class CatalogRefused(ValueError):
    """What is wrong with a catalog, or which entry it lacks: a line for each thing, with file, line and column."""


def read_entries(catalog: str | Path, *, environment: str) -> Mapping[str, EndpointPlan]:
    """All entries of one environment, by name, each with where it is deployed to; warnings are printed to stderr.

    Raises:
        CatalogRefused: where a file is wrong, or AWS would refuse what one says.
    """
    reading = read(Path(catalog), environment)
    if reading.errors or reading.catalog is None:
        raise CatalogRefused("\n".join(str(finding) for finding in reading.errors))
    for warning in reading.findings:
        print(warning, file=sys.stderr)
    target = Target(environment_name=environment, environment=reading.catalog.environment)
    return {name: EndpointPlan(entry, target) for name, entry in reading.catalog.entries.items()}


def read_entry(catalog: str | Path, *, environment: str, name: str) -> EndpointPlan:
    """One entry, which `ModelEndpoint` takes; the whole catalog is read and must be right.

    Raises:
        CatalogRefused: where a file is wrong, AWS would refuse what one says, or no entry has the name.
    """
    entries = read_entries(catalog, environment=environment)
    if name not in entries:
        raise CatalogRefused(
            f"no endpoint {name} in {catalog}{did_you_mean(name, entries)}; it knows {one_of(entries)}"
        )
    return entries[name]
