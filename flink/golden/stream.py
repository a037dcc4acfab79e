"""A stream whose numbers are known: what both processors are held against.

Made by a seeded generator of the standard library alone, so that it is the same in every environment. In it: several
endpoints and variants over some minutes, envelopes of CloudWatch Logs and bare records, control messages, poison of
several kinds, copies near and far from their originals, disorder, records that come long after their minute, absent
values, and windows with few and with many different durations.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from random import Random
from typing import Any

SEED = 20261121
REQUESTS = 6_000
MINUTES = 6
_LINES_TOGETHER = 12
# Beyond the disorder that the aggregation waits for, so that these come after their window was closed.
_LATE = 60

# The most that a record may count (lambdas/shared/request_record.schema.json).
MOST_COUNTED = 100_000_000
# What the account has; no record may speak for another.
ENDPOINTS = ("chat", "summaries", "rare")
VARIANTS = ("AllTraffic", "Canary")

Record = dict[str, Any]


def requests() -> list[Record]:
    """Every request once, in the order in which they ended."""
    random = Random(SEED)
    variants = [("chat", "AllTraffic"), ("chat", "Canary"), ("summaries", "AllTraffic"), ("rare", "AllTraffic")]
    moments = sorted(random.randrange(MINUTES * 60_000) for _ in range(REQUESTS))
    made = []
    for number, moment in enumerate(moments):
        endpoint, variant = random.choices(variants, weights=[70, 10, 19, 1])[0]
        made.append(_request(random, number, moment, endpoint, variant))
    return made


def _request(random: Random, number: int, moment: int, endpoint: str, variant: str) -> Record:
    status, stop_reason = random.choices(
        [(200, "stop"), (200, "length"), (200, "error"), (499, "abort"), (400, None), (503, None)],
        weights=[85, 6, 2, 3, 2, 2],
    )[0]
    answered = status == 200
    first = round(random.lognormvariate(5, 0.8), 3) if answered else None
    output = random.randrange(1, 800) if answered else None
    each = round(random.lognormvariate(3, 0.3), 4) if output is not None and output > 1 else None
    minute, milliseconds = divmod(moment, 60_000)
    return {
        "record": "modelyard.request/1",
        "record_id": f"{random.getrandbits(96):024x}{number:08x}",
        "time": f"2026-01-15T07:{minute:02d}:{milliseconds // 1000:02d}.{milliseconds % 1000:03d}Z",
        "endpoint": endpoint,
        "variant": variant,
        "model": "smollm2-135m-instruct",
        "engine": "vllm",
        "request_id": None,
        "inference_id": None,
        "team": random.choice(["support", None]),
        "adapter": None,
        "status": status,
        "streamed": random.random() < 0.5,
        # 0 and whole numbers are durations like any other.
        "queue_ms": random.choice([0, 0, 1, 2, round(random.expovariate(0.1), 3)]) if answered else None,
        "time_to_first_token_ms": first,
        "time_per_output_token_ms": each,
        "latency_ms": round((first or 1) + (each or 0) * (output or 0), 3),
        "input_tokens": random.choices([random.randrange(10_000), None, MOST_COUNTED], weights=[960, 39, 1])[0],
        "output_tokens": output,
        "cached_input_tokens": random.choice([None, 0, 128]) if answered else None,
        "stop_reason": stop_reason,
        "dropped_before": random.choices([0, 3], weights=[99, 1])[0],
    }


def lines() -> list[str]:
    """The lines as they come: with copies, poison and disorder."""
    random = Random(SEED + 1)
    placed: list[tuple[float, str]] = []
    for place, request in enumerate(requests()):
        line = json.dumps(request)
        # A line's neighbours are some 60 ms away: most come a little out of order, some long after their minute.
        came = place + random.gauss(0, 40) + (REQUESTS / MINUTES * 3 if random.randrange(_LATE) == 0 else 0)
        placed.append((came, line))
        if random.randrange(25) == 0:
            placed.append((came + random.choice([0.1, 5, 500, 2_500]), line))
        if random.randrange(40) == 0:
            placed.append((came, random.choice(list(_poison(request)))))
    return [line for _, line in sorted(placed)]


def _poison(request: Record) -> Iterator[str]:
    yield json.dumps(request)[:-20]
    yield json.dumps({**request, "status": "200"})
    yield json.dumps({**request, "time": "2026-02-30T07:00:00.000Z"})
    yield json.dumps({**request, "input_tokens": -1})
    yield json.dumps({**request, "surprise": 1})
    yield json.dumps({**request, "latency_ms": None})
    yield "starting the server"
    yield "[]"


def kinesis_contents() -> list[bytes]:
    """The contents of the stream's Kinesis records."""
    random = Random(SEED + 2)
    contents = [envelope([], kind="CONTROL_MESSAGE")]
    waiting = lines()
    while waiting:
        together = random.randrange(1, _LINES_TOGETHER)
        some, waiting = waiting[:together], waiting[together:]
        contents += ["\n".join(some).encode()] if random.randrange(5) == 0 else _envelopes(some)
        if random.randrange(60) == 0:
            contents.append(random.choice([b"\xff\xfe", b"\x1f\x8b broken", gzip.compress(b"{}", mtime=0)]))
    return [*contents, *impostors()]


def impostors() -> list[bytes]:
    """What must be counted nowhere: names of others in a log group, and a name of nobody where no log group vouches."""
    other = [{**request, "record_id": f"{number:032x}"} for number, request in enumerate(requests()[:40])]
    lines = [json.dumps({**request, "endpoint": "summaries"}) for request in other]
    nobody = [json.dumps({**request, "endpoint": f"invented-{number}"}) for number, request in enumerate(other)]
    return [envelope(lines, endpoint="chat"), envelope(lines, endpoint="summaries-2"), "\n".join(nobody).encode()]


def _envelopes(some: list[str]) -> list[bytes]:
    """One for each endpoint, as subscriptions of their log groups send them; what names none came from chat."""
    by_endpoint: dict[str, list[str]] = {}
    for line in some:
        named = next((name for name in ENDPOINTS if f'"endpoint": "{name}"' in line), "chat")
        by_endpoint.setdefault(named, []).append(line)
    return [envelope(lines, endpoint=endpoint) for endpoint, lines in by_endpoint.items()]


def envelope(some: list[str], kind: str = "DATA_MESSAGE", *, endpoint: str = "chat") -> bytes:
    """Lines as CloudWatch Logs sends them."""
    log_group = f"/aws/sagemaker/Endpoints/{endpoint}"
    events = [{"id": str(place), "timestamp": 0, "message": line} for place, line in enumerate(some)]
    return gzip.compress(
        json.dumps({"messageType": kind, "logGroup": log_group, "logEvents": events}).encode(), mtime=0
    )


def kinesis_data() -> list[str]:
    """The same in base64, as an event of Kinesis has them."""
    return [base64.b64encode(content).decode() for content in kinesis_contents()]
