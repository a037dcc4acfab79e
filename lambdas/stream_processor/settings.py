"""What the function is told by its environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """The places the processor writes to; a missing one fails the first invocation with its name."""

    environment_name: str
    delivery_stream: str
    bucket: str
    # Where Flink makes metrics of the same records, this function makes none.
    aggregates: bool
    # What the environment's endpoints call their variants.
    variants: frozenset[str]
    # Where containers put records themselves, whoever does so can make an envelope as well.
    containers_put_records: bool

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> Settings:
        """The settings that the stack wrote into the function's environment variables."""
        return cls(
            environment_name=variables["MODELYARD_ENVIRONMENT"],
            delivery_stream=variables["MODELYARD_DELIVERY_STREAM"],
            bucket=variables["MODELYARD_SIGNALS_BUCKET"],
            aggregates=variables.get("MODELYARD_AGGREGATES", "true") == "true",
            variants=frozenset(variables["MODELYARD_VARIANTS"].split(",")),
            containers_put_records=variables["MODELYARD_DELIVERY"] == "put-records",
        )
