"""Kinesis event source mappings as AWS documents them: batching window, partial responses, bisecting, giving up.

MiniStack's own poller invokes the function too, but takes a partial batch response for success, knows no batching
window and never gives a batch up. This one reads the stream as the function's role: what the role lacks fails here.
"""

import base64
import json
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError
from ministack.core import responses
from ministack.services import lambda_svc
from ministack.services.kinesis import _streams as streams

from localaws.clock import Clock
from localaws.errors import AwsError
from localaws.event_source.given_up import GivenUp
from localaws.event_source.mapping_metrics import publish_age, publish_count, publish_invocation
from localaws.event_source.shard_cursor import RetryRules, ShardCursor, Slice
from localaws.role_session import RoleClients, RoleSessions

logger = logging.getLogger(__name__)

# The most that one invocation takes: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_MOST_PAYLOAD_BYTES = 6 * 1024 * 1024
# A record's envelope around its data.
_ENVELOPE_BYTES = 500
_LONGEST_PAUSE_SECONDS = 60
# A shard iterator that nobody uses for five minutes is no longer good (API_GetShardIterator).
_READ_AT_LEAST_EVERY_SECONDS = 120

Mapping = dict[str, Any]
Newest = tuple[tuple[str, str], ...]


@dataclass
class _Shard:
    cursor: ShardCursor
    iterator: str
    records: list[dict[str, Any]] = field(default_factory=list)
    # The number of records[0] in the shard, since what was processed is dropped.
    first: int = 0
    waiting_since: datetime | None = None
    pause_until: datetime | None = None
    # Whether the last look at the stream found nothing more.
    is_drained: bool = False

    @property
    def is_finished(self) -> bool:
        """Whether the shard is closed, and all that it held was processed or given up."""
        return not self.iterator and not self.records and not self.cursor.tries_again

    @property
    def available(self) -> int:
        return self.first + len(self.records)

    def of(self, some: Slice) -> list[dict[str, Any]]:
        return self.records[some.start - self.first : some.end - self.first]

    def forget_processed(self) -> None:
        done = self.cursor.position - self.first
        del self.records[:done]
        self.first += done


class KinesisMappings:
    """Polls for every enabled mapping of a Kinesis stream, in MiniStack's poller thread."""

    def __init__(self, *, endpoint_url: str, clock: Clock) -> None:
        self._roles = RoleSessions(endpoint_url=endpoint_url, service_principal="lambda.amazonaws.com")
        self._clock = clock
        self._shards: dict[str, dict[str, _Shard]] = {}
        # What was newest in a mapping's stream when it was last read, and when that was.
        self._read: dict[str, tuple[Newest, float]] = {}

    def take_over(self) -> None:
        """Let MiniStack's poller ask here for Kinesis."""
        lambda_svc._poll_kinesis = self.poll

    def poll(self) -> bool:
        """Invoke functions with what is due; whether anything was."""
        processed = False
        known = set()
        for account, region, mapping in lambda_svc._iter_all_esms():
            if ":kinesis:" not in mapping.get("EventSourceArn", ""):
                continue
            known.add(mapping["UUID"])
            if not mapping.get("Enabled", True):
                continue
            tokens = responses._request_account_id.set(account), responses._request_region.set(region)
            try:
                processed |= self._poll_mapping(mapping, region)
            except (ClientError, AwsError) as refusal:
                mapping["LastProcessingResult"] = f"PROBLEM: {refusal}"
                logger.warning("mapping %s: %s", mapping["UUID"], refusal)
            finally:
                responses._request_account_id.reset(tokens[0])
                responses._request_region.reset(tokens[1])
        for gone in self._shards.keys() - known:
            del self._shards[gone]
            self._read.pop(gone, None)
        return processed

    def _poll_mapping(self, mapping: Mapping, region: str) -> bool:
        function, _ = lambda_svc._get_func_record_for_qualifier(mapping["FunctionName"], mapping.get("Qualifier"))
        if function is None:
            return False
        role = self._roles.clients(function["config"]["Role"], region=region)
        kinesis = role.client("kinesis")
        shards = self._shards.setdefault(mapping["UUID"], {})
        newest = _newest(mapping["EventSourceArn"])
        before, read_at = self._read.get(mapping["UUID"], (None, 0.0))
        is_rested = (
            newest == before
            and {shard_id for shard_id, _ in newest} == shards.keys()
            and all(shard.is_drained for shard in shards.values())
        )
        if not is_rested or time.monotonic() - read_at > _READ_AT_LEAST_EVERY_SECONDS:
            self._read_all(kinesis, mapping, shards)
            self._read[mapping["UUID"]] = newest, time.monotonic()
        processed = False
        for shard_id, state in shards.items():
            processed |= self._process(mapping, function, role, shard_id, state)
        return processed

    def _read_all(self, kinesis: Any, mapping: Mapping, shards: dict[str, _Shard]) -> None:
        listed = kinesis.list_shards(StreamARN=mapping["EventSourceArn"])["Shards"]
        for aged_out in shards.keys() - {shard["ShardId"] for shard in listed}:
            del shards[aged_out]
        position = "TRIM_HORIZON" if shards else mapping.get("StartingPosition", "LATEST")
        for shard in listed:
            shard_id = shard["ShardId"]
            if shard_id not in shards and (position == "LATEST" or _parents_are_finished(shard, shards)):
                iterator = _iterator(kinesis, mapping, shard_id, position)
                shards[shard_id] = _Shard(ShardCursor(_rules(mapping)), iterator)
        for state in shards.values():
            _read(kinesis, state, mapping)

    def _process(
        self, mapping: Mapping, function: dict[str, Any], role: RoleClients, shard_id: str, shard: _Shard
    ) -> bool:
        if not self._is_due(mapping, shard):
            return False
        shard.cursor.rules = _rules(mapping)
        current = shard.cursor.next(available=shard.available, batch_size=mapping.get("BatchSize", 100))
        if current is None:
            return False
        records = shard.of(current)
        fitting = _fitting(records)
        if fitting < len(records):
            current = shard.cursor.shorten(current.start + fitting)
            records = records[:fitting]
        event = {
            "Records": lambda_svc._apply_filter_criteria([_event(mapping, shard_id, one) for one in records], mapping)
        }
        given_up, condition = None, "RetryAttemptsExhausted"
        failed_at: int | None = None
        if event["Records"]:
            publish_age(mapping, self._age(records[-1]), now=self._clock.now())
            result = lambda_svc._execute_function(function, event)
            publish_invocation(mapping, failed=bool(result.get("error")), now=self._clock.now())
            failed_at = _first_failed(mapping, result, records)
        if failed_at is None:
            shard.cursor.succeeded()
            mapping["LastProcessingResult"] = "OK"
            shard.waiting_since = shard.pause_until = None
        else:
            mapping["LastProcessingResult"] = "FAILED"
            publish_count(mapping, "FailedInvokeEventCount", len(records), now=self._clock.now())
            logger.warning("mapping %s: %s failed: %s", mapping["UUID"], mapping["FunctionName"], result.get("body"))
            if self._too_old(mapping, records[failed_at if failed_at >= 0 else 0]):
                given_up, condition = shard.cursor.give_up(), "RecordAgeExceeded"
            elif failed_at < 0:
                given_up = shard.cursor.failed()
            else:
                given_up = shard.cursor.succeeded_up_to(current.start + failed_at)
            pause = min(2**current.failures, _LONGEST_PAUSE_SECONDS)
            shard.pause_until = self._clock.now() + timedelta(seconds=pause)
        destination = mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        if given_up is not None and destination:
            GivenUp(
                condition=condition,
                mapping_id=mapping["UUID"],
                function_arn=mapping["FunctionArn"],
                stream_arn=mapping["EventSourceArn"],
                shard_id=shard_id,
                attempts=given_up.failures + 1,
                records=[_event(mapping, shard_id, one) for one in shard.of(given_up)],
            ).send(destination, client=role.client, now=self._clock.now())
            number = given_up.end - given_up.start
            publish_count(mapping, "OnFailureDestinationDeliveredEventCount", number, now=self._clock.now())
        shard.forget_processed()
        return True

    def _is_due(self, mapping: Mapping, shard: _Shard) -> bool:
        now = self._clock.now()
        if shard.pause_until is not None:
            return now >= shard.pause_until
        if shard.cursor.tries_again:
            return True
        if not shard.records:
            return False
        window = timedelta(seconds=mapping.get("MaximumBatchingWindowInSeconds", 0))
        shard.waiting_since = shard.waiting_since or now
        is_full = len(shard.records) >= mapping.get("BatchSize", 100) or _fitting(shard.records) < len(shard.records)
        return is_full or now - shard.waiting_since >= window

    def _too_old(self, mapping: Mapping, record: dict[str, Any]) -> bool:
        most = mapping.get("MaximumRecordAgeInSeconds", -1)
        return bool(most > 0 and self._age(record) > timedelta(seconds=most))

    def _age(self, record: dict[str, Any]) -> timedelta:
        # Kinesis is MiniStack's, and stamps real time.
        return self._clock.now() - self._clock.of_real(record["ApproximateArrivalTimestamp"])


def _rules(mapping: Mapping) -> RetryRules:
    return RetryRules(
        retries=mapping.get("MaximumRetryAttempts", -1), bisect=bool(mapping.get("BisectBatchOnFunctionError"))
    )


def _newest(stream_arn: str) -> Newest:
    """The last record of each shard, without asking for it: a stream at rest costs no requests."""
    stream = streams.get(stream_arn.rsplit("/", 1)[-1]) or {"shards": {}}
    return tuple(
        (shard_id, shard["records"][-1]["SequenceNumber"] if shard["records"] else "")
        for shard_id, shard in sorted(stream["shards"].items())
    )


def _parents_are_finished(shard: dict[str, Any], known: dict[str, _Shard]) -> bool:
    """Whether nothing is left that came before a shard's records: a shard is read from its beginning after its parents.

    https://docs.aws.amazon.com/streams/latest/dev/kinesis-using-sdk-java-after-resharding.html
    """
    parents = (shard.get("ParentShardId"), shard.get("AdjacentParentShardId"))
    return all(known[parent].is_finished for parent in parents if parent in known)


def _iterator(kinesis: Any, mapping: Mapping, shard_id: str, position: str) -> str:
    where = {"ShardIteratorType": position}
    iterator = kinesis.get_shard_iterator(StreamARN=mapping["EventSourceArn"], ShardId=shard_id, **where)
    found: str = iterator["ShardIterator"]
    return found


def _read(kinesis: Any, shard: _Shard, mapping: Mapping) -> None:
    """Read ahead as far as a batch needs, and no further than the shard's end."""
    while shard.iterator and len(shard.records) < mapping.get("BatchSize", 100):
        # The ARN is what IAM here decides by; AWS finds the stream by the iterator as well.
        answer = kinesis.get_records(ShardIterator=shard.iterator, Limit=10_000, StreamARN=mapping["EventSourceArn"])
        shard.iterator = answer.get("NextShardIterator", "")
        shard.records += answer["Records"]
        shard.is_drained = not answer["Records"] or not shard.iterator
        if shard.is_drained:
            return


def _fitting(records: Sequence[dict[str, Any]]) -> int:
    """How many of the records fit into one invocation; the first always does."""
    size = 0
    for number, record in enumerate(records):
        size += len(record["Data"]) * 4 // 3 + _ENVELOPE_BYTES
        if size > _MOST_PAYLOAD_BYTES and number:
            return number
    return len(records)


def _event(mapping: Mapping, shard_id: str, record: dict[str, Any]) -> dict[str, Any]:
    return {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": record["PartitionKey"],
            "sequenceNumber": record["SequenceNumber"],
            "data": base64.b64encode(record["Data"]).decode("ascii"),
            "approximateArrivalTimestamp": record["ApproximateArrivalTimestamp"].timestamp(),
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"{shard_id}:{record['SequenceNumber']}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": mapping["FunctionArn"],
        "awsRegion": mapping["EventSourceArn"].split(":")[3],
        "eventSourceARN": mapping["EventSourceArn"],
    }


def _first_failed(mapping: Mapping, result: dict[str, Any], records: Sequence[dict[str, Any]]) -> int | None:
    """The place of the first record that the function names as failed, -1 for the whole batch, None for success."""
    if result.get("error"):
        return -1
    if "ReportBatchItemFailures" not in mapping.get("FunctionResponseTypes", ()):
        return None
    body = result.get("body")
    answer = json.loads(body) if isinstance(body, str) and body else body
    if not answer:
        return None
    places = {record["SequenceNumber"]: place for place, record in enumerate(records)}
    named = [failure.get("itemIdentifier") for failure in answer.get("batchItemFailures") or ()]
    # A number that is none of the batch's fails all of it, as AWS documents.
    return min((places.get(number, -1) for number in named), default=None)
