"""What a mapping gives up reaches the destination it names: a bucket with the data, a queue with the place."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from unittest.mock import MagicMock

import pytest

from localaws.event_source.given_up import GivenUp

STREAM = "arn:aws:kinesis:us-east-1:000000000000:stream/records"
RECORDS = [
    {"kinesis": {"sequenceNumber": number, "data": "e30=", "approximateArrivalTimestamp": 1795244400.0}}
    for number in ("7", "8")
]
GIVEN_UP = GivenUp(
    condition="RetryAttemptsExhausted",
    mapping_id="mapping",
    function_arn="arn:aws:lambda:us-east-1:000000000000:function:f",
    stream_arn=STREAM,
    shard_id="shardId-000000000000",
    attempts=3,
    records=RECORDS,
)
NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)


def test_a_bucket_gets_the_event_that_the_function_would_have_got() -> None:
    client = MagicMock()
    GIVEN_UP.send("arn:aws:s3:::failures", client=client, now=NOW)
    client.assert_called_once_with("s3")
    put = client.return_value.put_object.call_args.kwargs
    assert put["Bucket"] == "failures"
    assert put["Key"].startswith("aws/lambda/mapping/shardId-000000000000/2026/11/21/2026-11-21T07.00.00-")
    record = json.loads(put["Body"])
    assert json.loads(record["payload"]) == {"Records": RECORDS}
    assert record["requestContext"]["condition"] == "RetryAttemptsExhausted"


def test_a_queue_is_told_where_in_the_stream_they_are() -> None:
    client = MagicMock()
    GIVEN_UP.send("arn:aws:sqs:us-east-1:000000000000:failures", client=client, now=NOW)
    record: Any = json.loads(client.return_value.send_message.call_args.kwargs["MessageBody"])
    assert "payload" not in record
    info = record["KinesisBatchInfo"]
    assert (info["startSequenceNumber"], info["endSequenceNumber"], info["batchSize"]) == ("7", "8", 2)
    assert info["streamArn"] == STREAM


def test_a_destination_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="a bucket, queue or topic is known"):
        GIVEN_UP.send("arn:aws:events:us-east-1:000000000000:event-bus/b", client=MagicMock(), now=NOW)
