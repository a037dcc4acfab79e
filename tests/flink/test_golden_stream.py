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
from flink.golden.stream import ENDPOINTS, SEED, VARIANTS, kinesis_data, lines, requests
from lambdas.shared.recent_ids import RecentIds
from lambdas.stream_processor.attribution import Attribution
from lambdas.stream_processor.delivery import Delivery
from lambdas.stream_processor.metric_publication import MetricPublication
from lambdas.stream_processor.processor import StreamProcessor
from lambdas.stream_processor.quarantine import Quarantine
from lambdas.stream_processor.settings import Settings

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


def processor(cloudwatch: Published, storage: Storage, *, aggregates: bool) -> StreamProcessor:
    return StreamProcessor(
        delivery=Delivery(storage, stream="requests", delivered=RecentIds(capacity=50_000), sleep=lambda _: None),
        quarantine=Quarantine(storage, bucket="signals"),
        metrics=MetricPublication(
            cloudwatch, environment_name="golden", counted=RecentIds(capacity=50_000), now=lambda: NOW
        ),
        attribution=Attribution(known=ENDPOINTS, variants=VARIANTS, log_groups_vouch=True),
        aggregates=aggregates,
    )


def golden_batches() -> list[list[dict[str, Any]]]:
    records = [
        {"kinesis": {"data": data, "sequenceNumber": str(place), "approximateArrivalTimestamp": NOW.timestamp()}}
        for place, data in enumerate(kinesis_data())
    ]
    return [records[start : start + BATCH] for start in range(0, len(records), BATCH)]


@pytest.mark.parametrize("seen_again", [False, True])
def test_the_lambda_function_publishes_the_golden_numbers(seen_again: bool) -> None:
    cloudwatch, storage, batches = Published(), Storage(), golden_batches()
    function = processor(cloudwatch, storage, aggregates=True)
    for batch in batches + (batches if seen_again else []):
        outcome = function.process(batch)
        assert (outcome.failed_from, outcome.too_old_for_metrics) == (None, 0)
    assert cloudwatch.numbers() == json.loads(EXPECTED.read_text("utf-8"))
    assert storage.poison > 100
    assert len(storage.lines) == len(requests())


def test_where_flink_aggregates_the_function_fills_the_table_and_tells_of_its_own_health_alone() -> None:
    cloudwatch, storage = Published(), Storage()
    function = processor(cloudwatch, storage, aggregates=False)
    outcomes = [function.process(batch) for batch in golden_batches()]
    assert cloudwatch.calls == 0
    assert sum(outcome.duplicates for outcome in outcomes) > 100
    assert len(storage.lines) == len(requests())
    assert storage.poison == sum(outcome.poison for outcome in outcomes) > 100


@pytest.mark.parametrize(("variables", "aggregates"), [({}, True), ({"MODELYARD_AGGREGATES": "false"}, False)])
def test_the_function_is_told_by_its_environment(variables: dict[str, str], aggregates: bool) -> None:
    always = {
        "MODELYARD_ENVIRONMENT": "prod",
        "MODELYARD_DELIVERY_STREAM": "requests",
        "MODELYARD_SIGNALS_BUCKET": "signals",
        "MODELYARD_VARIANTS": "AllTraffic",
        "MODELYARD_DELIVERY": "logs",
    }
    assert Settings.of({**always, **variables}).aggregates is aggregates
