"""Ends a text before any of the strings at which the caller wants it to stop."""

from __future__ import annotations


class StopStrings:
    """Text that may turn into a stop string is held back until it is clear.

    By the algorithm of Knuth, Morris and Pratt: every character is looked at once for each string, however long the
    strings are and however much the text is like them, since every caller waits for this with every token.
    """

    def __init__(self, strings: tuple[str, ...]) -> None:
        self._searches = [_Search(string) for string in strings]
        self._held = ""
        self.found = False

    def until(self, new: str, *, last: bool) -> str:
        """What may be given out. Sets `found` where a stop string ends the text."""
        if not self._searches:
            return new
        pending = self._held + new
        starts = [at for at in (search.start(new) for search in self._searches) if at is not None]
        if starts:
            self.found = True
            end = min(starts) + len(self._held)
            self._held = ""
            return pending[:end]
        cut = len(pending) - (0 if last else max(search.matched for search in self._searches))
        self._held = pending[cut:]
        return pending[:cut]


class _Search:
    """One string in a text that comes in pieces."""

    def __init__(self, string: str) -> None:
        self._string = string
        self._shorter = _shorter_matches(string)
        self.matched = 0
        """Characters at the end of the text so far that are a beginning of the string."""

    def start(self, new: str) -> int | None:
        """Where the string starts, counted from the start of the new text and below 0 in what came before it."""
        string, shorter, matched = self._string, self._shorter, self.matched
        if not matched and string[0] not in new:
            return None
        for place, character in enumerate(new):
            while matched and string[matched] != character:
                matched = shorter[matched - 1]
            if string[matched] == character:
                matched += 1
                if matched == len(string):
                    self.matched = 0
                    return place + 1 - len(string)
        self.matched = matched
        return None


def _shorter_matches(string: str) -> list[int]:
    """For each beginning of the string: how long the longest of its ends is that is a beginning as well."""
    lengths = [0] * len(string)
    matched = 0
    for place in range(1, len(string)):
        while matched and string[place] != string[matched]:
            matched = lengths[matched - 1]
        matched += string[place] == string[matched]
        lengths[place] = matched
    return lengths
