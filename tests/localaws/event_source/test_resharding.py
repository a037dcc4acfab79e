"""Shards that are split and merged, by the API and by a stack: no record is lost, and what a reader needs is told."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

HASH_KEYS = 2**128
READER = """
import base64, json, os, boto3
def handler(event, context):
    texts = [base64.b64decode(one["kinesis"]["data"]).decode() for one in event["Records"]]
    shard = event["Records"][0]["eventID"].split(":")[0]
    boto3.client("s3").put_object(
        Bucket=os.environ["BUCKET"], Key=f"batches/{shard}-{os.urandom(4).hex()}", Body=json.dumps(texts).encode())
"""


@pytest.fixture
def kinesis(embedded_aws: Any) -> Any:
    return embedded_aws.client("kinesis")


@pytest.fixture
def stream(kinesis: Any) -> Iterator[str]:
    """The ARN of a stream of two shards."""
    name = f"reshard-{uuid.uuid4().hex}"
    kinesis.create_stream(StreamName=name, ShardCount=2)
    yield kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamARN"]
    kinesis.delete_stream(StreamName=name)


def put(kinesis: Any, stream: str, *numbers: int) -> set[str]:
    """Put these under keys of their own; the shards that took them."""
    records = [{"Data": str(number).encode(), "PartitionKey": str(number)} for number in numbers]
    return {one["ShardId"] for one in kinesis.put_records(StreamARN=stream, Records=records)["Records"]}


def read(kinesis: Any, stream: str, shard: str) -> tuple[list[int], dict[str, Any]]:
    """A shard's records from its beginning, and the answer that came last: its end, or nothing more for now."""
    place = kinesis.get_shard_iterator(StreamARN=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    iterator, found = place["ShardIterator"], []
    while True:
        answer = kinesis.get_records(ShardIterator=iterator, StreamARN=stream)
        found += [int(record["Data"]) for record in answer["Records"]]
        iterator = answer.get("NextShardIterator")
        if not iterator or not answer["Records"]:
            return found, answer


def shards(kinesis: Any, stream: str) -> dict[str, dict[str, Any]]:
    return {one["ShardId"]: one for one in kinesis.list_shards(StreamARN=stream)["Shards"]}


def is_open(shard: dict[str, Any]) -> bool:
    return "EndingSequenceNumber" not in shard["SequenceNumberRange"]


def open_ranges(kinesis: Any, stream: str) -> list[tuple[int, int]]:
    ranges = [one["HashKeyRange"] for one in shards(kinesis, stream).values() if is_open(one)]
    return sorted((int(one["StartingHashKey"]), int(one["EndingHashKey"])) for one in ranges)


def test_a_closed_shard_keeps_its_records_and_names_its_children(kinesis: Any, stream: str) -> None:
    before = put(kinesis, stream, *range(40))
    assert len(before) == 2
    kinesis.update_shard_count(StreamARN=stream, TargetShardCount=4, ScalingType="UNIFORM_SCALING")
    after = put(kinesis, stream, *range(40, 120))
    assert len(after) == 4
    assert not before & after
    found: list[int] = []
    for shard in sorted(before):
        numbers, last = read(kinesis, stream, shard)
        assert "NextShardIterator" not in last
        assert {child["ShardId"] for child in last["ChildShards"]} < after
        assert all(child["ParentShards"] == [shard] for child in last["ChildShards"])
        found += numbers
    assert sorted(found) == list(range(40))
    for shard in after:
        numbers, last = read(kinesis, stream, shard)
        assert last["NextShardIterator"]
        found += numbers
    assert sorted(found) == list(range(120))


@pytest.mark.parametrize("counts", [(4, 2, 1, 2), (3, 5, 9, 7, 4), (1,), (2,)])
def test_however_often_shards_are_counted_anew_they_are_of_one_size_and_cover_every_key(
    kinesis: Any, stream: str, counts: tuple[int, ...]
) -> None:
    for number, count in enumerate(counts):
        kinesis.update_shard_count(StreamARN=stream, TargetShardCount=count, ScalingType="UNIFORM_SCALING")
        ranges = open_ranges(kinesis, stream)
        assert len(ranges) == count
        assert (ranges[0][0], ranges[-1][1]) == (0, HASH_KEYS - 1)
        assert all(former[1] + 1 == later[0] for former, later in zip(ranges, ranges[1:], strict=False))
        sizes = {last - first for first, last in ranges}
        assert max(sizes) - min(sizes) < count
        summary = kinesis.describe_stream_summary(StreamARN=stream)["StreamDescriptionSummary"]
        assert summary["OpenShardCount"] == count
        put(kinesis, stream, *range(number * 50, number * 50 + 50))
    every = [one for shard in shards(kinesis, stream) for one in read(kinesis, stream, shard)[0]]
    assert sorted(every) == list(range(50 * len(counts)))


def test_more_than_twice_the_shards_are_refused_and_nothing_changes(kinesis: Any, stream: str) -> None:
    before = shards(kinesis, stream)
    with pytest.raises(ClientError, match="over double your current open shard count"):
        kinesis.update_shard_count(StreamARN=stream, TargetShardCount=5, ScalingType="UNIFORM_SCALING")
    assert shards(kinesis, stream) == before


def test_fewer_than_half_of_the_shards_are_refused(kinesis: Any, stream: str) -> None:
    kinesis.update_shard_count(StreamARN=stream, TargetShardCount=3, ScalingType="UNIFORM_SCALING")
    with pytest.raises(ClientError, match="below half your current open shard count"):
        kinesis.update_shard_count(StreamARN=stream, TargetShardCount=1, ScalingType="UNIFORM_SCALING")


def test_a_shard_is_split_and_merged_by_name(kinesis: Any, stream: str) -> None:
    first, second = sorted(shards(kinesis, stream))
    kinesis.split_shard(StreamARN=stream, ShardToSplit=first, NewStartingHashKey=str(HASH_KEYS // 8))
    assert [start for start, _ in open_ranges(kinesis, stream)] == [0, HASH_KEYS // 8, HASH_KEYS // 2]
    third, fourth = sorted(shards(kinesis, stream))[2:]
    with pytest.raises(ClientError, match="are not adjacent"):
        kinesis.merge_shards(StreamARN=stream, ShardToMerge=third, AdjacentShardToMerge=second)
    kinesis.merge_shards(StreamARN=stream, ShardToMerge=second, AdjacentShardToMerge=fourth)
    merged = shards(kinesis, stream)["shardId-000000000004"]
    assert {merged["ParentShardId"], merged["AdjacentParentShardId"]} == {second, fourth}
    for refused in (first, second):
        with pytest.raises(ClientError, match="is closed"):
            kinesis.split_shard(StreamARN=stream, ShardToSplit=refused, NewStartingHashKey=str(HASH_KEYS // 3))


@pytest.mark.parametrize("position", ["TRIM_HORIZON", "LATEST"])
def test_a_function_gets_every_record_of_parents_and_children_once_and_in_the_order_of_its_key(
    embedded_aws: Any, kinesis: Any, stream: str, position: str
) -> None:
    s3, functions = embedded_aws.client("s3"), embedded_aws.client("lambda")
    bucket = f"reshard-{position.lower().replace('_', '-')}"
    s3.create_bucket(Bucket=bucket)
    statement = {"Action": ["s3:*", "kinesis:*"], "Resource": "*"}
    embedded_aws.create_function(bucket, READER, statement, Environment={"Variables": {"BUCKET": bucket}})
    mapping = functions.create_event_source_mapping(
        FunctionName=bucket, EventSourceArn=stream, StartingPosition=position, BatchSize=7
    )

    def batches() -> list[list[int]]:
        listed = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
        written = sorted(listed, key=lambda one: one["LastModified"])
        return [
            list(map(int, json.loads(s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read()))) for one in written
        ]

    def seen() -> list[int]:
        return [number for batch in batches() for number in batch]

    def comes_to(count: int) -> None:
        deadline = time.monotonic() + 60
        while len(set(seen())) < count:
            assert time.monotonic() < deadline, sorted(seen())
            time.sleep(0.2)

    # Whether a mapping that begins at the latest record has begun, a record tells that arrives.
    number, deadline = 0, time.monotonic() + 60
    while not seen():
        assert time.monotonic() < deadline
        put(kinesis, stream, number)
        number += 1
        time.sleep(0.2)
    for count in (4, 2, 1, 2):
        put(kinesis, stream, *range(number, number + 60))
        kinesis.update_shard_count(StreamARN=stream, TargetShardCount=count, ScalingType="UNIFORM_SCALING")
        put(kinesis, stream, *range(number + 60, number + 90))
        number += 90
    comes_to(number - min(seen()))
    assert sorted(seen()) == list(range(min(seen()), number))
    functions.delete_event_source_mapping(UUID=mapping["UUID"])


def test_a_stack_changes_the_number_and_the_mode_of_a_stream_in_place(embedded_aws: Any, kinesis: Any) -> None:
    def deployed(**properties: Any) -> dict[str, Any]:
        properties = {"Name": "reshard-stack", **properties}
        return embedded_aws.deploy(
            "reshard", {"Resources": {"Stream": {"Type": "AWS::Kinesis::Stream", "Properties": properties}}}
        )

    def summary() -> tuple[str, int]:
        found = kinesis.describe_stream_summary(StreamName="reshard-stack")["StreamDescriptionSummary"]
        return found["StreamModeDetails"]["StreamMode"], found["OpenShardCount"]

    provisioned, on_demand = {"StreamMode": "PROVISIONED"}, {"StreamMode": "ON_DEMAND"}
    deployed(StreamModeDetails=provisioned, ShardCount=1)
    arn = kinesis.describe_stream_summary(StreamName="reshard-stack")["StreamDescriptionSummary"]["StreamARN"]
    put(kinesis, arn, 1)
    for properties, expected in [
        ({"StreamModeDetails": provisioned, "ShardCount": 2}, ("PROVISIONED", 2)),
        ({"StreamModeDetails": on_demand}, ("ON_DEMAND", 2)),
        ({"StreamModeDetails": provisioned, "ShardCount": 3}, ("PROVISIONED", 3)),
        ({"ShardCount": 4}, ("PROVISIONED", 4)),
    ]:
        assert deployed(**properties)["StackStatus"] == "UPDATE_COMPLETE"
        assert summary() == expected
    assert read(kinesis, arn, "shardId-000000000000")[0] == [1]
    failed = deployed(ShardCount=1)
    assert failed["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    why = embedded_aws.failures(failed["StackId"])["Stream"]
    assert "below half your current open shard count. Current open shard count: 4 Target shard count: 1" in why
    assert summary() == ("PROVISIONED", 4)
