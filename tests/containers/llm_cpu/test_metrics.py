from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from containers.llm_cpu.engine import Piece
from containers.llm_cpu.metrics import GenerationTimer, TokenMetrics
from containers.llm_cpu.settings import Settings
from containers.llm_cpu.single_model import SingleModel

Build = Callable[..., Any]


def samples(text: str) -> dict[str, float]:
    return {
        sample.name: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if "le" not in sample.labels
    }


def test_times_are_those_of_the_engines_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    metrics = TokenMetrics()
    timer = GenerationTimer(metrics.of_model("tiny", lambda: 0.5))
    now = 103.0
    timer.piece(Piece(text="a", token_times=[100.5]))
    timer.piece(Piece(text="bc", token_times=[101.0, 102.5], finish_reason="length"))
    found = samples(metrics.text().decode())
    assert found["vllm:time_to_first_token_seconds_sum"] == 0.5
    assert found["vllm:inter_token_latency_seconds_sum"] == 2.0
    assert found["vllm:inter_token_latency_seconds_count"] == 2
    assert found["vllm:request_time_per_output_token_seconds_sum"] == 1.0
    assert found["vllm:e2e_request_latency_seconds_sum"] == 3.0
    assert found["vllm:generation_tokens_total"] == 3
    assert found["vllm:kv_cache_usage_perc"] == 0.5


def test_every_series_exists_before_the_first_request() -> None:
    metrics = TokenMetrics()
    metrics.of_model("tiny", lambda: 0.0)
    found = samples(metrics.text().decode())
    assert {name: value for name, value in found.items() if not name.endswith("_created")} == {
        name: 0.0 for name in found if not name.endswith("_created")
    }
    assert {"vllm:request_success_total", "vllm:num_requests_running", "vllm:num_requests_waiting"} <= found.keys()


def test_an_abandoned_request_counts_as_aborted_and_leaves_its_place(
    connected: Build, settings_with: Callable[..., Settings], gguf_folder: Path, scripted: Build
) -> None:
    engine = scripted(paused=True)

    async def abandon() -> str:
        served = SingleModel(settings_with(), lambda folder: engine, pytest.fail)
        async with connected(served.application()) as client:
            while (await client.get("/ping")).status_code != 200:
                await asyncio.sleep(0.001)
            body = {"messages": [{"role": "user", "content": "Hi"}]}
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.post("/invocations", json=body), 0.05)
            return str((await client.get("/metrics")).text)

    text = asyncio.run(abandon())
    assert 'vllm:request_success_total{engine="0",finished_reason="abort",model_name="tiny"} 1.0' in text
    assert 'vllm:num_requests_running{engine="0",model_name="tiny"} 0.0' in text
    assert engine.cancelled == 1
