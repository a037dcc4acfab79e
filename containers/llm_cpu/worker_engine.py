"""The engine as the server sees it: a process of its own, spoken to over a socket pair."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from array import array
from collections.abc import AsyncGenerator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from containers.llm_cpu.channel import Frame, FrameReader, encode
from containers.llm_cpu.engine import Admitted, Embeddings, EngineKind, GenerationEvent, GenerationRequest, Piece
from containers.llm_cpu.errors import EngineLost, ModelUnusable, RequestRefused
from containers.llm_cpu.model_folder import ModelFolder

_PROJECT_ROOT = Path(__file__).resolve().parents[2]
_SECONDS_TO_END = 2.0


@dataclass(frozen=True, kw_only=True)
class EngineOptions:
    threads: int | None
    max_context_tokens: int | None
    batch: int
    kv_cache_tokens: int | None


class WorkerEngine:
    """See `Engine`. All methods run in one event loop."""

    def __init__(self, folder: ModelFolder, options: EngineOptions) -> None:
        self.kind: EngineKind = folder.kind
        self._folder = folder
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: _Connection | None = None
        self._next_key = 0

    @property
    def alive(self) -> bool:
        return self._connection is not None and self._connection.open

    @property
    def context_tokens(self) -> int:
        return 0 if self._connection is None else self._connection.context_tokens

    @property
    def kv_cache_usage(self) -> float:
        busy = self._connection is not None and self._connection.waiting
        return self._connection.kv_cache_usage if self._connection is not None and busy else 0.0

    async def load(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "containers.llm_cpu.worker", str(theirs.fileno()), str(os.getpid())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                cwd=_PROJECT_ROOT,
            )
        loop = asyncio.get_running_loop()
        _, self._connection = await loop.create_connection(_Connection, sock=ours)
        self._connection.send({"folder": str(self._folder.path), **asdict(self._options)})
        try:
            await self._connection.ready
        except ModelUnusable:
            await self.unload()
            raise
        except EngineLost as error:
            await self.unload()
            raise ModelUnusable(
                f"the engine's process ended while it loaded {self._folder.weights.name}, with status "
                f"{self._process.returncode}; the file may be damaged, or memory too short"
            ) from error

    async def generate(self, request: GenerationRequest) -> AsyncGenerator[GenerationEvent, None]:
        prompt = request.prompt if isinstance(request.prompt, str) else [vars(part) for part in request.prompt]
        connection, key, events = self._ask(
            "generate", {"prompt": prompt, "sampling": vars(request.sampling), "stream": request.stream}
        )
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
            del connection.waiting[key]
            if not finished:
                connection.send({"cancel": key})

    async def embed(self, texts: Sequence[str]) -> Embeddings:
        connection, key, answers = self._ask("embed", {"texts": list(texts)})
        # Single precision is what the engine computes in, and a sixth of the memory of Python's numbers.
        vectors: list[Sequence[float]] = [()] * len(texts)
        over = False
        try:
            while True:
                answer = await answers.get()
                if isinstance(answer, Exception):
                    over = True
                    raise answer
                if isinstance(answer, int):
                    over = True
                    return Embeddings(vectors=vectors, prompt_tokens=answer)
                for place, vector in answer:
                    vectors[place] = array("f", vector)
        finally:
            del connection.waiting[key]
            if not over:
                connection.send({"cancel": key})

    async def unload(self) -> None:
        """The process ends once its connection closes; one that is deep in a computation is killed."""
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            try:
                await asyncio.to_thread(self._process.wait, _SECONDS_TO_END)
            except subprocess.TimeoutExpired:
                self._process.kill()
                await asyncio.to_thread(self._process.wait)

    def memory_bytes(self) -> int:
        if self._process is None or self._process.poll() is not None:
            return 0
        resident_pages = Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]
        return int(resident_pages) * os.sysconf("SC_PAGE_SIZE")

    def _ask(self, verb: str, question: Frame) -> tuple[_Connection, int, asyncio.Queue[Any]]:
        if self._connection is None or not self._connection.open:
            raise EngineLost("the engine's process has ended")
        self._next_key += 1
        answers: asyncio.Queue[Any] = asyncio.Queue()
        self._connection.waiting[self._next_key] = answers
        self._connection.send({verb: self._next_key, **question})
        return self._connection, self._next_key, answers


class _Connection(asyncio.Protocol):
    """Hands each answer to whoever waits for it; what still comes for those who cancelled is dropped."""

    def __init__(self) -> None:
        self.waiting: dict[int, asyncio.Queue[Any]] = {}
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.open = False
        self.context_tokens = 0
        self.kv_cache_usage = 0.0
        self._reader = FrameReader()
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)
        self.open = True

    def data_received(self, data: bytes) -> None:
        for frame in self._reader.feed(data):
            self._distribute(frame)

    def connection_lost(self, exc: Exception | None) -> None:
        self.open = False
        if not self.ready.done():
            self.ready.set_exception(EngineLost("the engine's process ended before it was ready"))
        for answers in self.waiting.values():
            answers.put_nowait(EngineLost("the engine's process ended while it worked on this request"))

    def send(self, frame: Frame) -> None:
        if self.open and self._transport is not None:
            self._transport.write(encode(frame))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _distribute(self, frame: Frame) -> None:
        for key, prompt_tokens in frame.get("admitted", ()):
            self._answer(key, Admitted(prompt_tokens=prompt_tokens))
        for key, text, token_times, finish_reason in frame.get("pieces", ()):
            self._answer(key, Piece(text=text, token_times=token_times, finish_reason=finish_reason))
        self.kv_cache_usage = frame.get("kv_cache_usage", self.kv_cache_usage)
        if "refused" in frame:
            self._answer(frame["refused"], RequestRefused(frame["sentence"]))
        elif "failed" in frame:
            self._answer(frame["failed"], EngineLost(frame["sentence"]))
        elif "embedded" in frame:
            self._answer(frame["key"], frame["embedded"])
        elif "all_embedded" in frame:
            self._answer(frame["all_embedded"], frame["prompt_tokens"])
        elif "ready" in frame:
            self.context_tokens = frame["context_tokens"]
            self.ready.set_result(None)
        elif "unusable" in frame:
            self.ready.set_exception(ModelUnusable(frame["unusable"]))

    def _answer(self, key: int, answer: object) -> None:
        if key in self.waiting:
            self.waiting[key].put_nowait(answer)
