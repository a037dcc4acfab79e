"""Shards that are split and merged as Kinesis does it: a closed shard stays readable, and says which are its children.

https://docs.aws.amazon.com/streams/latest/dev/kinesis-using-sdk-java-after-resharding.html: records go to open shards
only; what a closed one holds is read until it ages out, and its children are what comes after it. MiniStack throws a
closed shard away with its records.
"""

import threading
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from ministack.services import kinesis

from localaws.errors import AwsError
from localaws.event_source.closed_shards import Response, Stream, is_closed, open_shards, report_closed_shards

# A record is put into the shard that was found for it, before that shard is closed.
_one_at_a_time = threading.RLock()


def reshard_like_kinesis() -> None:
    """Let MiniStack's Kinesis split, merge and count shards in this way."""
    for name in ("_put_record", "_put_records", "put_record_internal"):
        setattr(kinesis, name, _alone(getattr(kinesis, name)))
    kinesis._route_to_shard = _open_shard_of
    kinesis._split_shard = _answering(_split_shard)
    kinesis._merge_shards = _answering(_merge_shards)
    kinesis._update_shard_count = _answering(_update_shard_count)
    report_closed_shards()


def update_shard_count(stream: Stream, target: int) -> None:
    """Split and merge until `target` shards of one size are open.

    The limits are those of https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateShardCount.html, without
    how often a day; its pieces are "short-lived shards" there as well.
    """
    with _one_at_a_time:
        current = len(open_shards(stream))
        if stream.get("StreamModeDetails", {}).get("StreamMode") == "ON_DEMAND":
            raise AwsError("ValidationException", "UpdateShardCount is for streams in provisioned mode only.")
        if target < 1:
            raise AwsError("InvalidArgumentException", f"TargetShardCount is {target}; a stream has 1 shard or more.")
        counts = f"Current open shard count: {current} Target shard count: {target}"
        if target > 2 * current:
            raise AwsError(
                "LimitExceededException",
                f"UpdateShardCount cannot scale up over double your current open shard count. {counts}",
            )
        if 2 * target < current:
            raise AwsError(
                "LimitExceededException",
                f"UpdateShardCount cannot scale down below half your current open shard count. {counts}",
            )
        ranges = [(int(first), int(last)) for first, last in kinesis._compute_hash_ranges(target)]
        for first, _ in ranges[1:]:
            around = _open_shard_of(first, stream)
            if int(stream["shards"][around]["starting_hash_key"]) < first:
                _split(stream, around, first)
        for first, last in ranges:
            pieces = [shard_id for shard_id in open_shards(stream) if first <= _start(stream, shard_id) <= last]
            pieces.sort(key=lambda shard_id: _start(stream, shard_id))
            while len(pieces) > 1:
                pieces[:2] = [_merge(stream, pieces[0], pieces[1])]


def _start(stream: Stream, shard_id: str) -> int:
    return int(stream["shards"][shard_id]["starting_hash_key"])


def _open_shard_of(hash_key: int, stream: Stream) -> str:
    for shard_id, shard in stream["shards"].items():
        covers = int(shard["starting_hash_key"]) <= hash_key <= int(shard["ending_hash_key"])
        if covers and not is_closed(shard):
            return str(shard_id)
    raise ValueError(f"no open shard takes the hash key {hash_key}")


def _split(stream: Stream, shard_id: str, at: int) -> None:
    parent = stream["shards"][shard_id]
    ranges = ((parent["starting_hash_key"], str(at - 1)), (str(at), parent["ending_hash_key"]))
    _replace(stream, [shard_id], ranges)


def _merge(stream: Stream, one: str, other: str) -> str:
    shards = stream["shards"]
    whole = (shards[one]["starting_hash_key"], shards[other]["ending_hash_key"])
    return _replace(stream, [one, other], [whole])


def _replace(stream: Stream, parents: list[str], ranges: Any) -> str:
    """Close the parents and open a child for each range of hash keys; the id of the last one."""
    for parent in parents:
        stream["shards"][parent] |= {
            "ending_sequence_number": kinesis._next_sequence_number(),
            "closed_at": time.time(),
        }
    after = kinesis._max_shard_index(stream) + 1
    children = {
        f"shardId-{number:012d}": {
            "records": [],
            "starting_hash_key": first,
            "ending_hash_key": last,
            "starting_sequence_number": kinesis._next_sequence_number(),
            "parent_shard_id": parents[0],
            "adjacent_parent_shard_id": parents[1] if len(parents) > 1 else None,
        }
        for number, (first, last) in enumerate(ranges, after)
    }
    # Another dictionary: somebody may be walking over the one at hand.
    stream["shards"] = {**stream["shards"], **children}
    return max(children)


def _split_shard(request: dict[str, Any], stream: Stream) -> dict[str, Any]:
    shard_id, at = _named(stream, request.get("ShardToSplit")), int(request.get("NewStartingHashKey") or 0)
    if not _start(stream, shard_id) < at <= int(stream["shards"][shard_id]["ending_hash_key"]):
        raise AwsError("InvalidArgumentException", f"NewStartingHashKey {at} is not inside the range of {shard_id}.")
    _split(stream, shard_id, at)
    return {}


def _merge_shards(request: dict[str, Any], stream: Stream) -> dict[str, Any]:
    named = [_named(stream, request.get(key)) for key in ("ShardToMerge", "AdjacentShardToMerge")]
    one, other = sorted(named, key=lambda shard_id: _start(stream, shard_id))
    if int(stream["shards"][one]["ending_hash_key"]) + 1 != _start(stream, other):
        raise AwsError("InvalidArgumentException", f"Shards {one} and {other} are not adjacent.")
    _merge(stream, one, other)
    return {}


def _named(stream: Stream, shard_id: Any) -> str:
    if shard_id not in stream["shards"]:
        raise AwsError("ResourceNotFoundException", f"Could not find shard {shard_id} in {stream['StreamName']}.")
    if is_closed(stream["shards"][shard_id]):
        raise AwsError("InvalidArgumentException", f"Shard {shard_id} of {stream['StreamName']} is closed.")
    return str(shard_id)


def _update_shard_count(request: dict[str, Any], stream: Stream) -> dict[str, Any]:
    current, target = len(open_shards(stream)), int(request.get("TargetShardCount") or 0)
    update_shard_count(stream, target)
    counts = {"CurrentShardCount": current, "TargetShardCount": target}
    return {"StreamName": stream["StreamName"], "StreamARN": stream["StreamARN"], **counts}


def _answering(operation: Callable[[dict[str, Any], Stream], dict[str, Any]]) -> Callable[[dict[str, Any]], Response]:
    def answer(request: dict[str, Any]) -> Response:
        name, stream = kinesis._resolve_stream(request)
        try:
            if stream is None:
                raise AwsError("ResourceNotFoundException", f"Stream {name} not found")
            with _one_at_a_time:
                answered: Response = kinesis.json_response(operation(request, stream))
        except AwsError as refusal:
            answered = kinesis.error_response_json(refusal.code, refusal.message, refusal.http_status)
        return answered

    return answer


def _alone(put: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(put)
    def put_alone(*arguments: Any) -> Any:
        with _one_at_a_time:
            return put(*arguments)

    return put_alone
