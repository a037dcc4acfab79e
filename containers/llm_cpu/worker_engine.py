"""The engine as the server sees it: a process of its own, spoken to over a socket pair."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from containers.llm_cpu.channel import Frame, encode
from containers.llm_cpu.engine import (
    Admitted,
    Embeddings,
    EngineKind,
    FinishReason,
    GenerationEvent,
    GenerationRequest,
    Piece,
)
from containers.llm_cpu.errors import EngineLost, ModelUnusable, RequestRefused
from containers.llm_cpu.model_folder import ModelFolder

_PROJECT_ROOT = Path(__file__).resolve().parents[2]
_LONGEST_FRAME_BYTES = 256 * 1024 * 1024
_SECONDS_TO_END = 2.0


@dataclass(frozen=True, kw_only=True)
class EngineOptions:
    threads: int | None
    max_context_tokens: int | None
    batch: int
    kv_cache_gib: int


class WorkerEngine:
    """See `Engine`. All methods run in one event loop."""

    def __init__(self, folder: ModelFolder, options: EngineOptions) -> None:
        self.kind: EngineKind = folder.kind
        self._kv_cache_usage = 0.0
        self._folder = folder
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._listener: asyncio.Task[None] | None = None
        self._waiting: dict[int, asyncio.Queue[Any]] = {}
        self._next_key = 0

    @property
    def alive(self) -> bool:
        return self._listener is not None and not self._listener.done()

    @property
    def kv_cache_usage(self) -> float:
        return self._kv_cache_usage if self._waiting else 0.0

    async def load(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "containers.llm_cpu.worker", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                cwd=_PROJECT_ROOT,
                # Its own group: Ctrl-C in a terminal reaches the server, which then ends it in order.
                start_new_session=True,
            )
        reader, self._writer = await asyncio.open_connection(sock=ours, limit=_LONGEST_FRAME_BYTES)
        self._send({"folder": str(self._folder.path), **asdict(self._options)})
        line = await reader.readline()
        answer = json.loads(line) if line else {"unusable": "the engine's process ended while it loaded the model"}
        if "ready" not in answer:
            await self.unload()
            raise ModelUnusable(str(answer["unusable"]))
        self._listener = asyncio.create_task(self._listen(reader))

    async def generate(self, request: GenerationRequest) -> AsyncGenerator[GenerationEvent, None]:
        prompt = request.prompt if isinstance(request.prompt, str) else [asdict(part) for part in request.prompt]
        key, events = self._ask({"prompt": prompt, "sampling": asdict(request.sampling)}, "generate")
        finished = False
        try:
            while not finished:
                event = await events.get()
                if isinstance(event, Exception):
                    finished = True
                    raise event
                finished = isinstance(event, Piece) and event.finish_reason is not None
                yield event
        finally:
            del self._waiting[key]
            if not finished and self.alive:
                self._send({"cancel": key})

    async def embed(self, texts: Sequence[str]) -> Embeddings:
        key, events = self._ask({"texts": list(texts)}, "embed")
        try:
            answer = await events.get()
        finally:
            del self._waiting[key]
        if isinstance(answer, Exception):
            raise answer
        return cast(Embeddings, answer)

    async def unload(self) -> None:
        """The process ends as soon as its connection closes, or is killed when a computation takes longer than that."""
        if self._writer is not None:
            self._writer.close()
            with suppress(ConnectionError):
                await self._writer.wait_closed()
        if self._process is not None:
            process = self._process
            try:
                await asyncio.to_thread(process.wait, _SECONDS_TO_END)
            except subprocess.TimeoutExpired:
                process.kill()
                await asyncio.to_thread(process.wait)
        if self._listener is not None:
            await self._listener

    def memory_bytes(self) -> int:
        if self._process is None:
            return 0
        try:
            fields = Path(f"/proc/{self._process.pid}/statm").read_text().split()
        except FileNotFoundError:
            return 0
        return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") if len(fields) > 1 else 0

    def _ask(self, question: Frame, verb: str) -> tuple[int, asyncio.Queue[Any]]:
        if not self.alive:
            raise EngineLost("the engine's process has ended")
        self._next_key += 1
        answers: asyncio.Queue[Any] = asyncio.Queue()
        self._waiting[self._next_key] = answers
        self._send({verb: self._next_key, **question})
        return self._next_key, answers

    def _send(self, frame: Frame) -> None:
        assert self._writer is not None
        self._writer.write(encode(frame))

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        with suppress(ConnectionError):
            while line := await reader.readline():
                self._distribute(json.loads(line))
        for answers in self._waiting.values():
            answers.put_nowait(EngineLost("the engine's process ended while it worked on this request"))

    def _distribute(self, frame: dict[str, Any]) -> None:
        """Whoever cancelled is no longer waiting; what still comes for them is dropped."""
        if "pieces" in frame:
            self._kv_cache_usage = frame["kv_cache_usage"]
            for key, text, tokens, finish_reason in frame["pieces"]:
                self._answer(
                    key, Piece(text=text, tokens=tokens, finish_reason=cast("FinishReason | None", finish_reason))
                )
        elif "admitted" in frame:
            self._answer(frame["admitted"], Admitted(prompt_tokens=frame["prompt_tokens"]))
        elif "refused" in frame:
            self._answer(frame["refused"], RequestRefused(frame["sentence"]))
        else:
            vectors, tokens = frame["vectors"], frame["prompt_tokens"]
            self._answer(frame["embedded"], Embeddings(vectors=vectors, prompt_tokens=tokens))

    def _answer(self, key: int, answer: object) -> None:
        if key in self._waiting:
            self._waiting[key].put_nowait(answer)
