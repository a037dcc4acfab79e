"""How much of a shard's records embedded AWS holds.

Kinesis keeps what came within the retention period
(https://docs.aws.amazon.com/streams/latest/dev/kinesis-extended-retention.html). Memory is what keeps it here, so a
shard has a bound as well: its oldest records go first. MiniStack numbers the places of iterators from the oldest record
that is left, and so would skip as many as were dropped: the iterators move with the records.
"""

import time
from typing import Any

from ministack.services import kinesis

_MOST_BYTES = 32 * 2**20
# What a record takes beside its data.
_RECORD_BYTES = 500
# Of a shard: the last record that was counted, and the bytes of all that are held up to it.
_COUNTED = "counted"


def keep_newest_records(*, most_bytes: int = _MOST_BYTES) -> None:
    """Let MiniStack's Kinesis drop what is older than the retention period or beyond the bound."""

    def expire(stream: dict[str, Any]) -> None:
        cutoff = time.time() - stream["RetentionPeriodHours"] * 3600
        # A closed shard goes when nothing that it took can be left.
        aged_out = {shard_id for shard_id, shard in stream["shards"].items() if shard.get("closed_at", cutoff) < cutoff}
        if aged_out:
            stream["shards"] = {key: shard for key, shard in stream["shards"].items() if key not in aged_out}
        for shard_id, shard in stream["shards"].items():
            records = shard["records"]
            if not records:
                continue
            size = _counted_on(records, *shard.get(_COUNTED, ("", 0)))
            gone = 0
            while gone < len(records) and (
                records[gone]["ApproximateArrivalTimestamp"] < cutoff or (size > most_bytes and gone < len(records) - 1)
            ):
                size -= _size(records[gone])
                gone += 1
            shard[_COUNTED] = (records[-1]["SequenceNumber"] if gone < len(records) else "", size)
            if gone:
                del records[:gone]
                _move_iterators(stream, shard_id, gone)

    kinesis._expire_records = expire


def _counted_on(records: list[dict[str, Any]], last: str, size: int) -> int:
    """The bytes of all records, where those up to `last` have `size`."""
    for record in reversed(records):
        if record["SequenceNumber"] == last:
            return size
        size += _size(record)
    return sum(_size(record) for record in records)


def _size(record: dict[str, Any]) -> int:
    return len(record["Data"]) + _RECORD_BYTES


def _move_iterators(stream: dict[str, Any], shard_id: str, gone: int) -> None:
    for iterator in kinesis._shard_iterators._data.values():
        if iterator.get("stream_arn") == stream["StreamARN"] and iterator["shard_id"] == shard_id:
            iterator["position"] = max(0, iterator["position"] - gone)
