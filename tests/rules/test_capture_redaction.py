from __future__ import annotations

import pytest

CAPTURE = {"sample_percent": 10, "redact": True}


@pytest.mark.parametrize("kind", ["real-time", "async", "multi-model"])
def test_redaction_that_nothing_does_is_refused(house, kind):
    assert house.entry(kind, capture=CAPTURE).found("MY066") == [
        "redact is true, but this environment has no signals and so nothing that redacts: add signals to it, such as "
        "signals: {stream: on-demand}, or remove redact"
    ]


def test_drift_that_nothing_looks_for_is_refused(house):
    assert house.entry("real-time", capture={"sample_percent": 10, "drift_psi": 0.25}).found("MY066") == [
        "drift_psi is 0.25, but this environment has no signals and so nothing that looks for drift: add signals to "
        "it, such as signals: {stream: on-demand}, or remove drift_psi"
    ]


def test_with_signals_it_passes(house):
    house.environment("here", signals={"stream": "on-demand"})
    assert house.entry("real-time", capture={**CAPTURE, "drift_psi": 0.25}).found("MY066") == []


@pytest.mark.parametrize("capture", [{"sample_percent": 10}, {"sample_percent": 10, "redact": False}, None])
def test_capture_without_redaction_needs_no_signals(house, capture):
    changes = {"capture": capture} if capture else {}
    assert house.entry("real-time", **changes).found("MY066") == []


def test_serverless_endpoints_capture_nothing(house):
    assert house.entry("serverless").found("MY066") == []
