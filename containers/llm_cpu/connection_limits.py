"""What the other side of a connection owes, and since when: a request that was begun, a body, the reading of an answer.

Without a clock of its own, so that tests need none.
"""

from __future__ import annotations

from dataclasses import dataclass, field

SECONDS_FOR_HEAD = 10.0
SECONDS_FOR_BODY = 30.0
"""SageMaker sends a body at once; its own limit for a whole request is 60 s."""
SECONDS_UNREAD = 20.0
"""Of one connection's answers, all waits for its reader together: whoever reads a little now and then is no better."""
MOST_SILENT_BYTES = 64 * 1024
"""Received without a byte of a body: heads, what surrounds the chunks of a body, what follows it."""
MOST_HEADERS = 100
MOST_HEAD_BYTES = 32 * 1024
MOST_TARGET_BYTES = 8 * 1024
MOST_PIPELINED = 16


@dataclass
class Debt:
    """Of one connection; times are those of the event loop."""

    silent_bytes: int = 0
    owed: str = ""
    """`head`, `body`, or nothing while the server has its turn."""
    since: float = 0.0
    unread_since: float | None = None
    unread_before: float = field(default=0.0)

    def received(self, size: int, now: float) -> None:
        self.silent_bytes += size
        if not self.owed:
            self.owed, self.since = "head", now

    def head_is_here(self, now: float) -> None:
        self.owed, self.since = "body", now

    def body_came(self) -> None:
        self.silent_bytes = 0

    def request_is_here(self) -> None:
        self.owed, self.silent_bytes = "", 0

    def reader_stopped(self, now: float) -> None:
        if self.unread_since is None:
            self.unread_since = now

    def reader_goes_on(self, now: float) -> None:
        if self.unread_since is not None:
            self.unread_before += now - self.unread_since
            self.unread_since = None

    def answer_is_out(self) -> None:
        """Read or not: an answer's last bytes may still lie here, and then its reader owes them on."""
        if self.unread_since is None:
            self.unread_before = 0.0

    def is_too_slow(self, now: float) -> bool:
        """With what it sends."""
        most = {"head": SECONDS_FOR_HEAD, "body": SECONDS_FOR_BODY}.get(self.owed)
        return most is not None and now - self.since > most

    def does_not_read(self, now: float) -> bool:
        waiting = 0.0 if self.unread_since is None else now - self.unread_since
        return self.unread_before + waiting > SECONDS_UNREAD
