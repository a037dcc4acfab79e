"""Generation with OpenVINO GenAI's continuous batching, which reads a GGUF file by itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openvino_genai as genai

from containers.llm_cpu.engine import FinishReason, GenerationRequest, Piece, Sampling
from containers.llm_cpu.errors import ModelUnusable, RequestRefused
from containers.llm_cpu.gguf_header import context_length
from containers.llm_cpu.text_stream import TextStream


@dataclass(kw_only=True)
class _Running:
    handle: Any
    text: TextStream
    sampling: Sampling
    tokens: int = 0
    finish_reason: FinishReason | None = None
    unread: int = 0


class Generator:
    """All running requests advance by one token with each `step`; prompts are read in chunks between them."""

    kind = "generation"

    def __init__(
        self, weights: Path, *, threads: int | None, max_context_tokens: int | None, batch: int, kv_cache_gib: int
    ) -> None:
        trained = context_length(weights)
        self.context_tokens = min(trained, max_context_tokens or trained)
        scheduler = genai.SchedulerConfig()
        scheduler.cache_size = kv_cache_gib
        scheduler.max_num_seqs = batch
        properties = {} if threads is None else {"INFERENCE_NUM_THREADS": threads}
        try:
            self._pipeline = genai.ContinuousBatchingPipeline(str(weights), scheduler, "CPU", properties)
        except RuntimeError as error:
            raise ModelUnusable(f"OpenVINO GenAI cannot load {weights.name}: {_first_line(error)}") from error
        self._tokenizer = self._pipeline.get_tokenizer()
        self._end = int(self._tokenizer.get_eos_token_id())
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
        tokens = self._tokenizer.encode(
            self._text(request), add_special_tokens=isinstance(request.prompt, str)
        ).input_ids
        count = int(tokens.shape[1])
        wanted = request.sampling.max_tokens
        if count + wanted > self.context_tokens:
            raise RequestRefused(
                f"the prompt has {count} tokens and max_tokens is {wanted}, together {count + wanted}; "
                f"this model's context holds {self.context_tokens}: shorten the prompt or ask for fewer tokens"
            )
        if count == 0:
            raise RequestRefused("the prompt is empty; give at least one word")
        handle = self._pipeline.add_request(key, tokens, self._configuration(request.sampling))
        self._running[key] = _Running(handle=handle, text=TextStream(request.sampling.stop), sampling=request.sampling)
        return count

    def cancel(self, key: int) -> None:
        running = self._running.pop(key, None)
        if running is not None:
            running.handle.cancel()

    def step(self) -> tuple[dict[int, Piece], list[int]]:
        """What each running request got, and the requests given up because the KV cache cannot hold them."""
        self._pipeline.step()
        moved, dropped = {}, []
        for key, running in self._running.items():
            if self._read(running):
                moved[key] = running
            elif running.handle.get_status() == genai.GenerationStatus.IGNORED:
                dropped.append(key)
        for key in dropped:
            del self._running[key]
        return self._pieces(moved), dropped

    def _warm_up(self) -> None:
        """The first inference compiles kernels (0.3 s); the first caller should not wait for that."""
        self.admit(0, GenerationRequest(prompt="Hello", sampling=Sampling(max_tokens=1)))
        while self.busy:
            self.step()

    def _pieces(self, moved: dict[int, _Running]) -> dict[int, Piece]:
        if not moved:
            return {}
        decoded = self._tokenizer.decode([running.text.window for running in moved.values()])
        pieces = {}
        for (key, running), text in zip(moved.items(), decoded, strict=True):
            new = running.text.take(text, last=running.finish_reason is not None)
            if running.text.stopped:
                running.finish_reason = "stop"
                running.handle.cancel()
            pieces[key] = Piece(text=new, tokens=running.unread, finish_reason=running.finish_reason)
            if running.finish_reason is not None:
                del self._running[key]
            elif running.text.window_full:
                running.text.window_shortened(self._tokenizer.decode(running.text.shorten_window()))
        return pieces

    def _read(self, running: _Running) -> bool:
        running.unread = 0
        while running.handle.can_read():
            for output in running.handle.read().values():
                running.text.window.extend(output.generated_ids)
                running.unread += len(output.generated_ids)
        running.tokens += running.unread
        if running.unread and running.handle.get_status() != genai.GenerationStatus.RUNNING:
            ended = running.text.window[-1] == self._end and not running.sampling.ignore_eos
            running.finish_reason = "stop" if ended else "length"
        return running.unread > 0

    def _text(self, request: GenerationRequest) -> str:
        if isinstance(request.prompt, str):
            return request.prompt
        history = genai.ChatHistory([{"role": part.role, "content": part.content} for part in request.prompt])
        try:
            return str(self._tokenizer.apply_chat_template(history, add_generation_prompt=True))
        except RuntimeError as error:
            raise RequestRefused(f"the model's chat template refuses these messages: {_first_line(error)}") from error

    def _configuration(self, sampling: Sampling) -> Any:
        configuration = genai.GenerationConfig()
        configuration.set_eos_token_id(self._end)
        configuration.max_new_tokens = sampling.max_tokens
        configuration.ignore_eos = sampling.ignore_eos
        configuration.repetition_penalty = sampling.repetition_penalty
        configuration.presence_penalty = sampling.presence_penalty
        configuration.frequency_penalty = sampling.frequency_penalty
        configuration.do_sample = sampling.temperature > 0
        if configuration.do_sample:
            configuration.temperature = sampling.temperature
            configuration.top_p = sampling.top_p
            if sampling.top_k:
                configuration.top_k = sampling.top_k
            if sampling.seed is not None:
                configuration.rng_seed = sampling.seed
        return configuration


def _first_line(error: Exception) -> str:
    """OpenVINO's exceptions carry source positions and blank lines around their message."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip() and "Exception from" not in line]
    return lines[0] if lines else type(error).__name__
