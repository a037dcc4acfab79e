"""Bodies of requests while they come and until they are answered: bounded each, in number and in bytes together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import ClientDisconnect, Request

from containers.llm_cpu.errors import CallerGone, QueueFull, RequestRefused

MOST_COMING = 256
MOST_BYTES = 64 * 1024 * 1024


class Bodies:
    """Those of one server."""

    def __init__(self, *, most_coming: int = MOST_COMING, most_bytes: int = MOST_BYTES) -> None:
        self._most_coming, self._most_bytes = most_coming, most_bytes
        self._coming = 0
        self.held_bytes = 0

    @asynccontextmanager
    async def of(self, request: Request, *, largest_bytes: int) -> AsyncIterator[bytes]:
        """The whole body, whose bytes count until the end of the block; refused as soon as it is too large.

        Raises `RequestRefused` and `CallerGone`."""
        announced = request.headers.get("content-length", "")
        if announced.isdigit() and len(announced) < 20 and int(announced) > largest_bytes:
            raise _too_large(largest_bytes)
        held = 0
        try:
            parts = []
            async for part in self._parts(request):
                held += len(part)
                self.held_bytes += len(part)
                if held > largest_bytes:
                    raise _too_large(largest_bytes)
                if self.held_bytes > self._most_bytes:
                    raise QueueFull(
                        f"the requests that are running and waiting hold {self._most_bytes} bytes, which is all this "
                        "container takes; try again later or add instances"
                    )
                parts.append(part)
            yield b"".join(parts)
        finally:
            self.held_bytes -= held

    async def _parts(self, request: Request) -> AsyncIterator[bytes]:
        if self._coming >= self._most_coming:
            raise QueueFull(f"{self._coming} other requests are still being sent; try again later or add instances")
        self._coming += 1
        try:
            async for part in request.stream():
                yield part
        except ClientDisconnect as error:
            raise CallerGone from error
        finally:
            self._coming -= 1


def _too_large(largest_bytes: int) -> RequestRefused:
    return RequestRefused(
        f"the body is larger than {largest_bytes} bytes, the most that a request to this model may have", status=413
    )
