"""A delivery stream does not hold what it has delivered."""

import base64
from typing import Any

import pytest
from ministack.services import firehose

from localaws.firehose.delivered_records import forget_delivered_records


def test_records_are_let_go_when_they_were_delivered_and_when_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    delivered = []

    def deliver(stream: dict[str, Any], destination: dict[str, Any], records: list[tuple[str, bytes]]) -> None:
        delivered.extend(data for _, data in records)
        if len(delivered) > 5:
            raise ValueError("the bucket is gone")

    monkeypatch.setattr(firehose, "_streams", type(firehose._streams)())
    monkeypatch.setattr(firehose, "_deliver_records_to_s3", deliver)
    monkeypatch.setattr(firehose, "_deliver_to_iceberg", firehose._deliver_to_iceberg)
    forget_delivered_records()
    role, bucket = "arn:aws:iam::000000000000:role/one", "arn:aws:s3:::one"
    configuration = {"RoleARN": role, "BucketARN": bucket}
    firehose._create_delivery_stream({"DeliveryStreamName": "one", "ExtendedS3DestinationConfiguration": configuration})
    (stream,) = firehose._streams.values()
    stream["status"] = "ACTIVE"
    record = {"Data": base64.b64encode(b"x").decode()}
    for _ in range(5):
        firehose._put_record({"DeliveryStreamName": "one", "Record": record})
    firehose._put_record_batch({"DeliveryStreamName": "one", "Records": [record] * 3})
    assert delivered == [b"x"] * 8
    assert [destination["records"] for destination in stream["destinations"]] == [[]]
