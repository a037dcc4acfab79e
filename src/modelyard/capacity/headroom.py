"""How far a workload could grow on the instance it has: the longest context and the most sequences that still fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from modelyard.capacity.instances import Instance
from modelyard.capacity.memory_fit import fit
from modelyard.capacity.workload import Workload
from modelyard.catalog.schema import Model

# No engine runs more sequences at once by default. https://docs.vllm.ai/en/latest/configuration/engine_args.html
_MOST_SEQUENCES = 1024


def longest_context(model: Model, workload: Workload, instance: Instance) -> int:
    """Tokens that each of the workload's sequences may have, at most what the model was made for; 0 if none fits."""
    return _largest(
        model.architecture.max_context_tokens,
        lambda tokens: fit("", model, replace(workload, context_tokens=tokens), instance).fits,
    )


def most_sequences(model: Model, workload: Workload, instance: Instance) -> int:
    """Sequences of the workload's length that fit at the same time, up to 1024; 0 if none fits."""
    return _largest(
        _MOST_SEQUENCES,
        lambda sequences: fit("", model, replace(workload, concurrency=sequences), instance).fits,
    )


def _largest(limit: int, holds: Callable[[int], bool]) -> int:
    """The largest number up to a limit for which something holds that, once false, stays false."""
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    return low
