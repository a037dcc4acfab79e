"""uvicorn's HTTP with an end for every patience: heads, bodies and readers that take too long or too much."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from containers.llm_cpu.answer import encoded_error
from containers.llm_cpu.connection_limits import (
    MOST_HEAD_BYTES,
    MOST_HEADERS,
    MOST_PIPELINED,
    MOST_SILENT_BYTES,
    MOST_TARGET_BYTES,
    Debt,
)

_SECONDS_BETWEEN_LOOKS = 2.0
_AT_ONCE = struct.pack("ii", 1, 0)
"""struct linger: on, no seconds."""
_CONNECTIONS_BESIDES_REQUESTS = 512


class _Refused(Exception):
    """Raised through the parser, which ends with its own error."""


def bounded_http(*, most_requests: int) -> type[asyncio.Protocol]:
    """For a server that lets so many requests run and wait."""

    class Bounded(BoundedHttp):
        most_connections = most_requests + _CONNECTIONS_BESIDES_REQUESTS

    return Bounded


class BoundedHttp(HttpToolsProtocol):
    most_connections = _CONNECTIONS_BESIDES_REQUESTS

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._debt = Debt()
        self._head_bytes = 0
        self._refusal = (400, "the request is not HTTP/1.1")
        if len(self.connections) >= self.most_connections:
            self._make_room()
        super().connection_made(transport)  # type: ignore[arg-type]
        # Owed from now on; a connection that is kept for later requests is uvicorn's to end.
        self._debt.received(0, self.loop.time())
        self._look_later()

    def connection_lost(self, exc: Exception | None) -> None:
        self._looking.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._debt.received(len(data), self.loop.time())
        super().data_received(data)
        if self._debt.silent_bytes > MOST_SILENT_BYTES and not self.transport.is_closing():
            self._refuse(431, f"more than {MOST_SILENT_BYTES} bytes came that are no body")

    def on_message_begin(self) -> None:
        self._head_bytes = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > MOST_TARGET_BYTES:
            self._stop(414, f"the request's target is longer than {MOST_TARGET_BYTES} bytes")

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head_bytes += len(name) + len(value)
        if len(self.headers) >= MOST_HEADERS or self._head_bytes > MOST_HEAD_BYTES:
            self._stop(431, f"the request has more than {MOST_HEADERS} headers or {MOST_HEAD_BYTES} bytes of them")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if len(self.pipeline) >= MOST_PIPELINED:
            self._stop(400, f"more than {MOST_PIPELINED} requests came before the first was answered")
        self._debt.head_is_here(self.loop.time())
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._debt.body_came()
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._debt.request_is_here()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        self._debt.answer_is_out()
        super().on_response_complete()

    def pause_writing(self) -> None:
        self._debt.reader_stopped(self.loop.time())
        super().pause_writing()

    def resume_writing(self) -> None:
        self._debt.reader_goes_on(self.loop.time())
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """uvicorn's answer to what its parser does not take, in the form of all other answers."""
        self._refuse(*self._refusal)

    def _stop(self, status: int, sentence: str) -> None:
        self._refusal = (status, sentence)
        raise _Refused

    def _refuse(self, status: int, sentence: str) -> None:
        body = encoded_error(sentence, status)
        head = b"content-type: application/json\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(body)
        if self._awaits_an_answer():
            self.transport.write(STATUS_LINE[status] + head + body)
        self.transport.close()

    def _awaits_an_answer(self) -> bool:
        """What is written in the middle of an answer, or behind one, would be read as part of it."""
        if self.cycle is None or not self.cycle.response_started:
            return True
        return bool(self.cycle.response_complete) and self._debt.owed == "head"

    def _look_later(self) -> None:
        self._looking = self.loop.call_later(_SECONDS_BETWEEN_LOOKS, self._look)

    def _look(self) -> None:
        now = self.loop.time()
        if self.transport.is_closing():
            # Closed for a reader who takes nothing of what is still to be sent.
            self._debt.reader_stopped(now)
        if self._debt.does_not_read(now):
            self._reset()
        elif self._debt.is_too_slow(now) and not self.transport.is_closing():
            self._refuse(408, "the request did not come in time")
        self._look_later()

    def _reset(self) -> None:
        """Without waiting for what nobody reads, in the kernel as little as here."""
        connection = self.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        self.transport.abort()

    def _make_room(self) -> None:
        """The connection goes that has kept the server waiting longest; it has no request that is being answered."""
        owing = [one for one in self.connections if isinstance(one, BoundedHttp) and one._debt.owed == "head"]
        idle = [one for one in self.connections if isinstance(one, BoundedHttp) and one._is_idle()]
        waiting: list[Any] = owing or idle
        if waiting:
            min(waiting, key=lambda one: one._debt.since)._reset()

    def _is_idle(self) -> bool:
        return not self._debt.owed and (self.cycle is None or self.cycle.response_complete)
