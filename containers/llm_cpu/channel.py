"""JSON messages, one a line, between the server and an engine's process."""

from __future__ import annotations

import json
import select
import socket

Frame = dict[str, object]


class Closed(Exception):
    """The other side has gone."""


class Channel:
    """The engine process's end. It is used by one thread only."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._unfinished: list[bytes] = []

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
            complete, newline, rest = received.rpartition(b"\n")
            if not newline:
                self._unfinished.append(rest)
                continue
            frames.extend(json.loads(line) for line in b"".join([*self._unfinished, complete]).split(b"\n"))
            self._unfinished = [rest]


def encode(frame: Frame) -> bytes:
    return json.dumps(frame, separators=(",", ":")).encode() + b"\n"
