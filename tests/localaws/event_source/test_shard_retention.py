"""How many records of a shard are held, and that readers miss none that are."""

import base64
import json
import time
from typing import Any

import pytest
from ministack.services import kinesis

from localaws.event_source.shard_retention import keep_newest_records

MOST_BYTES = 100_000


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    for changed in ("_expire_records", "_streams", "_shard_iterators"):
        monkeypatch.setattr(kinesis, changed, getattr(kinesis, changed))
    kinesis._streams = type(kinesis._streams)()
    kinesis._shard_iterators = type(kinesis._shard_iterators)()
    keep_newest_records(most_bytes=MOST_BYTES)
    kinesis._create_stream({"StreamName": "held", "ShardCount": 1})
    found: dict[str, Any] = kinesis._streams["held"]
    found["StreamStatus"] = "ACTIVE"
    return found


def put(first: int, number: int, *, size: int = 500) -> None:
    for at in range(first, first + number):
        data = base64.b64encode(f"{at} ".encode().ljust(size)).decode()
        answer = kinesis._put_record({"StreamName": "held", "PartitionKey": "one", "Data": data})
        assert answer[0] == 200


def get(iterator: str, limit: int = 10_000) -> tuple[list[int], str]:
    answer = json.loads(kinesis._get_records({"ShardIterator": iterator, "Limit": limit})[2])
    numbers = [int(base64.b64decode(record["Data"]).split()[0]) for record in answer["Records"]]
    return numbers, answer["NextShardIterator"]


def iterator(stream: dict[str, Any], **where: Any) -> str:
    shard = next(iter(stream["shards"]))
    wanted = {"StreamName": "held", "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON", **where}
    found: str = json.loads(kinesis._get_shard_iterator(wanted)[2])["ShardIterator"]
    return found


def test_records_do_not_grow_with_what_is_put_and_the_newest_stay(stream: dict[str, Any]) -> None:
    put(0, 2000)
    numbers, _ = get(iterator(stream))
    assert len(numbers) * 1100 < MOST_BYTES + 2000
    assert numbers == list(range(2000 - len(numbers), 2000))


def test_a_reader_that_keeps_up_misses_nothing_and_reads_nothing_twice(stream: dict[str, Any]) -> None:
    place, seen = iterator(stream), []
    for batch in range(50):
        put(batch * 30, 30)
        numbers, place = get(place, limit=30)
        seen += numbers
    assert seen == list(range(1500))


def test_a_reader_behind_goes_on_with_the_oldest_that_is_left(stream: dict[str, Any]) -> None:
    put(0, 10)
    numbers, place = get(iterator(stream), limit=5)
    put(10, 1000)
    later, _ = get(place)
    assert later[0] > 9
    assert later == list(range(later[0], 1010))


def test_the_retention_period_counts_too(stream: dict[str, Any]) -> None:
    put(0, 3)
    place = get(iterator(stream), limit=3)[1]
    for record in next(iter(stream["shards"].values()))["records"]:
        record["ApproximateArrivalTimestamp"] = time.time() - 25 * 3600
    put(3, 2)
    assert get(place)[0] == [3, 4]
    assert get(iterator(stream))[0] == [3, 4]


def test_a_record_larger_than_the_bound_is_held_until_the_next(stream: dict[str, Any]) -> None:
    put(0, 1, size=2 * MOST_BYTES)
    assert get(iterator(stream))[0] == [0]
    put(1, 1)
    put(2, 1)
    assert get(iterator(stream))[0] == [1, 2]
