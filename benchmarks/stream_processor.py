"""How much the stream processor does with a vCPU, beside a plain handler, and what a million requests cost.

    .venv/bin/python benchmarks/stream_processor.py [--rounds 5] [--results FILE]

All three read the same Kinesis events, 500 records in each with 20 lines of CloudWatch Logs in each; services answer at
once, so that seconds are CPU seconds of this process. Medians over rounds in which each takes its turn.

- ours: the function's own handler, with checks, windows, parcels and its memory of what it has seen.
- plain: a handler as Powertools for AWS Lambda's guides lay it out, a record at a time: its batch processor, its data
  classes, its Metrics, a Firehose record for each line. It checks that the fields are there and no more.
- floor: the fastest JSON decoder (orjson) over the same lines, already unpacked, and nothing else.

A cold start is a process of its own that imports the handler from its unpacked archive and makes its clients, less the
interpreter that does nothing. Costs are computed from prices, sizes and times; each line says from what.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import logging
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import boto3
import orjson
from request_records import by_endpoint, envelope, kinesis_event, request_record
from signal_costs import Measured, cost_table

ENVELOPES, LINES = 500, 20
CONTEXT = SimpleNamespace(function_name="f", memory_limit_in_mb=1, invoked_function_arn="a", aws_request_id="r")
SETTINGS = {
    "MODELYARD_ENVIRONMENT": "bench",
    "MODELYARD_DELIVERY_STREAM": "requests",
    "MODELYARD_SIGNALS_BUCKET": "signals",
    "MODELYARD_VARIANTS": "AllTraffic,Canary",
    "MODELYARD_DELIVERY": "logs",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
}


class Service:
    """Answers at once, as every service."""

    # As the boto3 of Lambda's runtime.
    meta = SimpleNamespace(service_model=SimpleNamespace(resolved_protocol="json"))

    def __init__(self) -> None:
        self.metric_calls = 0

    def put_record_batch(self, **request: Any) -> Any:
        return {"FailedPutCount": 0, "RequestResponses": [{} for _ in request["Records"]]}

    def put_metric_data(self, **request: Any) -> None:
        self.metric_calls += 1

    def put_object(self, **request: Any) -> None:
        pass


def plain_handler(service: Service) -> Callable[[dict[str, Any], Any], Any]:
    """The handler that the guides lead to."""
    from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit
    from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
    from aws_lambda_powertools.utilities.data_classes.kinesis_stream_event import (
        KinesisStreamRecord,
        extract_cloudwatch_logs_from_record,
    )

    fields = json.loads(Path("lambdas/shared/request_record.schema.json").read_text())["required"]
    names = {
        "TimeToFirstToken": "time_to_first_token_ms",
        "TimePerOutputToken": "time_per_output_token_ms",
        "RequestLatency": "latency_ms",
        "QueueTime": "queue_ms",
    }
    counted = {"InputTokens": "input_tokens", "OutputTokens": "output_tokens", "RecordsDropped": "dropped_before"}
    counted["CachedInputTokens"] = "cached_input_tokens"
    processor = BatchProcessor(event_type=EventType.KinesisDataStreams)

    def one(record: KinesisStreamRecord) -> None:
        lines = []
        for event in extract_cloudwatch_logs_from_record(record).log_events:
            request = json.loads(event.message)
            if any(field not in request for field in fields):
                raise ValueError("a field is missing")
            metrics = EphemeralMetrics(namespace="modelyard/Requests")
            metrics.add_dimension(name="EndpointName", value=request["endpoint"])
            metrics.add_dimension(name="VariantName", value=request["variant"])
            metrics.add_metric(name="Requests", unit=MetricUnit.Count, value=1)
            failed = request["status"] >= 400 or request["stop_reason"] == "error"
            metrics.add_metric(name="Errors", unit=MetricUnit.Count, value=int(failed))
            for unit, some in ((MetricUnit.Milliseconds, names), (MetricUnit.Count, counted)):
                for name, field in some.items():
                    if request[field] is not None:
                        metrics.add_metric(name=name, unit=unit, value=request[field])
            metrics.flush_metrics()
            lines.append({"Data": event.message.encode()})
        service.put_record_batch(DeliveryStreamName="requests", Records=lines)

    def handle(event: dict[str, Any], context: Any) -> Any:
        return process_partial_response(event=event, record_handler=one, processor=processor, context=context)

    return handle


def cpu_seconds(work: Callable[[], object]) -> float:
    """The CPU time of one call."""
    began = time.process_time()
    with contextlib.redirect_stdout(io.StringIO()):
        work()
    return time.process_time() - began


def events(random: Random, count: int) -> tuple[list[dict[str, Any]], list[bytes], int]:
    """Events, the lines of the first one, and the bytes of its contents on the stream."""
    made, first_lines, size = [], [], 0
    for number in range(count):
        # Each envelope has lines of one endpoint, whose log group it comes from.
        sent = by_endpoint(
            json.dumps(request_record(random, f"2026-11-21T07:{number:02d}:00.000Z")) for _ in range(ENVELOPES * LINES)
        )
        lines = [
            (endpoint, some[start : start + LINES])
            for endpoint, some in sent.items()
            for start in range(0, len(some), LINES)
        ]
        random.shuffle(lines)
        contents = [(place, envelope(some, place, endpoint)) for place, (endpoint, some) in enumerate(lines)]
        made.append(kinesis_event(contents, shard=0))
        if number == 0:
            first_lines = [line.encode() for _, some in lines for line in some]
            size = sum(len(content) for _, content in contents)
    return made, first_lines, size


def cold_start_seconds(rounds: int) -> float:
    """Importing the handler from its archive and making its clients, in a new process."""
    from modelyard_constructs.function_archive import function_asset

    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(function_asset("stream_processor").build()) as made:
            made.extractall(folder)
        program = (
            "import sys; sys.path.insert(0, sys.argv[1]); import lambdas.stream_processor.handler as h; h.processor()"
        )
        ours = [wall_seconds([sys.executable, "-c", program, folder], folder) for _ in range(rounds)]
        nothing = [wall_seconds([sys.executable, "-c", "pass"], folder) for _ in range(rounds)]
    return statistics.median(ours) - statistics.median(nothing)


def wall_seconds(command: list[str], folder: str) -> float:
    """How long a process takes from its start to its end."""
    began = time.perf_counter()
    subprocess.run(command, check=True, cwd=folder, env={**os.environ, **SETTINGS})
    return time.perf_counter() - began


def main() -> None:
    """Measure, print, and write what was printed to `--results`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--results", type=Path)
    options = parser.parse_args()
    os.environ |= SETTINGS
    service = Service()
    boto3.client = lambda *names, **more: service
    from lambdas.stream_processor import handler

    logging.getLogger("stream-processor").setLevel(logging.CRITICAL)
    made, lines, stream_bytes = events(Random(1), options.rounds)
    requests = ENVELOPES * LINES
    plain = plain_handler(Service())
    took: dict[str, list[float]] = {"ours": [], "plain": [], "floor": []}
    for event in made:
        took["ours"].append(cpu_seconds(lambda event=event: handler.handle(event, CONTEXT)))
        took["floor"].append(cpu_seconds(lambda: [orjson.loads(line) for line in lines]))
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for event in made:
        took["plain"].append(cpu_seconds(lambda event=event: plain(event, CONTEXT)))
    seconds = {name: statistics.median(values) for name, values in took.items()}
    metric_calls = service.metric_calls / options.rounds
    line_bytes = sum(map(len, lines)) / requests
    cold = cold_start_seconds(options.rounds)
    measured = Measured(
        line_bytes=Decimal(round(line_bytes)),
        stream_bytes_per_line=Decimal(round(stream_bytes / requests)),
        cpu_seconds_per_line=Decimal(f"{seconds['ours'] / requests:.9f}"),
    )
    output = [
        f".venv/bin/python benchmarks/stream_processor.py --rounds {options.rounds}",
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}; medians of CPU seconds",
        f"an event: {ENVELOPES} Kinesis records, {requests:,} lines of {line_bytes:.0f} bytes, "
        f"{stream_bytes / 1e6:.1f} MB on the stream",
        "",
        f"{'':<8}{'records/s per vCPU':>20}{'us per record':>16}{'against floor':>16}",
        *(
            f"{name:<8}{requests / value:>20,.0f}{value / requests * 1e6:>16.1f}{value / seconds['floor']:>16.1f}"
            for name, value in seconds.items()
        ),
        "",
        f"ours against plain        {seconds['plain'] / seconds['ours']:.1f} times",
        f"calls of PutMetricData    {metric_calls:.1f} per event",
        f"cold start                {cold * 1000:.0f} ms: imports and clients, beside the interpreter's own start",
        f"peak memory               {peak_mib:.0f} MiB, of it the {options.rounds} events of this benchmark",
        "",
        *cost_table(measured),
    ]
    print("\n".join(output))
    if options.results:
        options.results.write_text("\n".join(output) + "\n")


if __name__ == "__main__":
    main()
