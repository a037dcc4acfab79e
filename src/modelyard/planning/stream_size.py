"""What AWS takes of a change of the record stream's size, and on which way the rest is come to."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.pricing.record_meters import RECORD_STREAM, STREAM, is_on_demand
from modelyard.pricing.resources import Properties, Resources, properties_of, readable


def size_sentences(before: Resources, after: Resources) -> Iterator[str]:
    """What to know of the change before a foundation is deployed; nothing where one of the two has no stream.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateShardCount.html (no more than double, no fewer
    than half) and https://docs.aws.amazon.com/streams/latest/dev/how-do-i-size-a-stream.html (modes).
    """
    streams = [properties_of(resources, RECORD_STREAM) for resources in (before, after)]
    if streams[0] is None or streams[1] is None:
        return
    now, then = _shards(streams[0]), _shards(streams[1])
    if now is not None and then is not None:
        between = _on_the_way(now, then)
        if between:
            steps = " and then ".join(f"shards: {shards}" for shards in between)
            yield (
                f"AWS refuses {then} shards instead of {now}: Kinesis at most doubles or halves a "
                f"stream's shards at once. Deploy {steps} before it."
            )
    elif now != then:
        yield "Kinesis lets a stream change between on-demand and shards twice in 24 hours."
        if then is not None:
            yield (
                "The stream has as many shards as it grew to; AWS refuses fewer than half, or more than twice, of them "
                "at once."
            )


def _shards(stream: Properties) -> int | None:
    """How many shards a stream has; None where it grows by itself."""
    with readable(STREAM):
        return None if is_on_demand(stream) else int(stream["ShardCount"])


def _on_the_way(now: int, then: int) -> list[int]:
    """The numbers of shards to stop at between two, each at most double and at least half of the one before."""
    stops = [now]
    while not then <= 2 * stops[-1] <= 4 * then:
        stops.append(2 * stops[-1] if then > now else -(-stops[-1] // 2))
    return stops[1:]
