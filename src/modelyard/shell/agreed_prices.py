"""What the company has agreed with AWS, as it holds today."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from modelyard.catalog.lone_file import read_alone
from modelyard.catalog.problem import CatalogErrors
from modelyard.catalog.schema import Organisation
from modelyard.pricing.terms import LIST_PRICES, Terms
from modelyard.shell.failure import Failure


def terms_today(organisation: Organisation) -> Terms:
    """The agreements that hold today."""
    return Terms.of(organisation, on=datetime.now(UTC).date())


def terms_of_folder(folder: Path) -> Terms:
    """Those of a catalog of which nothing else is asked; the list's prices where it has no organisation.yaml."""
    path = folder / "organisation.yaml"
    if not path.is_file():
        return LIST_PRICES
    try:
        return terms_today(read_alone(path, Organisation))
    except CatalogErrors as errors:
        lines = tuple(str(problem) for problem in errors.problems)
        raise Failure(f"{path} states what prices hold, but cannot be read:", details=lines) from errors
