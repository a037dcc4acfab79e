"""Waiting for what arrives by itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

ARRIVAL_SECONDS = 45
_LOOK_SECONDS = 0.5

_Seen = TypeVar("_Seen")


def patiently(
    look: Callable[[], _Seen], *, enough: Callable[[_Seen], bool], patience_seconds: float = ARRIVAL_SECONDS
) -> _Seen:
    """What is seen once it is enough, or after the patience, whatever it is then."""
    deadline = time.monotonic() + patience_seconds
    while not enough(seen := look()) and time.monotonic() < deadline:
        time.sleep(_LOOK_SECONDS)
    return seen
