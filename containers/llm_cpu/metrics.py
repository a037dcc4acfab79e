"""What the server measures, as Prometheus text under vLLM's names, labels and buckets.

AWS's own dashboards and alarms for SageMaker endpoints read these names, so one set of queries fits every container.
Names as of vLLM 0.32, `vllm/v1/metrics/loggers.py`.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from containers.llm_cpu.engine import Piece

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_LABELS = ("model_name", "engine")
_FIRST_TOKEN_SECONDS = (
    0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 20.0, 40.0, 80.0, 160.0,
    640.0, 2560.0,
)  # fmt: skip
_TOKEN_SECONDS = (
    0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 20.0, 40.0, 80.0,
)  # fmt: skip
_REQUEST_SECONDS = (
    0.3, 0.5, 0.8, 1.0, 1.5, 2.0, 2.5, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 50.0, 60.0, 120.0, 240.0, 480.0, 960.0,
    1920.0, 7680.0,
)  # fmt: skip


class TokenMetrics:
    """All models of this server."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.first_token = self._histogram("time_to_first_token_seconds", "Time to first token.", _FIRST_TOKEN_SECONDS)
        self.inter_token = self._histogram("inter_token_latency_seconds", "Time between tokens.", _TOKEN_SECONDS)
        self.per_token = self._histogram(
            "request_time_per_output_token_seconds", "Mean time per output token of a request.", _TOKEN_SECONDS
        )
        self.end_to_end = self._histogram("e2e_request_latency_seconds", "Arrival to last token.", _REQUEST_SECONDS)
        self.queue = self._histogram("request_queue_time_seconds", "Time spent waiting for a place.", _REQUEST_SECONDS)
        self.running = self._gauge("num_requests_running", "Requests the engine works on.")
        self.waiting = self._gauge("num_requests_waiting", "Requests waiting for a place.")
        self.kv_cache = self._gauge("kv_cache_usage_perc", "KV cache usage; 1 means all of it.")
        self.prompt_tokens = self._counter("prompt_tokens", "Prompt tokens processed.")
        self.generation_tokens = self._counter("generation_tokens", "Tokens generated.")
        self.success = Counter(
            "vllm:request_success", "Finished requests.", (*_LABELS, "finished_reason"), registry=self._registry
        )

    def text(self) -> bytes:
        return generate_latest(self._registry)

    def of_model(self, name: str, kv_cache_usage: Callable[[], float]) -> ModelMetrics:
        return ModelMetrics(self, name, kv_cache_usage)

    def _histogram(self, name: str, explanation: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(f"vllm:{name}", explanation, _LABELS, buckets=buckets, registry=self._registry)

    def _gauge(self, name: str, explanation: str) -> Gauge:
        return Gauge(f"vllm:{name}", explanation, _LABELS, registry=self._registry)

    def _counter(self, name: str, explanation: str) -> Counter:
        return Counter(f"vllm:{name}", explanation, _LABELS, registry=self._registry)


class ModelMetrics:
    """One model's series. They all exist from the start, so that a dashboard shows zero and not nothing."""

    def __init__(self, metrics: TokenMetrics, model_name: str, kv_cache_usage: Callable[[], float]) -> None:
        labels = (model_name, "0")
        self._success, self._labels = metrics.success, labels
        self.first_token = metrics.first_token.labels(*labels)
        self.inter_token = metrics.inter_token.labels(*labels)
        self.per_token = metrics.per_token.labels(*labels)
        self.end_to_end = metrics.end_to_end.labels(*labels)
        self.queue = metrics.queue.labels(*labels)
        self.running = metrics.running.labels(*labels)
        self.waiting = metrics.waiting.labels(*labels)
        self.prompt_tokens = metrics.prompt_tokens.labels(*labels)
        self.generation_tokens = metrics.generation_tokens.labels(*labels)
        metrics.kv_cache.labels(*labels).set_function(kv_cache_usage)
        for reason in ("stop", "length", "abort"):
            metrics.success.labels(*labels, reason)

    def finished(self, reason: str) -> None:
        self._success.labels(*self._labels, reason).inc()


class GenerationTimer:
    """The times of one generation, all on `time.monotonic()`."""

    def __init__(self, metrics: ModelMetrics) -> None:
        self._metrics = metrics
        self._arrived = time.monotonic()
        self.first = self._latest = 0.0
        self.tokens = 0

    def piece(self, piece: Piece) -> None:
        for at in piece.token_times:
            if self.tokens:
                self._metrics.inter_token.observe(at - self._latest)
            else:
                self.first = at
                self._metrics.first_token.observe(at - self._arrived)
            self._latest = at
            self.tokens += 1
        self._metrics.generation_tokens.inc(len(piece.token_times))
        if piece.finish_reason is not None:
            self._finish(piece.finish_reason)

    @property
    def per_token_seconds(self) -> float | None:
        """The mean time of the tokens after the first, None while there are none."""
        return (self._latest - self.first) / (self.tokens - 1) if self.tokens > 1 else None

    def _finish(self, reason: str) -> None:
        self._metrics.end_to_end.observe(time.monotonic() - self._arrived)
        if self.per_token_seconds is not None:
            self._metrics.per_token.observe(self.per_token_seconds)
        self._metrics.finished(reason)
