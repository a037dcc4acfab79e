"""Ends a text before any of the strings at which the caller wants it to stop."""

from __future__ import annotations


class StopStrings:
    """Text that may turn into a stop string is held back until it is clear."""

    def __init__(self, strings: tuple[str, ...]) -> None:
        self._strings = strings
        self._held = ""
        self.found = False

    def until(self, new: str, *, last: bool) -> str:
        """What may be given out. Sets `found` where a stop string ends the text."""
        if not self._strings:
            return new
        pending = self._held + new
        starts = [at for at in (pending.find(string) for string in self._strings) if at >= 0]
        if starts:
            self.found, self._held = True, ""
            return pending[: min(starts)]
        cut = len(pending) - (0 if last else max(_overlap(pending, string) for string in self._strings))
        self._held = pending[cut:]
        return pending[:cut]


def _overlap(text: str, string: str) -> int:
    """How many characters at the end of the text are a beginning of the string."""
    return next((size for size in range(min(len(string) - 1, len(text)), 0, -1) if text.endswith(string[:size])), 0)
