"""Shards that are split and merged as Kinesis does it: a closed shard stays readable, and says which are its children.

https://docs.aws.amazon.com/streams/latest/dev/kinesis-using-sdk-java-after-resharding.html: records go to open shards
only; what a closed one holds is read until it ages out, and its children are what comes after it. MiniStack throws a
closed shard away with its records.
"""

import json
import threading
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from ministack.services import kinesis

from localaws.errors import AwsError

Stream = dict[str, Any]
Response = tuple[int, dict[str, str], Any]
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
    kinesis._shard_out = _with_its_end(kinesis._shard_out)
    kinesis._get_records = _ending_with_children(kinesis._get_records)
    kinesis._describe_stream_summary = _counting_open(kinesis._describe_stream_summary)


def update_shard_count(stream: Stream, target: int) -> None:
    """Split and merge until `target` shards of one size are open.

    The limits are those of https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateShardCount.html, without
    how often a day; its pieces are "short-lived shards" there as well.
    """
    with _one_at_a_time:
        current = len(_open(stream))
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
            pieces = [shard_id for shard_id in _open(stream) if first <= _start(stream, shard_id) <= last]
            pieces.sort(key=lambda shard_id: _start(stream, shard_id))
            while len(pieces) > 1:
                pieces[:2] = [_merge(stream, pieces[0], pieces[1])]


def is_closed(shard: dict[str, Any]) -> bool:
    """Whether a shard takes no more records."""
    return "ending_sequence_number" in shard


def _open(stream: Stream) -> list[str]:
    return [shard_id for shard_id, shard in stream["shards"].items() if not is_closed(shard)]


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
    current, target = len(_open(stream)), int(request.get("TargetShardCount") or 0)
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
        body["StreamDescriptionSummary"]["OpenShardCount"] = len(_open(stream))
        counted: Response = kinesis.json_response(body)
        return counted

    return described
