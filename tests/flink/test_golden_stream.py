"""One stream with known numbers: an independent count of it, and what the Lambda function makes of it.

What Flink makes of it is flink/test_mini_cluster.py, which `make test-flink` runs.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from flink.golden.count import expected
from flink.golden.published import Published
from flink.golden.stream import SEED, kinesis_data, lines, requests
from lambdas.shared.recent_ids import RecentIds
from lambdas.stream_processor.delivery import Delivery
from lambdas.stream_processor.metric_publication import MetricPublication
from lambdas.stream_processor.processor import StreamProcessor
from lambdas.stream_processor.quarantine import Quarantine

EXPECTED = Path(__file__).parents[2] / "flink" / "golden" / "expected.json"
NOW = datetime(2026, 1, 15, 7, 10, tzinfo=UTC)
BATCH = 200


class Storage:
    """Firehose and S3, which take everything."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.poison = 0

    def put_record_batch(self, *, DeliveryStreamName: str, Records: list[dict[str, bytes]]) -> Any:
        self.lines += [line for one in Records for line in one["Data"].decode().splitlines()]
        return {"RequestResponses": [{} for _ in Records]}

    def put_object(self, *, Body: bytes, **request: Any) -> None:
        self.poison += len(Body.splitlines())


def test_an_independent_count_of_the_requests_gives_the_golden_numbers() -> None:
    assert expected() == json.loads(EXPECTED.read_text("utf-8"))


def test_the_stream_holds_what_makes_counting_hard() -> None:
    fields = set(requests()[0])
    came = [json.loads(line) for line in lines() if line.startswith('{"record"') and line.endswith("}")]
    ids = [record["record_id"] for record in came if set(record) == fields]
    assert len(ids) > len(set(ids)), SEED
    seconds = [60 * int(record["time"][14:16]) + int(record["time"][17:19]) for record in came]
    newest, behind = 0, 0
    for second in seconds:
        newest = max(newest, second)
        # Longer after its minute than Flink waits for.
        behind += newest - 30 > second // 60 * 60 + 60
    assert behind > 20


@pytest.mark.parametrize("seen_again", [False, True])
def test_the_lambda_function_publishes_the_golden_numbers(seen_again: bool) -> None:
    cloudwatch, storage = Published(), Storage()
    processor = StreamProcessor(
        delivery=Delivery(storage, stream="requests", delivered=RecentIds(capacity=50_000), sleep=lambda _: None),
        quarantine=Quarantine(storage, bucket="signals"),
        metrics=MetricPublication(
            cloudwatch, environment_name="golden", counted=RecentIds(capacity=50_000), now=lambda: NOW
        ),
    )
    records = [
        {"kinesis": {"data": data, "sequenceNumber": str(place), "approximateArrivalTimestamp": NOW.timestamp()}}
        for place, data in enumerate(kinesis_data())
    ]
    batches = [records[start : start + BATCH] for start in range(0, len(records), BATCH)]
    for batch in batches + (batches if seen_again else []):
        outcome = processor.process(batch)
        assert (outcome.failed_from, outcome.too_old_for_metrics) == (None, 0)
    assert cloudwatch.numbers() == json.loads(EXPECTED.read_text("utf-8"))
    assert storage.poison > 100
    assert len(storage.lines) == len(requests())
