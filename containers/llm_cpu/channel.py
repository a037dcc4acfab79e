"""JSON messages, one a line, between the server and an engine's process."""

from __future__ import annotations

import json
import select
import socket
from typing import Any

Frame = dict[str, Any]
_encode = json.JSONEncoder(separators=(",", ":")).encode


class Closed(Exception):
    """The other side has gone."""


class FrameReader:
    """Bytes in as they arrive, complete frames out."""

    def __init__(self) -> None:
        self._unfinished: list[bytes] = []

    def feed(self, received: bytes) -> list[Frame]:
        complete, newline, rest = received.rpartition(b"\n")
        if not newline:
            self._unfinished.append(rest)
            return []
        lines = b"".join([*self._unfinished, complete]).split(b"\n")
        self._unfinished = [rest] if rest else []
        return [json.loads(line) for line in lines]


class Channel:
    """The engine process's end. It is used by one thread only."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._reader = FrameReader()

    def send(self, frame: Frame) -> None:
        try:
            self._connection.sendall(encode(frame))
        except OSError as error:
            raise Closed from error

    def receive(self, *, wait: bool) -> list[Frame]:
        """All frames that have arrived; with `wait`, at least one."""
        frames: list[Frame] = []
        while True:
            must_wait = wait and not frames
            if not must_wait and not select.select([self._connection], [], [], 0)[0]:
                return frames
            try:
                received = self._connection.recv(1 << 16)
            except OSError as error:
                raise Closed from error
            if not received:
                raise Closed
            frames.extend(self._reader.feed(received))


def encode(frame: Frame) -> bytes:
    return _encode(frame).encode() + b"\n"
