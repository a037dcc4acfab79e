"""A stream with everything that goes wrong on the way to it: copies, disorder, and lines that are no records."""

from __future__ import annotations

import json
import sys
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1]))
from request_records import by_endpoint, envelope, request_record

DURATIONS = {
    "TimeToFirstToken": "time_to_first_token_ms",
    "TimePerOutputToken": "time_per_output_token_ms",
    "RequestLatency": "latency_ms",
    "QueueTime": "queue_ms",
}
_TOGETHER = 50_000
_HOURS = 3
# Kinds of poison: cut off, of another schema, with a field of the wrong type, with a text, with a day no month has.
_POISON_KINDS = 6


@dataclass
class Truth:
    """An independent count of what was sent: each request once, however often it was."""

    ids: set[str] = field(default_factory=set)
    input_tokens: int = 0
    output_tokens: int = 0
    cached_input_tokens: int = 0
    errors: int = 0
    durations: dict[tuple[str, str, str], array[float]] = field(default_factory=dict)
    poison: set[str] = field(default_factory=set)
    copies: int = 0

    def count(self, record: dict[str, object]) -> None:
        """Count one request."""
        self.ids.add(str(record["record_id"]))
        self.input_tokens += int(str(record["input_tokens"] or 0))
        self.output_tokens += int(str(record["output_tokens"] or 0))
        self.cached_input_tokens += int(str(record["cached_input_tokens"] or 0))
        # The traffic's failures have these statuses, and 499, which is a caller's.
        self.errors += record["status"] in {429, 500, 503} or record["stop_reason"] == "error"
        for metric, name in DURATIONS.items():
            value = record[name]
            if value is not None:
                key = (metric, str(record["endpoint"]), str(record["variant"]))
                self.durations.setdefault(key, array("d")).append(float(str(value)))


def traffic(random: Random, *, records: int, shards: int, start: datetime, truth: Truth) -> list[list[bytes]]:
    """The contents of each shard in order; 1 % of the lines are copies and 1 % poison."""
    contents: list[list[bytes]] = [[] for _ in range(shards)]
    older: list[str] = []
    number = 0
    for first in range(0, records, _TOGETHER):
        lines = []
        for place in range(first, min(first + _TOGETHER, records)):
            ended = start + timedelta(hours=_HOURS) * (place / records)
            record = request_record(random, f"{ended:%Y-%m-%dT%H:%M:%S}.{ended.microsecond // 1000:03d}Z")
            truth.count(record)
            lines.append(json.dumps(record))
        copies = random.sample(lines, len(lines) // 200) + [
            random.choice(older or lines) for _ in range(len(lines) // 200)
        ]
        truth.copies += len(copies)
        poison = [_poison(random, random.choice(lines)) for _ in range(len(lines) // 100)]
        truth.poison.update(line.strip() for line in poison)
        older = [*older[-20_000:], *random.sample(lines, len(lines) // 10)]
        lines += copies + poison
        random.shuffle(lines)
        for packed in _packed(random, lines):
            if len(packed) == 1 and random.random() < 0.8:
                contents[random.randrange(shards)].append(packed[0].encode())
                continue
            for endpoint, some in by_endpoint(packed).items():
                number += 1
                contents[random.randrange(shards)].append(envelope(some, number, endpoint))
    return contents


def _packed(random: Random, lines: list[str]) -> Iterator[list[str]]:
    """Lines in the portions in which CloudWatch Logs forwards them."""
    place = 0
    while place < len(lines):
        size = random.choice((1, 1, 5, 20, 40, 60))
        yield lines[place : place + size]
        place += size


def _poison(random: Random, line: str) -> str:
    kind = random.randrange(_POISON_KINDS)
    if kind == 0:
        return line[: random.randrange(1, len(line) - 1)]
    record = json.loads(line)
    if kind == 1:
        record["record"] = "modelyard.request/2"
    elif kind == 2:
        record["latency_ms"] = str(record["latency_ms"])
    elif kind == 3:
        record["prompt"] = "a text that does not belong here"
    elif kind == 4:
        record["time"] = "2026-02-30T00:00:00.000Z"
    else:
        del record["record_id"]
    return json.dumps(record)
