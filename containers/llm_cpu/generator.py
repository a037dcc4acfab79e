"""Generation with OpenVINO GenAI's continuous batching, which reads a GGUF file by itself."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openvino_genai as genai

from containers.llm_cpu.detokenizer import Detokenizer, detokenizers
from containers.llm_cpu.engine import FinishReason, GenerationRequest, Piece, Sampling
from containers.llm_cpu.errors import ModelUnusable, RequestRefused, first_line
from containers.llm_cpu.gguf_header import context_length
from containers.llm_cpu.limits import refuse_what_cannot_fit
from containers.llm_cpu.stop_strings import StopStrings

# Dividing by less overflows; vLLM draws the line at the same place.
_GREEDY_BELOW = 1e-5
_RUNNING = genai.GenerationStatus.RUNNING
_KV_CACHE_TOKENS = 16_384
_BLOCK_TOKENS = 32
"""Of OpenVINO GenAI's paged attention on CPU."""


@dataclass(kw_only=True)
class _Running:
    handle: Any
    request: GenerationRequest
    detokenizer: Detokenizer
    stops: StopStrings
    tokens: list[int] = field(default_factory=list)
    """Those that are not text yet."""
    token_times: list[float] = field(default_factory=list)
    """Of the tokens that no piece has carried yet."""
    unsent: str = ""
    finish_reason: FinishReason | None = None
    token_by_token: bool = field(init=False)
    """Text is wanted now, or a stop string may end it; otherwise all is made into text at the end."""

    def __post_init__(self) -> None:
        self.token_by_token = self.request.stream or bool(self.request.sampling.stop)


class Generator:
    """All running requests advance by one token with each `step`; prompts are read in chunks between them."""

    kind = "generation"

    def __init__(
        self,
        weights: Path,
        *,
        threads: int | None,
        max_context_tokens: int | None,
        batch: int,
        kv_cache_tokens: int | None,
    ) -> None:
        trained = context_length(weights)
        self.context_tokens = min(trained, max_context_tokens or trained)
        scheduler = genai.SchedulerConfig()
        # Bounded tightly: blocks are used in turn, so sooner or later all of the cache is resident memory.
        scheduler.num_kv_blocks = -(-(kv_cache_tokens or max(_KV_CACHE_TOKENS, self.context_tokens)) // _BLOCK_TOKENS)
        scheduler.max_num_seqs = batch
        properties = {} if threads is None else {"INFERENCE_NUM_THREADS": threads}
        try:
            self._pipeline = genai.ContinuousBatchingPipeline(str(weights), scheduler, "CPU", properties)
        except RuntimeError as error:
            raise ModelUnusable(f"OpenVINO GenAI cannot load {weights.name}: {first_line(error)}") from error
        self._tokenizer = self._pipeline.get_tokenizer()
        self._end = int(self._tokenizer.get_eos_token_id())
        self._detokenizers = detokenizers(self._tokenizer)
        self._running: dict[int, _Running] = {}
        self._warm_up()

    @property
    def busy(self) -> bool:
        return bool(self._running)

    @property
    def kv_cache_usage(self) -> float:
        return float(self._pipeline.get_metrics().cache_usage) / 100

    def admit(self, key: int, request: GenerationRequest) -> int:
        """Starts a generation and returns the number of tokens of its prompt."""
        raw = isinstance(request.prompt, str)
        text = self._text(request)
        refuse_what_cannot_fit("the prompt", len(text), context_tokens=self.context_tokens)
        tokens = self._tokenizer.encode(text, add_special_tokens=raw).input_ids
        count = int(tokens.shape[1])
        wanted = request.sampling.max_tokens
        if count + wanted > self.context_tokens:
            raise RequestRefused(
                f"the prompt has {count} tokens and max_tokens is {wanted}, together {count + wanted}; "
                f"this model's context holds {self.context_tokens}: shorten the prompt or ask for fewer tokens"
            )
        handle = self._pipeline.add_request(key, tokens, self._configuration(request.sampling))
        self._running[key] = _Running(
            handle=handle,
            request=request,
            detokenizer=self._detokenizers(),
            stops=StopStrings(request.sampling.stop),
        )
        return count

    def cancel(self, key: int) -> None:
        running = self._running.pop(key, None)
        if running is not None:
            running.handle.cancel()

    def step(self) -> tuple[dict[int, Piece], list[int]]:
        """The pieces that are due, and the requests given up because the KV cache cannot hold them."""
        self._pipeline.step()
        now = time.monotonic()
        pieces, dropped = {}, []
        for key, running in self._running.items():
            if _read(running, now):
                if running.handle.get_status() != _RUNNING:
                    running.finish_reason = self._finish_reason(running)
                elif not running.token_by_token:
                    continue
                _make_text(running)
                if running.finish_reason is not None or running.request.stream:
                    pieces[key] = _piece(running)
            elif running.handle.get_status() == genai.GenerationStatus.IGNORED:
                dropped.append(key)
        for key in [*dropped, *(key for key, piece in pieces.items() if piece.finish_reason is not None)]:
            del self._running[key]
        return pieces, dropped

    def _finish_reason(self, running: _Running) -> FinishReason:
        ended = running.tokens[-1] == self._end and not running.request.sampling.ignore_eos
        return "stop" if ended else "length"

    def _warm_up(self) -> None:
        """The first inference compiles kernels (0.3 s); the first caller should not wait for that."""
        self.admit(0, GenerationRequest(prompt="Hello", sampling=Sampling(max_tokens=1)))
        while self.busy:
            self.step()

    def _text(self, request: GenerationRequest) -> str:
        if isinstance(request.prompt, str):
            return request.prompt
        history = genai.ChatHistory([{"role": part.role, "content": part.content} for part in request.prompt])
        try:
            return str(self._tokenizer.apply_chat_template(history, add_generation_prompt=True))
        except RuntimeError as error:
            raise RequestRefused(f"the model's chat template refuses these messages: {first_line(error)}") from error

    def _configuration(self, sampling: Sampling) -> Any:
        configuration = genai.GenerationConfig()
        configuration.set_eos_token_id(self._end)
        configuration.max_new_tokens = sampling.max_tokens
        configuration.ignore_eos = sampling.ignore_eos
        configuration.repetition_penalty = sampling.repetition_penalty
        configuration.presence_penalty = sampling.presence_penalty
        configuration.frequency_penalty = sampling.frequency_penalty
        configuration.do_sample = sampling.temperature > _GREEDY_BELOW
        if configuration.do_sample:
            configuration.temperature = sampling.temperature
            configuration.top_p = sampling.top_p
            if sampling.top_k:
                configuration.top_k = sampling.top_k
            if sampling.seed is not None:
                configuration.rng_seed = sampling.seed
        return configuration


def _read(running: _Running, now: float) -> bool:
    """Takes over the tokens that a step brought; false if it brought none. The engine waits for this."""
    read = False
    while running.handle.can_read():
        for output in running.handle.read().values():
            running.tokens += output.generated_ids
            running.token_times += [now] * len(output.generated_ids)
            read = read or bool(output.generated_ids)
    return read


def _make_text(running: _Running) -> None:
    last = running.finish_reason is not None
    running.unsent += running.stops.until(running.detokenizer.text(running.tokens, last=last), last=last)
    running.tokens = []
    if running.stops.found:
        running.finish_reason = "stop"
        running.handle.cancel()


def _piece(running: _Running) -> Piece:
    piece = Piece(text=running.unsent, token_times=running.token_times, finish_reason=running.finish_reason)
    running.unsent, running.token_times = "", []
    return piece
