"""How much data so many requests amount to, and how much of it lies there at a time."""

from __future__ import annotations

from decimal import Decimal

from modelyard.pricing.band import Band
from modelyard.pricing.prices import HOURS_PER_MONTH

# What S3 and CloudWatch bill as a GB has 2^30 bytes: https://aws.amazon.com/s3/faqs/ (how much data can I store).
KIB_PER_GB = 1 << 20
DAYS_PER_MONTH = HOURS_PER_MONTH / 24


def gigabytes(requests: Band | None, kib_per_request: Decimal | None) -> Band | None:
    """What so many requests of such a size amount to; None where one of them is not known."""
    return None if requests is None or kib_per_request is None else requests.times(kib_per_request / KIB_PER_GB)


def stored_gb(gb_per_month: Band | None, keep_days: int) -> Band | None:
    """What lies there on average once the oldest begins to expire."""
    return gb_per_month.times(keep_days / DAYS_PER_MONTH) if gb_per_month else None
