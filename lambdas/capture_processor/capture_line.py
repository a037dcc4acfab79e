"""One line of a capture file as SageMaker writes it.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.capture_processor.payload import Payload, UnreadablePayload, payload_of


class MalformedLine(Exception):
    """A line that is no captured event; the text says why and quotes nothing of it."""


@dataclass(frozen=True)
class CapturedEvent:
    """A request, its response, or both, with what SageMaker knows of them.

    `time` is as it was written: the start of the inference in UTC, to the second.
    """

    event_id: str
    inference_id: str | None
    time: str | None
    custom_attributes: tuple[str, ...]
    input: Payload | None
    output: Payload | None

    def joined(self, other: CapturedEvent) -> CapturedEvent:
        """Both sides of an event of which each holds one; where both hold the same, this one's stays."""
        return CapturedEvent(
            event_id=self.event_id,
            inference_id=self.inference_id or other.inference_id,
            time=self.time or other.time,
            custom_attributes=self.custom_attributes or other.custom_attributes,
            input=self.input or other.input,
            output=self.output or other.output,
        )


def parse(line: bytes) -> CapturedEvent:
    """The event of a line; raises `MalformedLine`."""
    try:
        found = json.loads(line)
    except UnicodeDecodeError:
        raise MalformedLine("it is not UTF-8") from None
    except (ValueError, RecursionError):
        raise MalformedLine("it is not JSON") from None
    captured, metadata = _table(found, "captureData"), _table(found, "eventMetadata")
    event_id = metadata.get("eventId")
    if not isinstance(event_id, str) or not event_id:
        raise MalformedLine("eventMetadata.eventId is no text")
    sides = {name: _side(captured, name) for name in ("endpointInput", "endpointOutput")}
    if not any(sides.values()):
        raise MalformedLine("captureData has neither endpointInput nor endpointOutput")
    attributes = metadata.get("customAttributes") or []
    return CapturedEvent(
        event_id=event_id,
        inference_id=_text(metadata.get("inferenceId")),
        time=_text(metadata.get("inferenceTime")),
        custom_attributes=tuple(str(one) for one in (attributes if isinstance(attributes, list) else [attributes])),
        input=sides["endpointInput"],
        output=sides["endpointOutput"],
    )


def _table(found: Any, name: str) -> Mapping[str, Any]:
    value = found.get(name) if isinstance(found, dict) else None
    if not isinstance(value, dict):
        raise MalformedLine(f"{name} is no JSON object")
    return value


def _side(captured: Mapping[str, Any], name: str) -> Payload | None:
    side = captured.get(name)
    if side is None:
        return None
    if not isinstance(side, dict):
        raise MalformedLine(f"captureData.{name} is no JSON object")
    try:
        return payload_of(side)
    except UnreadablePayload as error:
        raise MalformedLine(f"captureData.{name}: {error}") from None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
