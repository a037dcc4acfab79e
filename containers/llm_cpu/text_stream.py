"""Tokens to text, while they come."""

from __future__ import annotations

_INCOMPLETE = "\N{REPLACEMENT CHARACTER}"
_WINDOW_TOKENS = 24
_OVERLAP_TOKENS = 6


class TextStream:
    """The text of one generation.

    A token can be part of a character, and a tokenizer may write a token differently at the start of a text, so a
    window of the last tokens is decoded each time and only what is new and complete is given out. Text that may turn
    into a stop string is held back until it is clear.
    """

    def __init__(self, stop: tuple[str, ...]) -> None:
        self.window: list[int] = []
        self._given = 0
        self._held = ""
        self._stop = stop
        self.stopped = False

    def take(self, decoded: str, *, last: bool) -> str:
        """`decoded` is the window's text. Sets `stopped` where a stop string ends the text."""
        if decoded.endswith(_INCOMPLETE) and not last:
            return ""
        new, self._given = decoded[self._given :], len(decoded)
        return self._until_stop(new, last=last) if self._stop else new

    @property
    def window_full(self) -> bool:
        return len(self.window) >= _WINDOW_TOKENS and not self._held

    def shorten_window(self) -> list[int]:
        """Keeps the last tokens only; their text must be reported by `window_shortened`."""
        self.window = self.window[-_OVERLAP_TOKENS:]
        return self.window

    def window_shortened(self, decoded: str) -> None:
        self._given = len(decoded)

    def _until_stop(self, new: str, *, last: bool) -> str:
        pending = self._held + new
        ends = [at for at in (pending.find(stop) for stop in self._stop) if at >= 0]
        if ends:
            self.stopped, self._held = True, ""
            return pending[: min(ends)]
        held = 0 if last else max(_overlap(pending, stop) for stop in self._stop)
        cut = len(pending) - held
        self._held = pending[cut:]
        return pending[:cut]


def _overlap(text: str, stop: str) -> int:
    """How many characters at the end of the text are a beginning of the stop string."""
    return next((size for size in range(min(len(stop) - 1, len(text)), 0, -1) if text.endswith(stop[:size])), 0)
