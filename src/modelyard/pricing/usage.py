"""What endpoints are asked, as a usage file states it: how often, how long an answer takes, how large it is.

    environments:
      prod:
        support-chat:
          requests_per_month: 1200000        # or requests_per_hour: 24 numbers of a day, or 168 of a week from Monday
          seconds_per_request: 4.2
          input_tokens: 900                  # of one request, on average: what a million tokens cost
          output_tokens: 250
          request_kib: 5
          response_kib: 2
          log_kib_per_request: 0.5
          record_kib: 0.6                    # of one record; as measured where it is left out

What a file does not say is not guessed, but for the size of a record, which is measured: a cost that depends on it is
shown as depending on usage.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from modelyard.catalog.document import Document, read_document
from modelyard.catalog.forms import Name
from modelyard.catalog.problem import UNKNOWN_NAME, CatalogErrors, Problem
from modelyard.catalog.schema import Table
from modelyard.catalog.sentences import sentences_of
from modelyard.catalog.suggestion import did_you_mean, one_of, shown
from modelyard.pricing.prices import HOURS_PER_MONTH

FILE_NAME = "usage.yaml"
HOURS_OF_A_CYCLE = (24, 168)


def _exact(value: object) -> object:
    if isinstance(value, str):
        raise ValueError(f'is "{value[:40]}", must be a number')
    # The shortest text of a fraction is what the file says: 4.2 stays 4.2. Money is never read this way.
    return Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value


# Stated apart for editors: pydantic knows no bounds of what a validator before it turns into another type.
_QUANTITY = BeforeValidator(_exact, json_schema_input_type=Annotated[float, Field(ge=0, le=10**12)])
_SECONDS = BeforeValidator(_exact, json_schema_input_type=Annotated[float, Field(gt=0, le=3600)])
Quantity = Annotated[Decimal, Field(ge=0, le=10**12, allow_inf_nan=False), _QUANTITY]
Seconds = Annotated[Decimal, Field(gt=0, le=3600, allow_inf_nan=False), _SECONDS]
Count = Annotated[int, Field(ge=0, le=10**12)]


class Traffic(Table):
    """What one endpoint is asked, all figures per request but the first two."""

    requests_per_month: Count | None = Field(default=None, description="spread evenly over 730 hours")
    requests_per_hour: tuple[Count, ...] | None = Field(
        default=None, description="24 numbers for the hours of a day, or 168 for those of a week from Monday"
    )
    seconds_per_request: Seconds = Field(description="with the rate, how many run at once")
    input_tokens: Count | None = Field(default=None, description="on average; for the cost of a million tokens")
    output_tokens: Count | None = Field(default=None, description="on average")
    request_kib: Quantity | None = Field(default=None, description="on average: data sent, captured, queued in S3")
    response_kib: Quantity | None = Field(default=None, description="on average: data answered, captured, queued in S3")
    log_kib_per_request: Quantity | None = Field(
        default=None, description="what the container logs of a request, its record not counted"
    )
    record_kib: Quantity | None = Field(
        default=None,
        description="one record as the container logs it, where the environment has signals; 0.56 if unset",
    )

    @model_validator(mode="after")
    def _one_rate(self) -> Traffic:
        if (self.requests_per_month is None) == (self.requests_per_hour is None):
            raise ValueError("usage is requests_per_month or requests_per_hour: write one of them")
        if self.requests_per_hour is not None and len(self.requests_per_hour) not in HOURS_OF_A_CYCLE:
            raise ValueError(
                f"requests_per_hour has {len(self.requests_per_hour)} numbers: "
                "write 24 for the hours of a day, or 168 for those of a week"
            )
        return self

    @property
    def hours(self) -> tuple[Decimal, ...]:
        """Requests in each hour of the cycle that repeats; a monthly number is spread evenly."""
        if self.requests_per_hour is not None:
            return tuple(Decimal(number) for number in self.requests_per_hour)
        return (Decimal(self.requests_per_month or 0) / HOURS_PER_MONTH,)

    @property
    def requests(self) -> Decimal:
        """Requests in a month of 730 hours."""
        if self.requests_per_month is not None:
            return Decimal(self.requests_per_month)
        return sum(self.hours, start=Decimal(0)) * HOURS_PER_MONTH / len(self.hours)


class UsageFile(Table):
    """A whole file: traffic by environment and endpoint."""

    environments: dict[Name, dict[Name, Traffic]] = Field(description="traffic of each endpoint, by environment")


Usage = Mapping[str, Mapping[str, Traffic]]
NO_USAGE: Usage = {}


def read_usage(path: Path, known: Mapping[str, Collection[str]], *, others: Collection[str] = ()) -> Usage:
    """Traffic by environment and endpoint; `known` holds the endpoints of each environment that is asked about.

    Of the `others`, which exist as well, nothing is checked but the form.

    Raises:
        CatalogErrors: with everything that is wrong in the file.
    """
    problems: list[Problem] = []
    document = read_document(path, problems)
    if document is None:
        raise CatalogErrors(problems)
    try:
        usage = UsageFile.model_validate(document.values).environments
    except ValidationError as invalid:
        said = sentences_of(invalid.errors(include_url=False), model=UsageFile, kind=None)
        raise CatalogErrors(
            Problem.at(document.position(one.location, key=one.at_key), one.rule_id, one.message) for one in said
        ) from None
    problems = _unknown(document, usage, known, others)
    if problems:
        raise CatalogErrors(problems)
    return usage


def _unknown(
    document: Document, usage: Usage, known: Mapping[str, Collection[str]], others: Collection[str]
) -> list[Problem]:
    problems = []
    for environment, endpoints in usage.items():
        if environment in others:
            continue
        if environment not in known:
            position = document.position(("environments", environment), key=True)
            hint = did_you_mean(environment, (*known, *others))
            message = (
                f"there is no environment {shown(environment)}{hint}; those that exist: {one_of((*known, *others))}"
            )
            problems.append(Problem.at(position, UNKNOWN_NAME, message))
            continue
        for endpoint in sorted(endpoints.keys() - set(known[environment])):
            position = document.position(("environments", environment, endpoint), key=True)
            hint = did_you_mean(endpoint, known[environment]) or ": remove what is no longer served"
            message = f"there is no endpoint {shown(endpoint)} in {environment}{hint}"
            problems.append(Problem.at(position, UNKNOWN_NAME, message))
    return problems
