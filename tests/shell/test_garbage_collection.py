"""How often a command looks for garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from modelyard.shell.garbage_collection import collect_rarely


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    """What the command sets holds for the whole process."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


def looks_while_making(objects: int) -> int:
    """How often Python looks for garbage while so many objects that refer to each other come and go."""
    looks = 0

    def count(phase: str, _info: dict[str, int]) -> None:
        nonlocal looks
        looks += phase == "start"

    gc.collect()
    gc.callbacks.append(count)
    try:
        for _ in range(objects):
            cycle: list[object] = []
            cycle.append(cycle)
    finally:
        gc.callbacks.remove(count)
    return looks


def test_a_command_looks_a_hundred_times_less_often_than_python_by_itself() -> None:
    gc.set_threshold(700, 10, 10)
    by_itself = looks_while_making(300_000)
    collect_rarely()
    assert 0 < looks_while_making(300_000) * 100 <= by_itself


def test_cycles_are_still_freed() -> None:
    collect_rarely()
    before = len(gc.get_objects())
    looks_while_making(300_000)
    assert len(gc.get_objects()) - before < 300_000
