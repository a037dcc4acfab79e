"""A plugin for vLLM's statistics (entry point group `vllm.stat_logger_plugins`): what the engine measured of requests.

vLLM calls its interface unstable, so every field that a version may lack is read as absent. Written against vLLM 0.32.
"""

from __future__ import annotations

from typing import Any

from vllm.v1.metrics.loggers import StatLoggerBase  # type: ignore[import-not-found]

from containers.vllm.request_records import Finished, note_finished


class EngineTimes(StatLoggerBase):  # type: ignore[misc]
    """Hands every finished sequence on to the middleware of the same process."""

    def __init__(self, vllm_config: Any, engine_index: int = 0) -> None:
        """vLLM's own signature; neither is needed."""

    def record(self, scheduler_stats: Any, iteration_stats: Any, *others: Any, **named: Any) -> None:
        for one in iteration_stats.finished_requests if iteration_stats is not None else ():
            request_id = getattr(one, "request_id", None)
            if request_id is not None:
                note_finished(request_id, _finished(one))

    def log_engine_initialized(self) -> None:
        """Nothing to say."""


def _finished(one: Any) -> Finished:
    return Finished(
        reason=str(one.finish_reason),
        input_tokens=one.num_prompt_tokens,
        output_tokens=one.num_generation_tokens,
        cached_input_tokens=getattr(one, "num_cached_tokens", None),
        queue_seconds=one.queued_time,
        prefill_seconds=one.prefill_time,
        per_output_token_seconds=one.mean_time_per_output_token,
    )
