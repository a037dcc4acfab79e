"""Made-up records of requests, and the Kinesis records that carry them: for the soak and for the benchmark."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterable, Sequence
from random import Random
from typing import Any

VARIANTS = (
    ("support-chat", "AllTraffic"),
    ("support-chat", "Canary"),
    ("faq-answers", "AllTraffic"),
    ("document-summaries", "AllTraffic"),
    ("house-models", "AllTraffic"),
)
TEAMS = ("support", "search", None)


def request_record(random: Random, time: str) -> dict[str, Any]:
    """One request of a chat model under load, with the long tails that real ones have."""
    endpoint, variant = random.choice(VARIANTS)
    tokens = max(1, int(random.lognormvariate(4.5, 0.9)))
    first_ms = random.lognormvariate(5.3, 0.6)
    each_ms = random.lognormvariate(3.1, 0.25)
    queue_ms = random.lognormvariate(1.0, 1.2)
    failed = random.random() < 0.01
    broke_off = not failed and random.random() < 0.002
    cached = random.random() < 0.3
    return {
        "record": "modelyard.request/1",
        "record_id": f"{random.getrandbits(128):032x}",
        "time": time,
        "endpoint": endpoint,
        "variant": variant,
        "model": "llama-3.1-8b-instruct",
        "engine": "vllm",
        "request_id": f"{random.getrandbits(64):016x}",
        "inference_id": None,
        "team": random.choice(TEAMS),
        "adapter": None,
        "status": random.choice((429, 500, 503, 499)) if failed else 200,
        "streamed": random.random() < 0.7,
        "queue_ms": round(queue_ms, 3),
        "time_to_first_token_ms": None if failed else round(queue_ms + first_ms, 3),
        "time_per_output_token_ms": None if failed or tokens < 2 else round(each_ms, 3),
        "latency_ms": round(queue_ms + (0 if failed else first_ms + each_ms * (tokens - 1)), 3),
        "input_tokens": (input_tokens := int(random.lognormvariate(6, 1))),
        "output_tokens": None if failed else tokens,
        "cached_input_tokens": input_tokens // 2 if cached else None,
        "stop_reason": None if failed else "error" if broke_off else random.choice(("stop", "length")),
        "dropped_before": 0,
    }


ENDPOINTS = sorted({endpoint for endpoint, _ in VARIANTS})


def by_endpoint(lines: Iterable[str]) -> dict[str, list[str]]:
    """Lines by the endpoint whose log group they come from; what names none comes from the first."""
    found: dict[str, list[str]] = {}
    for line in lines:
        named = next((name for name in ENDPOINTS if f'"endpoint": "{name}"' in line), ENDPOINTS[0])
        found.setdefault(named, []).append(line)
    return found


def envelope(lines: Iterable[str], number: int, endpoint: str = "support-chat") -> bytes:
    """Lines as CloudWatch Logs puts them into a stream: gzip around one JSON object."""
    events = [
        {"id": f"{number:028d}{place:028d}", "timestamp": 1795244400000 + place, "message": line}
        for place, line in enumerate(lines)
    ]
    document = {
        "messageType": "DATA_MESSAGE",
        "owner": "111122223333",
        "logGroup": f"/aws/sagemaker/Endpoints/{endpoint}",
        "logStream": "AllTraffic/i-0123456789abcdef0",
        "subscriptionFilters": ["modelyard-requests"],
        "logEvents": events,
    }
    return gzip.compress(json.dumps(document).encode(), compresslevel=6, mtime=0)


def kinesis_event(
    data: Sequence[tuple[int, bytes]], shard: int, *, arrival_seconds: float = 1795244400.0
) -> dict[str, Any]:
    """Numbered contents of a shard as Lambda hands them to a function; none of their records may be of a later day."""
    return {
        "Records": [
            {
                "kinesis": {
                    "kinesisSchemaVersion": "1.0",
                    "partitionKey": "0",
                    "sequenceNumber": f"{49 * 10**54 + shard * 10**12 + number}",
                    "data": base64.b64encode(content).decode("ascii"),
                    "approximateArrivalTimestamp": arrival_seconds,
                },
                "eventSource": "aws:kinesis",
                "eventVersion": "1.0",
                "eventID": f"shardId-{shard:012d}:{number}",
                "eventName": "aws:kinesis:record",
                "invokeIdentityArn": "arn:aws:iam::111122223333:role/processor",
                "awsRegion": "us-east-1",
                "eventSourceARN": "arn:aws:kinesis:us-east-1:111122223333:stream/records",
            }
            for number, content in data
        ]
    }
