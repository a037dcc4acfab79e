"""A bounded number of requests run, a bounded number wait, more are refused at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from containers.llm_cpu.errors import QueueFull
from containers.llm_cpu.metrics import ModelMetrics


class Admission:
    def __init__(self, metrics: ModelMetrics, *, running: int, waiting: int) -> None:
        self._metrics = metrics
        self._places = asyncio.Semaphore(running)
        self._running_limit, self._waiting_limit = running, waiting
        self._waiting = 0
        self._held = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @asynccontextmanager
    async def place(self) -> AsyncIterator[float]:
        """Gives the seconds that the place was waited for."""
        arrived = time.monotonic()
        if self._places.locked():
            await self._wait()
        else:
            await self._places.acquire()
        waited = time.monotonic() - arrived
        self._metrics.queue.observe(waited)
        self._metrics.running.inc()
        self._held += 1
        self._idle.clear()
        try:
            yield waited
        finally:
            self._metrics.running.dec()
            self._held -= 1
            self._places.release()
            if not self._held and not self._waiting:
                self._idle.set()

    async def idle(self, *, timeout_seconds: float) -> None:
        """Returns when nothing runs, or when the time is over."""
        try:
            await asyncio.wait_for(self._idle.wait(), timeout_seconds)
        except TimeoutError:
            return

    async def _wait(self) -> None:
        if self._waiting >= self._waiting_limit:
            raise QueueFull(
                f"{self._running_limit} requests are running and {self._waiting} waiting, which is all this container "
                "takes; try again later or add instances"
            )
        self._waiting += 1
        self._metrics.waiting.inc()
        try:
            await self._places.acquire()
        finally:
            self._waiting -= 1
            self._metrics.waiting.dec()
