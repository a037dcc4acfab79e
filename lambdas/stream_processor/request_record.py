"""Whether a line is a record of one request, as lambdas/shared/request_record.schema.json has it, and what it says.

A general validator of JSON Schema takes many times as long as decoding the line: this remembers which types were right
before, and a test holds it against the schema with lines made up at random. It is stricter in what would break what
comes after: a time that no calendar has, a text that no column can hold, a whole number with a fraction of zero, a
field twice, a line longer than any record or broken in two.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from json import JSONDecoder
from operator import itemgetter
from typing import Any, NoReturn

RequestRecord = dict[str, Any]
_Getter = Callable[[RequestRecord], tuple[Any, ...]]

_TEXT, _WHOLE, _NUMBER, _NONE = frozenset({str}), frozenset({int}), frozenset({int, float}), frozenset({type(None)})
_TYPES: dict[str, frozenset[type]] = {
    "record": _TEXT,
    "record_id": _TEXT,
    "time": _TEXT,
    "endpoint": _TEXT,
    "variant": _TEXT,
    "model": _TEXT,
    "engine": _TEXT,
    "request_id": _TEXT | _NONE,
    "inference_id": _TEXT | _NONE,
    "team": _TEXT | _NONE,
    "adapter": _TEXT | _NONE,
    "stop_reason": _TEXT | _NONE,
    "streamed": frozenset({bool}),
    "status": _WHOLE,
    "dropped_before": _WHOLE,
    "queue_ms": _NUMBER | _NONE,
    "time_to_first_token_ms": _NUMBER | _NONE,
    "time_per_output_token_ms": _NUMBER | _NONE,
    "latency_ms": _NUMBER,
    "input_tokens": _WHOLE | _NONE,
    "output_tokens": _WHOLE | _NONE,
    "cached_input_tokens": _WHOLE | _NONE,
}
_FIELDS = tuple(_TYPES)
_values = itemgetter(*_FIELDS)
_LENGTHS = {"model": (1, 256), "engine": (1, 63), "request_id": (0, 256), "inference_id": (0, 256), "team": (0, 256)}
_LENGTHS |= {"adapter": (0, 256), "stop_reason": (0, 64)}
# A text of no field is too long up to here.
_ALWAYS_FITS = min(longest for _, longest in _LENGTHS.values())
# What one request can have, so that nobody bends a sum by a number. An asynchronous invocation ends after an hour
# (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointAsync.html), and a container may
# go on for a while. No model's context holds a tenth of these tokens, nor a container's memory so many lost records.
LONGEST_MS = 7_200_000
MOST_COUNTED = 100_000_000
_DURATIONS = ("queue_ms", "time_to_first_token_ms", "time_per_output_token_ms", "latency_ms")
_COUNTS = ("input_tokens", "output_tokens", "cached_input_tokens", "dropped_before")
# CreateEndpoint's EndpointName and ProductionVariant's VariantName (botocore's model of SageMaker).
_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9])*")
_LONGEST_NAME = 63
_ID = re.compile(r"[0-9a-f]{32}")
_MINUTE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}")
_SECONDS = re.compile(r":[0-5][0-9]\.[0-9]{3}Z")

# The longest texts of all fields, each character escaped, make 12 KB; a padded line would fill a Firehose record alone.
_LONGEST_LINE = 32_768

# How many of each kind of thing that was once found right are remembered; more are simply looked at again.
_REMEMBERED = 10_000
# By types: what gets the numbers and the texts that are there, and how many quotes a line of them has.
_Shape = tuple[_Getter, _Getter, int]
_right_types: dict[tuple[type, ...], _Shape] = {}
_right_names: set[tuple[str, str]] = set()
_right_minutes: set[str] = set()


class NotARecord(ValueError):
    """A line that is no record of a request; the text says why, without quoting what may hold somebody's words."""


def _no_constant(name: str) -> NoReturn:
    raise NotARecord(f"{name} is no number of JSON")


# `decode` looks for white space around the value with regular expressions; a line has none.
_scan: Callable[[str, int], tuple[Any, int]] = JSONDecoder(parse_constant=_no_constant).scan_once  # type: ignore[attr-defined]


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotARecord("it has a field twice")
    return found


_scan_each_once = JSONDecoder(object_pairs_hook=_each_once).scan_once  # type: ignore[attr-defined]


def request_record(line: str) -> RequestRecord:
    """The record that a line holds. Raises `NotARecord`."""
    if len(line) > _LONGEST_LINE:
        raise NotARecord("it is longer than any record")
    if "\n" in line:
        raise NotARecord("it is more than one line")
    try:
        record, end = _scan(line, 0)
    except (ValueError, StopIteration, RecursionError) as error:
        raise NotARecord(str(error) if isinstance(error, NotARecord) else "it is not JSON") from error
    if end != len(line) or type(record) is not dict:
        raise NotARecord("it is not one JSON object")
    if not line.isascii() or "\\u" in line:
        _check_text(record)
    try:
        values = _values(record)
    except KeyError as error:
        raise NotARecord(f"it lacks {error.args[0]}") from error
    if len(record) != len(_FIELDS):
        raise NotARecord(f"it has {len(record)} fields instead of {len(_FIELDS)}")
    types = tuple(map(type, values))
    numbers_of, texts_of, quotes = _right_types.get(types) or _check_types(types)
    # Python takes the last of two values, other readers the first or none. Decoding tells only where it is asked to,
    # which takes longer than counting quotes: two for each name and each text, unless some are escaped.
    if line.count('"') != quotes or "\\" in line:
        _scan_each_once(line, 0)
    _check_values(record, numbers_of, texts_of)
    return record


def _check_types(types: tuple[type, ...]) -> _Shape:
    present = []
    for name, found in zip(_FIELDS, types, strict=True):
        if found not in _TYPES[name]:
            raise NotARecord(f"{name} is of type {found.__name__}")
        if found is not type(None):
            present.append(name)
    shape: _Shape = (
        itemgetter(*(name for name in present if _TYPES[name] & _NUMBER)),
        itemgetter(*(name for name in present if name in _LENGTHS)),
        2 * (len(_FIELDS) + types.count(str)),
    )
    if len(_right_types) < _REMEMBERED:
        _right_types[types] = shape
    return shape


def _check_values(record: RequestRecord, numbers_of: _Getter, texts_of: _Getter) -> None:
    if record["record"] != "modelyard.request/1":
        raise NotARecord("record names another schema than modelyard.request/1")
    if _ID.fullmatch(record["record_id"]) is None:
        raise NotARecord("record_id is not 32 hexadecimal digits")
    names = (record["endpoint"], record["variant"])
    if names not in _right_names:
        _check_names(names)
    time: str = record["time"]
    if time[:16] not in _right_minutes:
        _check_minute(time[:16])
    if _SECONDS.fullmatch(time, 16) is None:
        raise NotARecord("time is not UTC with milliseconds")
    if not 100 <= record["status"] <= 599:
        raise NotARecord("status is no HTTP status")
    numbers = numbers_of(record)
    if min(numbers) < 0 or max(numbers) > LONGEST_MS:
        _check_numbers(record)
    if not record["model"] or not record["engine"] or max(map(len, texts_of(record))) > _ALWAYS_FITS:
        _check_lengths(record)


def _check_numbers(record: RequestRecord) -> None:
    for names, largest in ((_DURATIONS, LONGEST_MS), (_COUNTS, MOST_COUNTED)):
        for name in names:
            number = record[name]
            if number is not None and not 0 <= number <= largest:
                raise NotARecord(f"{name} is negative or more than a request can have")


def _check_text(record: RequestRecord) -> None:
    try:
        "".join(value for value in record.values() if type(value) is str).encode()
    except UnicodeEncodeError as error:
        raise NotARecord("a text holds half of a character") from error


def _check_lengths(record: RequestRecord) -> None:
    for name, (shortest, longest) in _LENGTHS.items():
        text = record[name]
        if text is not None and not shortest <= len(text) <= longest:
            raise NotARecord(f"{name} is too short or too long")


def _check_names(names: tuple[str, str]) -> None:
    for name in names:
        if len(name) > _LONGEST_NAME or _NAME.fullmatch(name) is None:
            raise NotARecord("endpoint or variant is a name that SageMaker does not allow")
    if len(_right_names) < _REMEMBERED:
        _right_names.add(names)


def _check_minute(minute: str) -> None:
    try:
        if _MINUTE.fullmatch(minute) is None:
            raise ValueError
        datetime.fromisoformat(minute)
    except ValueError as error:
        raise NotARecord("time is none that a calendar has") from error
    if len(_right_minutes) < _REMEMBERED:
        _right_minutes.add(minute)
