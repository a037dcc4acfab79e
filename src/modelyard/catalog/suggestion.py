"""The likely fix of a misspelt word."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable

# More than there are hosting instance types (277).
_MOST_COMPARED = 500


def closest(word: str, known: Iterable[str]) -> str | None:
    """The one known word that comes close to a misspelt one."""
    # A long word cannot be a slip of a name (the API's names end at 63), and difflib takes quadratic time.
    folded = _folded(word[:80])
    by_folded = {_folded(name): name for name in known}
    if len(by_folded) > _MOST_COMPARED:
        by_folded = _alike(folded, by_folded)
    close = difflib.get_close_matches(folded, by_folded, n=3, cutoff=0.6)
    # Of names that are equally close, the one that begins alike longest: of us-est-1, us-east-1 before us-west-1.
    ratios = {name: round(difflib.SequenceMatcher(None, name, folded).ratio(), 3) for name in close}
    best = max(close, key=lambda name: (ratios[name], len(os.path.commonprefix([name, folded]))), default=None)
    return None if best is None else by_folded[best]


def _alike(folded: str, by_folded: dict[str, str]) -> dict[str, str]:
    """Of very many words those that begin alike: to compare one costs a thousand times what it costs to look."""
    alike = [name for name in by_folded if name[:2] == folded[:2]]
    return {name: by_folded[name] for name in alike[:_MOST_COMPARED]}


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`: did you mean x?` where one known word comes close, else nothing."""
    meant = closest(word, known)
    return f": did you mean {meant}?" if meant else ""


def _folded(word: str) -> str:
    return word.lower().replace("_", "-")


def one_of(known: Iterable[str], *, at_most: int = 12) -> str:
    """The allowed words in a sentence, cut where the list would hide the rest of it."""
    words = list(known)
    if not words:
        return "none exist yet"
    if len(words) > at_most:
        return ", ".join(words[:at_most]) + f" and {len(words) - at_most} more"
    return ", ".join(words)


def shown(value: object, *, at_most: int = 60) -> str:
    """A value as the file spells it, cut to a readable length."""
    text = {True: "true", False: "false", None: "nothing"}.get(value) if isinstance(value, bool | None) else None
    if text is None:
        if isinstance(value, dict):
            text = "a table"
        elif isinstance(value, tuple | list):
            text = "a list"
        else:
            text = str(value)
    return text if len(text) <= at_most else text[:at_most] + "..."
