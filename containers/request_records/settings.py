"""Whether a container writes a record of every request, and in whose name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_STREAM_ARN = re.compile(r"arn:aws[a-z-]*:kinesis:[a-z0-9-]+:\d{12}:stream/[a-zA-Z0-9_.-]+")


class RecordSettingRefused(ValueError):
    """An environment variable about records is missing or has a value that means nothing here."""


@dataclass(frozen=True, kw_only=True)
class RecordSettings:
    endpoint: str
    variant: str
    engine: str
    model: str | None
    """None where the container serves several models, or names its own."""
    stream_arn: str | None = None
    """The Kinesis data stream that records are put into; None writes them to the log."""


def read_record_settings(environment: Mapping[str, str], *, engine: str) -> RecordSettings | None:
    """None unless `MODELYARD_REQUEST_RECORDS` is true: what nobody collects is not written."""
    wanted = environment.get("MODELYARD_REQUEST_RECORDS", "").strip().lower()
    if wanted in {"", "false"}:
        return None
    if wanted != "true":
        raise RecordSettingRefused(f"MODELYARD_REQUEST_RECORDS is {wanted!r}; it must be true or false")
    return RecordSettings(
        endpoint=_name(environment, "MODELYARD_ENDPOINT"),
        variant=_name(environment, "MODELYARD_VARIANT"),
        engine=engine,
        model=environment.get("MODELYARD_MODEL", "").strip() or None,
        stream_arn=_stream(environment.get("MODELYARD_RECORD_STREAM_ARN", "").strip()),
    )


def _stream(arn: str) -> str | None:
    if arn and _STREAM_ARN.fullmatch(arn) is None:
        raise RecordSettingRefused(
            f"MODELYARD_RECORD_STREAM_ARN is {arn!r}; it must be the ARN of a Kinesis data stream, "
            "or be left out so that records go to the log"
        )
    return arn or None


def _name(environment: Mapping[str, str], variable: str) -> str:
    name = environment.get(variable, "").strip()
    if not name:
        raise RecordSettingRefused(
            f"{variable} is missing; records of requests need it, so set it or leave records off"
        )
    return name
