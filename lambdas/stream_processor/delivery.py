"""Handing records to Firehose, which turns them into Parquet: many lines in one Firehose record.

Firehose bills every record as a multiple of 5 KB, and a line has a tenth of that. Several JSON objects in one record
are what its format conversion takes, as long as they are no array.
https://docs.aws.amazon.com/firehose/latest/dev/enable-record-format-conversion.html
https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html (limits)
https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-multirecord-deaggergation.html (500 lines)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from random import uniform
from typing import Any, NamedTuple, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.shared.recent_ids import RecentIds

# A record has at most 1,000 KiB, and Firehose takes at most 500 lines out of it; a request has 4 MiB and 500 records.
_RECORD_BYTES = 1_000_000
_RECORD_LINES = 500
_CALL_BYTES = 4_000_000
_CALL_RECORDS = 500
_ATTEMPTS = 5
_FIRST_PAUSE_SECONDS = 0.2


class Firehose(Protocol):
    """What of boto3's client is used."""

    def put_record_batch(self, **request: Any) -> Any:
        """https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html"""
        ...


class Line(NamedTuple):
    """A record as its line, and the place in the batch of the Kinesis record that brought it."""

    record_id: str
    text: str
    place: int


@dataclass
class _Parcel:
    place: int
    record_ids: list[str] = field(default_factory=list)
    data: bytearray = field(default_factory=bytearray)


class Delivery:
    """Puts lines into the delivery stream once, as far as this execution environment can know."""

    def __init__(
        self, firehose: Firehose, *, stream: str, delivered: RecentIds, sleep: Callable[[float], None]
    ) -> None:
        self._firehose = firehose
        self._stream = stream
        self._delivered = delivered
        self._sleep = sleep

    def is_delivered(self, record_id: str) -> bool:
        """Whether Firehose has acknowledged a record."""
        return record_id in self._delivered

    def deliver(self, lines: Iterable[Line]) -> int | None:
        """Deliver lines, which come in the order of their places; returns the first place that was not delivered."""
        undelivered = [parcel for parcels in _calls(_parcels(lines)) for parcel in self._put(parcels)]
        return min((parcel.place for parcel in undelivered), default=None)

    def _put(self, parcels: Sequence[_Parcel]) -> Sequence[_Parcel]:
        """Put parcels, again where Firehose throttles some of them; returns those it did not take."""
        for attempt in range(_ATTEMPTS):
            if attempt:
                # Jitter keeps the shards' environments from coming back together.
                self._sleep(uniform(0.5, 1) * _FIRST_PAUSE_SECONDS * 2 ** (attempt - 1))
            try:
                answer = self._firehose.put_record_batch(
                    DeliveryStreamName=self._stream, Records=[{"Data": bytes(parcel.data)} for parcel in parcels]
                )
            except (BotoCoreError, ClientError):
                # boto3 has tried again by itself. Whether Firehose took them is not known: they will come again.
                return parcels
            results = answer["RequestResponses"]
            failed = []
            for parcel, result in zip(parcels, results, strict=True):
                if "ErrorCode" in result:
                    failed.append(parcel)
                else:
                    self._delivered.add(parcel.record_ids)
            if not failed:
                return ()
            parcels = failed
        return parcels


def _parcels(lines: Iterable[Line]) -> Iterator[_Parcel]:
    parcel: _Parcel | None = None
    for line in lines:
        text = line.text.encode()
        if parcel is None or _is_full(parcel, adding=len(text)):
            if parcel is not None:
                yield parcel
            parcel = _Parcel(line.place)
        parcel.record_ids.append(line.record_id)
        parcel.data += text + b"\n"
    if parcel is not None:
        yield parcel


def _is_full(parcel: _Parcel, *, adding: int) -> bool:
    return len(parcel.record_ids) >= _RECORD_LINES or len(parcel.data) + adding >= _RECORD_BYTES


def _calls(parcels: Iterable[_Parcel]) -> Iterator[Sequence[_Parcel]]:
    call: list[_Parcel] = []
    size_bytes = 0
    for parcel in parcels:
        if call and (size_bytes + len(parcel.data) > _CALL_BYTES or len(call) >= _CALL_RECORDS):
            yield call
            call, size_bytes = [], 0
        call.append(parcel)
        size_bytes += len(parcel.data)
    if call:
        yield call
