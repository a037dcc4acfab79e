"""What captured requests cost, with a processor and without one, recomputed by hand."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from modelyard.catalog.loader import load
from modelyard.catalog.schema import Capture, Environment, Signals
from modelyard.pricing.usage import Traffic
from tests.fixtures.priced_months import endpoint_month

CATALOG = Path(__file__).parents[2] / "tests" / "catalogs" / "four-kinds"
PLAIN = Environment(account="000000000000", region="us-east-1")
WITH_SIGNALS = PLAIN.model_copy(update={"signals": Signals(stream="on-demand", raw_capture_keep_days=2)})
# Half of them are captured.
ASKED = Traffic.model_validate(
    {"requests_per_month": 2_000_000, "seconds_per_request": 1, "request_kib": 4, "response_kib": 3}
)
CAPTURED = Decimal(1_000_000)


def month(environment: Environment, *, redact: bool = False) -> dict[str, Decimal]:
    entry = load(CATALOG, "local").entries["chat"]
    capture = Capture(sample_percent=50, keep_days=30, redact=redact)
    entry = replace(entry, endpoint=entry.endpoint.model_copy(update={"capture": capture}))
    lines = endpoint_month(entry, environment, ASKED).lines
    return {
        line.what: line.usd.expected
        for line in lines
        if line.component == "capture" or "capture" in line.what or "PutMetricData" in line.what
    }


def usd(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def kept(days: int) -> Decimal:
    return CAPTURED * 8 / (1 << 20) * days / (Decimal(730) / 24) * Decimal("0.023")


def test_without_signals_a_capture_is_written_once_and_kept():
    assert month(PLAIN) == {
        "50 % of requests, kept 30 days": usd(kept(30)),
        "writes, at most one per captured request": usd(CAPTURED * Decimal("0.000005")),
    }


@pytest.mark.parametrize(("redact", "seconds"), [(False, "0.15024"), (True, "0.1511")])
def test_with_signals_the_processor_and_its_copies_are_billed(redact, seconds):
    gb_seconds = CAPTURED * Decimal(seconds) * 1769 / 1024
    assert month(WITH_SIGNALS, redact=redact) == {
        "50 % of requests, kept 30 days": usd(kept(30)),
        "as SageMaker wrote them, kept 2 days": usd(kept(2)),
        "3 writes per captured request, at most": usd(3 * CAPTURED * Decimal("0.000005")),
        "3 reads per captured request, at most": usd(3 * CAPTURED * Decimal("0.0000004")),
        "one call of the capture processor per captured request, at most": Decimal("0.20"),
        "the capture processor at work": usd(gb_seconds * Decimal("0.0000133334")),
        "of the capture processor": usd(CAPTURED / (1 << 20) * Decimal("0.50")),
        "one call of PutMetricData per captured request, at most": Decimal("10.00"),
        "15 metrics of captured requests, in the hours that have any": Decimal("4.50"),
    }
