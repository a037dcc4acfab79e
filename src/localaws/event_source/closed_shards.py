"""What Kinesis tells of a shard that is closed: where it ends, and which shards come after it."""

import json
from collections.abc import Callable
from typing import Any

from ministack.services import kinesis

Stream = dict[str, Any]
Response = tuple[int, dict[str, str], Any]


def report_closed_shards() -> None:
    """Let MiniStack's answers tell it."""
    kinesis._shard_out = _with_its_end(kinesis._shard_out)
    kinesis._get_records = _ending_with_children(kinesis._get_records)
    kinesis._describe_stream_summary = _counting_open(kinesis._describe_stream_summary)


def is_closed(shard: dict[str, Any]) -> bool:
    """Whether a shard takes no more records."""
    return "ending_sequence_number" in shard


def open_shards(stream: Stream) -> list[str]:
    """The ids of the shards that take records."""
    return [shard_id for shard_id, shard in stream["shards"].items() if not is_closed(shard)]


def _with_its_end(describe: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def described(shard_id: str, shard: dict[str, Any]) -> dict[str, Any]:
        found = describe(shard_id, shard)
        if is_closed(shard):
            found["SequenceNumberRange"]["EndingSequenceNumber"] = shard["ending_sequence_number"]
        return found

    return described


def _ending_with_children(get: Callable[[dict[str, Any]], Response]) -> Callable[[dict[str, Any]], Response]:
    """API_GetRecords: at the end of a closed shard there is no next iterator, and the children are named."""

    def get_records(request: dict[str, Any]) -> Response:
        place = kinesis._shard_iterators.get(request.get("ShardIterator"))
        answered = get(request)
        if answered[0] != 200 or place is None:
            return answered
        shards, shard_id = kinesis._streams[place["stream"]]["shards"], place["shard_id"]
        body = json.loads(answered[2])
        following = kinesis._shard_iterators[body["NextShardIterator"]]
        if not is_closed(shards[shard_id]) or following["position"] < len(shards[shard_id]["records"]):
            return answered
        ended: Response = kinesis.json_response(
            {**body, "NextShardIterator": None, "ChildShards": _children(shards, shard_id)}
        )
        return ended

    return get_records


def _children(shards: dict[str, Any], parent: str) -> list[dict[str, Any]]:
    found = []
    for shard_id, shard in sorted(shards.items()):
        parents = [one for one in (shard["parent_shard_id"], shard["adjacent_parent_shard_id"]) if one]
        if parent in parents:
            keys = {"StartingHashKey": shard["starting_hash_key"], "EndingHashKey": shard["ending_hash_key"]}
            found.append({"ShardId": shard_id, "ParentShards": parents, "HashKeyRange": keys})
    return found


def _counting_open(describe: Callable[[dict[str, Any]], Response]) -> Callable[[dict[str, Any]], Response]:
    def described(request: dict[str, Any]) -> Response:
        answered = describe(request)
        _, stream = kinesis._resolve_stream(request)
        if stream is None:
            return answered
        body = json.loads(answered[2])
        body["StreamDescriptionSummary"]["OpenShardCount"] = len(open_shards(stream))
        counted: Response = kinesis.json_response(body)
        return counted

    return described
