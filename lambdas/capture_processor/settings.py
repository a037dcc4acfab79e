"""What the function is told by its environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """The bucket, and how many records make a baseline and a window; a missing one fails the first invocation."""

    bucket: str
    baseline_records: int
    window_records: int

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> Settings:
        """The settings that the stack wrote into the function's environment variables."""
        return cls(
            bucket=variables["MODELYARD_CAPTURE_BUCKET"],
            baseline_records=int(variables["MODELYARD_BASELINE_RECORDS"]),
            window_records=int(variables["MODELYARD_WINDOW_RECORDS"]),
        )
