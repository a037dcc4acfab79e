"""Windows as CloudWatch's PutMetricData takes them: values with counts for percentiles, exact sums for totals.

PutMetricData costs the same for one metric or for a thousand, and a value that occurred 500 times is one value with a
count of 500; a line in embedded metric format repeats it and costs by the byte (docs/signals.md has the arithmetic).
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from lambdas.stream_processor.window import Total, Window, WindowKey

NAMESPACE = "modelyard/Requests"
# Limits of one MetricDatum and of one request.
_VALUES_PER_DATUM = 150
_DATA_PER_CALL = 1000
# A request is at most 1 MB. Written as a form, the longest of CloudWatch's protocols, a datum takes some 500 bytes and
# each value with its count some 100.
_WEIGHT_PER_CALL = 900_000
_DATUM_WEIGHT, _VALUE_WEIGHT = 500, 100
# Neighbouring steps are 0.5 % apart, so that a value moves by at most half of that. Where a window's values lie on more
# than so many, which takes the longest to be 35,000 times the shortest, steps become twice as wide until they do not:
# four such distributions are what one request takes.
_FINEST_STEP = math.log(1.005)
_STEPS_PER_DISTRIBUTION = 2_100
# A nanosecond is noise of any clock, and CloudWatch refuses numbers that are nearly, but not quite, 0.
_DIGITS, _NOTHING = 6, 1e-6

Datum = dict[str, Any]


def window_data(key: WindowKey, window: Window) -> list[Datum]:
    """The data of one window; they fit into one request, so that a window is published as a whole or not at all."""
    common: Datum = {
        "Dimensions": [{"Name": "EndpointName", "Value": key.endpoint}, {"Name": "VariantName", "Value": key.variant}],
        "Timestamp": f"{key.minute}:00Z",
    }
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
        *(
            {**common, "MetricName": name, "Unit": "Milliseconds", **values}
            for name, durations_ms in durations.items()
            for values in _distribution(durations_ms)
        ),
        *({**common, "MetricName": name, "Unit": "Count", "Value": count} for name, count in counts.items()),
        *(
            {**common, "MetricName": name, "Unit": "Count", "StatisticValues": _statistics(total)}
            for name, total in tokens.items()
            if total.count
        ),
    ]


def calls(windows: Iterable[tuple[WindowKey, Window]]) -> Iterator[tuple[list[Window], list[Datum]]]:
    """Whole windows, as many as one request takes, with their data."""
    together: list[Window] = []
    data: list[Datum] = []
    weight = 0
    for key, window in windows:
        more = window_data(key, window)
        its_weight = sum(_DATUM_WEIGHT + _VALUE_WEIGHT * len(datum.get("Values", ())) for datum in more)
        if data and (weight + its_weight > _WEIGHT_PER_CALL or len(data) + len(more) > _DATA_PER_CALL):
            yield together, data
            together, data, weight = [], [], 0
        together.append(window)
        data.extend(more)
        weight += its_weight
    if data:
        yield together, data


def _distribution(durations_ms: Sequence[float]) -> Iterator[Datum]:
    if len(set(durations_ms)) > _VALUES_PER_DATUM:
        counts = _stepped(durations_ms)
    else:
        counts = Counter(round(duration, _DIGITS) for duration in durations_ms)
    values = sorted(counts)
    for start in range(0, len(values), _VALUES_PER_DATUM):
        some = values[start : start + _VALUES_PER_DATUM]
        yield {"Values": some, "Counts": [counts[value] for value in some]}


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


def _statistics(total: Total) -> dict[str, int]:
    return {"SampleCount": total.count, "Sum": total.sum, "Minimum": total.smallest, "Maximum": total.largest}
