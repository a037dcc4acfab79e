"""Windows as CloudWatch's PutMetricData takes them: values with counts for percentiles, exact sums for totals.

PutMetricData costs the same for one metric or for a thousand, and a value that occurred 500 times is one value with a
count of 500; a line in embedded metric format repeats it and costs by the byte (docs/signals.md has the arithmetic).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from lambdas.shared.metric_data import (
    FORM_VALUE_BYTES,
    VALUES_PER_DATUM,
    Datum,
    count,
    distribution,
    minute_of_variant,
    packed,
    sums,
)
from lambdas.stream_processor.window import Window, WindowKey

# Neighbouring steps are 0.5 % apart, so that a value moves by at most half of that. Where a window's values lie on more
# than so many, which takes the longest to be 35,000 times the shortest, steps become twice as wide until they do not:
# four such distributions are what one request takes.
_FINEST_STEP = math.log(1.005)
_STEPS_PER_DISTRIBUTION = 2_100
# A nanosecond is noise of any clock, and CloudWatch refuses numbers that are nearly, but not quite, 0.
_DIGITS, _NOTHING = 6, 1e-6


def window_data(key: WindowKey, window: Window) -> list[Datum]:
    """The data of one window; they fit into one request, so that a window is published as a whole or not at all."""
    common = minute_of_variant(key.endpoint, key.variant, key.minute)
    durations = {
        "TimeToFirstToken": window.time_to_first_token_ms,
        "TimePerOutputToken": window.time_per_output_token_ms,
        "RequestLatency": window.latency_ms,
        "QueueTime": window.queue_ms,
    }
    counts = {"Requests": window.requests, "Errors": window.errors, "RecordsDropped": window.records_dropped}
    tokens = {
        "InputTokens": window.input_tokens,
        "OutputTokens": window.output_tokens,
        "CachedInputTokens": window.cached_input_tokens,
    }
    return [
        *(datum for name, some in durations.items() for datum in distribution(common, name, _counted(some))),
        *(count(common, name, number) for name, number in counts.items()),
        *(
            sums(common, name, count=len(some), total=sum(some), smallest=min(some), largest=max(some))
            for name, some in tokens.items()
            if some
        ),
    ]


def calls(
    windows: Iterable[tuple[WindowKey, Window]], *, value_bytes: int = FORM_VALUE_BYTES
) -> Iterator[tuple[list[Window], list[Datum]]]:
    """Whole windows, as many as one request takes, with their data."""
    return packed(((window, window_data(key, window)) for key, window in windows), value_bytes=value_bytes)


def _counted(durations_ms: Sequence[float]) -> Counter[float]:
    if len(set(durations_ms)) > VALUES_PER_DATUM:
        return _stepped(durations_ms)
    return Counter(round(duration, _DIGITS) for duration in durations_ms)


def _stepped(durations_ms: Sequence[float]) -> Counter[float]:
    log = math.log
    logs = [log(duration) for duration in durations_ms if duration > _NOTHING]
    step = _FINEST_STEP
    while len(steps := Counter([round(one / step) for one in logs])) > _STEPS_PER_DISTRIBUTION:
        step *= 2
    counts = Counter({float(f"{math.exp(number * step):.6g}"): count for number, count in steps.items()})
    if instant := len(durations_ms) - steps.total():
        counts[0.0] = instant
    return counts
