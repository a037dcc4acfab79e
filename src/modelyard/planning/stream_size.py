"""What AWS takes of a change of the record stream's size, and on which way the rest is come to."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.schema import Shards, Signals


def size_sentences(before: Signals, after: Signals) -> Iterator[str]:
    """What to know of the change before it is deployed.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateShardCount.html (no more than double, no fewer
    than half) and https://docs.aws.amazon.com/streams/latest/dev/how-do-i-size-a-stream.html (modes).
    """
    now, then = before.stream, after.stream
    if isinstance(now, Shards) and isinstance(then, Shards):
        between = _on_the_way(now.shards, then.shards)
        if between:
            steps = " and then ".join(f"shards: {shards}" for shards in between)
            yield (
                f"AWS refuses {then.shards} shards instead of {now.shards}: Kinesis at most doubles or halves a "
                f"stream's shards at once. Deploy {steps} before it."
            )
    elif now != then:
        yield "Kinesis lets a stream change between on-demand and shards twice in 24 hours."
        if isinstance(then, Shards):
            yield (
                "The stream has as many shards as it grew to; AWS refuses fewer than half, or more than twice, of them "
                "at once."
            )


def _on_the_way(now: int, then: int) -> list[int]:
    """The numbers of shards to stop at between two, each at most double and at least half of the one before."""
    stops = [now]
    while not then <= 2 * stops[-1] <= 4 * then:
        stops.append(2 * stops[-1] if then > now else -(-stops[-1] // 2))
    return stops[1:]
