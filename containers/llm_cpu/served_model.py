"""One loaded model with its queue and its measurements."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence

from containers.llm_cpu.admission import Admission
from containers.llm_cpu.engine import Embeddings, Engine, GenerationEvent, GenerationRequest, Piece
from containers.llm_cpu.metrics import GenerationTimer, ModelMetrics, TokenMetrics
from containers.llm_cpu.settings import Settings
from containers.request_records.record import Observation

_ABORT = "abort"


class ServedModel:
    def __init__(self, name: str, engine: Engine, metrics: TokenMetrics, settings: Settings) -> None:
        self.name = name
        self.engine = engine
        self.default_max_tokens = settings.default_max_tokens
        self._metrics: ModelMetrics = metrics.of_model(name, lambda: engine.kv_cache_usage)
        self.admission = Admission(
            self._metrics, running=settings.max_running_requests, waiting=settings.max_waiting_requests
        )

    @property
    def context_tokens(self) -> int:
        return self.engine.context_tokens

    async def generate(
        self, request: GenerationRequest, observation: Observation | None = None
    ) -> AsyncGenerator[GenerationEvent, None]:
        """As `Engine.generate`, once a place is free; raises `QueueFull` besides."""
        timer = GenerationTimer(self._metrics)
        finished = False
        async with self.admission.place() as waited:
            if observation is not None:
                observation.queue_seconds = waited
            events = self.engine.generate(request)
            try:
                async for event in events:
                    if isinstance(event, Piece):
                        timer.piece(event)
                        finished = event.finish_reason is not None
                        if observation is not None:
                            _note_piece(observation, event, timer)
                    else:
                        self._metrics.prompt_tokens.inc(event.prompt_tokens)
                        if observation is not None:
                            observation.input_tokens = event.prompt_tokens
                    yield event
            except (GeneratorExit, asyncio.CancelledError):
                if not finished:
                    self._metrics.finished(_ABORT)
                    if observation is not None:
                        observation.stop_reason = _ABORT
                raise
            finally:
                await events.aclose()

    async def embed(self, texts: Sequence[str], observation: Observation | None = None) -> Embeddings:
        arrived = time.monotonic()
        async with self.admission.place() as waited:
            if observation is not None:
                observation.queue_seconds = waited
            embeddings = await self.engine.embed(texts)
        self._metrics.end_to_end.observe(time.monotonic() - arrived)
        self._metrics.prompt_tokens.inc(embeddings.prompt_tokens)
        if observation is not None:
            observation.input_tokens = embeddings.prompt_tokens
        self._metrics.finished("stop")
        return embeddings


def _note_piece(observation: Observation, piece: Piece, timer: GenerationTimer) -> None:
    if timer.tokens and observation.first_token_seconds is None:
        observation.first_token_seconds = timer.first - observation.arrived
    observation.output_tokens = timer.tokens
    observation.per_output_token_seconds = timer.per_token_seconds
    observation.stop_reason = piece.finish_reason
