"""How often Python looks for garbage: seldom, in a process that ends before it would need the memory back."""

from __future__ import annotations

import gc

# New objects between two looks at them, and looks between two at older ones. Python's own 700 and 10 are made for
# programs that stay; a catalog of a thousand entries is millions of objects that are all in use until the command ends.
_NEW_OBJECTS = 100_000
_LOOKS = 50


def collect_rarely() -> None:
    """Spend no third of a command's time on looking for garbage; cycles are still found, in a process that stays."""
    gc.set_threshold(_NEW_OBJECTS, _LOOKS, _LOOKS)
