"""What people find of captured requests: pairs of question and answer in S3, redacted where the entry says so."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from modelyard.catalog.entry import Entry
from modelyard.catalog.naming import capture_prefix
from modelyard.catalog.schema import Capture


@dataclass(frozen=True, kw_only=True)
class CapturedPairs:
    """The pairs of one endpoint."""

    endpoint: str
    location: str
    pairs: tuple[dict[str, Any], ...]

    @property
    def replaced(self) -> dict[str, int]:
        """How many pieces of personal data were replaced, by kind."""
        found: dict[str, int] = {}
        for pair in self.pairs:
            for kind, number in (pair.get("replaced") or {}).items():
                found[kind] = found.get(kind, 0) + number
        return found


def captured_pairs(s3: Any, bucket: str, entry: Entry, capture: Capture) -> CapturedPairs:
    """Every pair that lies there now."""
    prefix = capture_prefix(entry, capture.keep_days)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    keys = [found["Key"] for page in pages for found in page.get("Contents", [])]
    lines = [line for key in keys for line in s3.get_object(Bucket=bucket, Key=key)["Body"].read().splitlines()]
    return CapturedPairs(
        endpoint=entry.endpoint_name, location=f"s3://{bucket}/{prefix}", pairs=tuple(map(json.loads, lines))
    )
