"""A million records through the stream processor, with everything failing that can: what is lost, what counts twice?

    make soak                    1,000,000 records
    .venv/bin/python benchmarks/soak/run.py --records 20000 --seed 7

The function's own handler runs in processes that are killed without warning. Batches, retries, bisecting and giving
up follow the rules of embedded AWS's event source mappings. What a mapping gives up is run again at the end, as an
operator would. The table is read with the query behind the view, by DuckDB.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import duckdb
from sinks import Sinks
from traffic import Truth, traffic
from worker import Killed, Worker

from localaws.event_source.shard_cursor import RetryRules, ShardCursor
from modelyard_constructs.request_columns import COLUMNS, once_sql

sys.path.insert(0, str(Path(__file__).parents[1]))
from request_records import kinesis_event

# As the mapping is deployed: constructs/modelyard_constructs/stream_processing.py.
BATCH_SIZE, RETRIES = 500, 30
SHARDS = 4
# Kinesis records that kill every environment that touches them, until the mapping gives them up.
DEADLY = 2
_PERCENTILES = (50, 90, 99)
# How far a value moves at most when it is published: half a step of 0.5 %, and the rounding to six digits
# (lambdas/stream_processor/window_metrics.py).
_MOVED = 0.00251


class Shard:
    """One shard and the mapping's place in it."""

    def __init__(self, number: int, contents: list[bytes], random: Random, *, deadly: int) -> None:
        self.number = number
        self.contents = contents
        self.cursor = ShardCursor(RetryRules(retries=RETRIES, bisect=True))
        self.deadly = set(random.sample(range(len(contents)), deadly))
        self.given_up: list[int] = []
        self.invocations = 0

    def run(self, worker: Worker) -> None:
        """Process the shard to its end."""
        while (current := self.cursor.next(available=len(self.contents), batch_size=BATCH_SIZE)) is not None:
            self.invocations += 1
            places = range(current.start, current.end)
            event = self._event(places)
            try:
                answer = worker.invoke(event, deadly=bool(self.deadly & set(places)))
            except Killed:
                given_up = self.cursor.failed()
            else:
                failures = {one["itemIdentifier"] for one in answer["batchItemFailures"]}
                numbers = [one["kinesis"]["sequenceNumber"] for one in event["Records"]]
                failed = next((place for place, number in enumerate(numbers) if number in failures), None)
                if failed is None:
                    self.cursor.succeeded()
                    continue
                given_up = self.cursor.succeeded_up_to(current.start + failed)
            if given_up is not None:
                self.given_up += range(given_up.start, given_up.end)

    def _event(self, places: Iterable[int]) -> dict[str, Any]:
        # What ended before now arrives now: a record may not be from a day after its arrival.
        contents = [(place, self.contents[place]) for place in places]
        return kinesis_event(contents, self.number, arrival_seconds=time.time())

    def redrive(self, worker: Worker) -> None:
        """Run what was given up again, until it is done."""
        while self.given_up:
            event = self._event(self.given_up)
            try:
                if not worker.invoke(event, deadly=False)["batchItemFailures"]:
                    self.given_up = []
            except Killed:
                continue


def percentile(values: list[float], counts: list[int], percent: int) -> float:
    """The value at or below which `percent` of all lie; values ascending."""
    rank = math.ceil(sum(counts) * percent / 100)
    for value, count in zip(values, counts, strict=True):
        rank -= count
        if rank <= 0:
            return value
    return values[-1]


def worst_error(truth: Truth, sinks: Sinks) -> tuple[float, int]:
    """The largest relative difference of any percentile of any metric, endpoint and variant from the exact one.

    With it how many percentiles lie further off than can be: a value moves by half a step at most, and what is counted
    again shifts the rank at which it is found by at most so many places.
    """
    errors, beyond = [], 0
    for key, exact in truth.durations.items():
        published = sinks.values[key]
        values = sorted(published)
        counts = [int(published[value]) for value in values]
        exactly = sorted(exact)
        again = sum(counts) - len(exactly)
        for percent in _PERCENTILES:
            found = percentile(values, counts, percent)
            expected = exactly[math.ceil(len(exactly) * percent / 100) - 1]
            errors.append(abs(found - expected) / expected)
            rank = math.ceil(sum(counts) * percent / 100) - 1
            lowest, highest = exactly[max(0, rank - again)], exactly[min(rank, len(exactly) - 1)]
            beyond += not lowest * (1 - _MOVED) <= found <= highest * (1 + _MOVED)
    return max(errors), beyond


def main() -> int:
    """0 when nothing is lost or counted twice and every percentile is within 1 % of exact."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument(
        "--killed-share", type=float, default=0.008, help="of calls; 0 leaves the deadly records out too"
    )
    options = parser.parse_args()
    random, truth = Random(options.seed), Truth()
    began = time.monotonic()
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=5)
    contents = traffic(random, records=options.records, shards=SHARDS, start=start, truth=truth)
    deadly = DEADLY if options.killed_share else 0
    shards = [Shard(number, content, random, deadly=0 if number else deadly) for number, content in enumerate(contents)]
    print(
        f"{options.records:,} records with {truth.copies:,} copies and {len(truth.poison):,} lines of poison, "
        f"shuffled, in {sum(map(len, contents)):,} Kinesis records of {SHARDS} shards (seed {options.seed}, "
        f"{time.monotonic() - began:.0f} s to make)"
    )
    with tempfile.TemporaryDirectory() as folder:
        sinks = Sinks(Random(options.seed + 1), folder=Path(folder), columns=COLUMNS)
        workers = [
            Worker(sinks, Random(options.seed + 2 + number), killed_share=options.killed_share) for number in range(2)
        ]
        began = time.monotonic()
        failures = run(shards, workers)
        sinks.flush()
        seconds = time.monotonic() - began
        if failures:
            raise failures[0]
        return report(truth, sinks, shards, workers, Path(folder), seconds)


def run(shards: list[Shard], workers: list[Worker]) -> list[BaseException]:
    """Two environments at a time, each for two shards; returns what went wrong with the soak itself."""
    failures: list[BaseException] = []

    def work(worker: Worker, mine: list[Shard]) -> None:
        try:
            for shard in mine:
                shard.run(worker)
            for shard in mine:
                shard.redrive(worker)
        except BaseException as failure:
            failures.append(failure)
        finally:
            worker.kill()

    threads = [threading.Thread(target=work, args=(worker, shards[number::2])) for number, worker in enumerate(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


def report(truth: Truth, sinks: Sinks, shards: list[Shard], workers: list[Worker], folder: Path, seconds: float) -> int:
    """Compare the table and the metrics with what was sent."""
    table = f"read_parquet('{folder}/requests/**/*.parquet', hive_partitioning = true, hive_types_autocast = false)"
    delivered = one(f"SELECT count(*) FROM {table}")[0]
    ids = [row[0] for row in duckdb.sql(f"SELECT record_id FROM ({once_sql(table)})").fetchall()]
    tokens = one(
        f"SELECT sum(input_tokens), sum(output_tokens), sum(cached_input_tokens), "
        f"count_if((status >= 400 AND status <> 499) OR stop_reason = 'error') FROM ({once_sql(table)})"
    )
    times = Counter(ids)
    lost, unknown = truth.ids - times.keys(), times.keys() - truth.ids
    double = sum(count - 1 for count in times.values()) + len(unknown)
    kept = {json.loads(line)["text"] for body in sinks.objects.values() for line in body.decode().splitlines()}
    lost_poison = truth.poison - kept
    error, beyond = worst_error(truth, sinks)
    files = list(folder.rglob("*.parquet"))
    invocations, kills = sum(shard.invocations for shard in shards), sum(worker.kills for worker in workers)
    size_mb = sum(file.stat().st_size for file in files) / 1e6
    sent = (truth.input_tokens, truth.output_tokens, truth.cached_input_tokens, truth.errors)
    difference = [found - exact for found, exact in zip(tokens, sent, strict=True)]
    again = [sinks.sums[name] / exact - 1 for name, exact in (("Requests", len(truth.ids)), ("Errors", truth.errors))]
    rows = [
        ("invocations", f"{invocations:,}", f"{seconds:.0f} s on two processes"),
        ("environments killed", f"{kills:,}", "before or after a service took what it was handed"),
        ("calls throttled, in whole or in part", f"{sinks.throttled:,}", f"of {sinks.calls.total():,}"),
        ("rows delivered", f"{delivered:,}", f"{len(files)} files, {size_mb:.0f} MB"),
        ("rows of requests_once", f"{len(ids):,}", f"{delivered - len(ids):,} copies removed by the view"),
        (
            "tokens and errors against what was sent",
            " ".join(f"{one:+,}" for one in difference),
            "input, output, cached, errors of the table",
        ),
        ("poison that is not in quarantine", f"{len(lost_poison):,}", f"of {len(truth.poison):,}"),
        ("counted again in metrics", f"{again[0]:.2%}", f"of requests; {again[1]:.2%} of errors"),
        (
            "percentiles off by more than can be",
            f"{beyond}",
            f"of {len(truth.durations) * len(_PERCENTILES)}: half a step of 0.5 %, and ranks shifted by repeats",
        ),
    ]
    for name, value, note in rows:
        print(f"{name:<40}{value:>14}   {note}")
    print(f"lost {len(lost)}, double-counted {double}, worst percentile error {error:.1%}".replace("%", " %"))
    wrong = (lost, double, lost_poison, any(difference), beyond)
    return 0 if not any(wrong) and error < 0.01 else 1


def one(sql: str) -> Any:
    """The one row of a query."""
    return duckdb.sql(sql).fetchall()[0]


if __name__ == "__main__":
    sys.exit(main())
