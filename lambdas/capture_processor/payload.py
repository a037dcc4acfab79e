"""A captured body, read back from how SageMaker stored it."""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Form = Literal["json", "text", "binary"]

# Requests nest some ten levels deep; Python walks some hundreds.
_DEEPEST = 64
_ENCODINGS = ("BASE64", "CSV", "JSON")


class UnreadablePayload(Exception):
    """A side of a line that holds no body; the text says why and quotes nothing of it."""


@dataclass(frozen=True)
class Payload:
    """What was sent or answered. `body` is a JSON value, a text, or, for `binary`, base64."""

    content_type: str | None
    form: Form
    body: Any


def payload_of(side: Mapping[str, Any]) -> Payload:
    """The body of `endpointInput` or `endpointOutput`; raises `UnreadablePayload`.

    How it was encoded says only which content types the endpoint lists: a JSON body whose type is not listed arrives
    as base64. So what is JSON and what is text is found by looking.
    """
    encoding, data = side.get("encoding"), side.get("data")
    content_type = side.get("observedContentType")
    content_type = content_type if isinstance(content_type, str) else None
    if encoding not in _ENCODINGS:
        raise UnreadablePayload("encoding is none of BASE64, CSV, JSON")
    if not isinstance(data, str):
        if encoding == "JSON" and data is not None and is_shallow(data):
            if _is_finite(data):
                return Payload(content_type, "json", data)
            # Nobody but Python reads infinite numbers in JSON, so in the copy they are a text.
            return Payload(content_type, "text", json.dumps(data))
        raise UnreadablePayload("data is no text")
    text = data
    if encoding == "BASE64":
        try:
            text = base64.b64decode(data, validate=True).decode("utf-8")
        except binascii.Error:
            raise UnreadablePayload("data is not base64") from None
        except UnicodeDecodeError:
            return Payload(content_type, "binary", data)
        # No text has a NUL: UTF-16 of ASCII can be read as UTF-8 with one beside each letter.
        if "\0" in text:
            return Payload(content_type, "binary", data)
    if encoding != "CSV" and text.lstrip()[:1] in ("{", "["):
        try:
            body = json.loads(text, parse_constant=_refuse, parse_float=_finite)
        except (ValueError, RecursionError):
            return Payload(content_type, "text", text)
        if is_shallow(body):
            return Payload(content_type, "json", body)
    return Payload(content_type, "text", text)


def is_shallow(body: Any) -> bool:
    """Whether a body can be walked through by recursion: one that is made to fail would fail its whole file."""
    level = [body]
    for _ in range(_DEEPEST):
        level = [
            below
            for one in level
            for below in (one.values() if isinstance(one, dict) else one if isinstance(one, list) else ())
            if isinstance(below, (dict, list))
        ]
        if not level:
            return True
    return False


def _is_finite(body: Any) -> bool:
    try:
        json.dumps(body, allow_nan=False)
    except ValueError:
        return False
    return True


def _finite(number: str) -> float:
    found = float(number)
    if math.isinf(found):
        raise ValueError("a number is larger than any that a reader of the copy can hold")
    return found


def _refuse(constant: str) -> Any:
    # Python reads NaN and Infinity, but nobody else could read them in the copy.
    raise ValueError(f"{constant} is not JSON")
