"""The records of requests as they lie in Kinesis, read as any consumer would."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Record = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class StreamContent:
    """What a stream holds: `records` by their id, `lines` with copies, in `deliveries` of CloudWatch Logs."""

    stream: str
    shards: int
    deliveries: int
    lines: int
    records: dict[str, Record]


def read_stream_content(kinesis: Any, stream_arn: str) -> StreamContent:
    """Everything from the oldest record on, of all shards."""
    shards = kinesis.list_shards(StreamARN=stream_arn)["Shards"]
    deliveries = [data for shard in shards for data in _shard(kinesis, stream_arn, shard["ShardId"])]
    lines = [line for data in deliveries for line in _lines(data)]
    return StreamContent(
        stream=stream_arn.rpartition("/")[2],
        shards=len(shards),
        deliveries=len(deliveries),
        lines=len(lines),
        records={line["record_id"]: line for line in lines},
    )


def _shard(kinesis: Any, stream_arn: str, shard_id: str) -> Iterator[bytes]:
    iterator = kinesis.get_shard_iterator(StreamARN=stream_arn, ShardId=shard_id, ShardIteratorType="TRIM_HORIZON")[
        "ShardIterator"
    ]
    while iterator:
        answer = kinesis.get_records(StreamARN=stream_arn, ShardIterator=iterator)
        for record in answer["Records"]:
            yield record["Data"]
        if not answer["Records"] and not answer["MillisBehindLatest"]:
            return
        iterator = answer.get("NextShardIterator")


def _lines(data: bytes) -> list[Record]:
    """The records of one delivery; CloudWatch Logs also sends messages that only try the way."""
    envelope = json.loads(gzip.decompress(data))
    if envelope["messageType"] != "DATA_MESSAGE":
        return []
    return [json.loads(event["message"]) for event in envelope["logEvents"]]
