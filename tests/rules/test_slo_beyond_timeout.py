from __future__ import annotations

import pytest


@pytest.mark.parametrize("kind", ["serverless", "multi-model"])
def test_an_answer_that_sagemaker_would_give_up_is_told(house, kind):
    assert house.entry(kind, slo={"latency_p99_seconds": 60.0}).found("MY093") == [
        "latency_p99_seconds is 60, and SageMaker gives a request up after 60 s: its alarm never fires; lower it"
    ]


def test_a_streamed_answer_may_take_longer(house):
    assert house.entry("real-time", slo={"latency_p50_seconds": 90.0}).found("MY093") == [
        "latency_p50_seconds is 90, and SageMaker gives a request up after 60 s, and only a streamed answer may take "
        "longer: its alarm never fires; lower it, or waive this where every caller streams"
    ]
    assert house.entry("real-time", slo={"latency_p50_seconds": 480.0}).found("MY093") == [
        "latency_p50_seconds is 480, and SageMaker gives a request up after 60 s: its alarm never fires; lower it"
    ]


@pytest.mark.parametrize(("kind", "seconds"), [("real-time", 59.9), ("async", 3599.0), ("serverless", 30.0)])
def test_what_can_be_exceeded_passes(house, kind, seconds):
    assert house.entry(kind, slo={"latency_p99_seconds": seconds}).found("MY093") == []


def test_a_queue_waits_an_hour(house):
    assert len(house.entry("async", slo={"latency_p99_seconds": 3600.0}).found("MY093")) == 1
