"""The copy of one event: schema `modelyard.capture/1`, one JSON object on one line, null for what is absent."""

from __future__ import annotations

from typing import Any

from lambdas.capture_processor.capture_line import CapturedEvent
from lambdas.capture_processor.language import language_of
from lambdas.capture_processor.message_text import answer_of, request_text
from lambdas.capture_processor.payload import Payload
from lambdas.capture_processor.redaction import Redaction
from lambdas.capture_processor.refusal import refuses

VERSION = "modelyard.capture/1"

ProcessedRecord = dict[str, Any]


def record_of(event: CapturedEvent, *, endpoint: str, variant: str, redact: bool) -> ProcessedRecord:
    """The record of an event; lengths, language and refusal are those of the unredacted text."""
    asked = request_text(event.input) if event.input else None
    answer = answer_of(event.output) if event.output else None
    redaction = Redaction() if redact else None
    attributes = [redaction.text(one) for one in event.custom_attributes] if redaction else event.custom_attributes
    return {
        "record": VERSION,
        "event_id": event.event_id,
        "inference_id": _redacted(event.inference_id, redaction),
        "time": event.time,
        "endpoint": endpoint,
        "variant": variant,
        "custom_attributes": list(attributes),
        "input": _side(event.input, redaction),
        "output": _side(event.output, redaction),
        "input_characters": len(asked) if asked is not None else None,
        "output_characters": len(answer.text) if answer and answer.text is not None else None,
        "input_tokens": answer.usage.input if answer else None,
        "output_tokens": answer.usage.output if answer else None,
        "cached_input_tokens": answer.usage.cached_input if answer else None,
        "language": language_of(asked) if asked is not None else None,
        "refused": (answer.refused or refuses(answer.text)) if answer and answer.text is not None else None,
        "redacted": redact,
        "replaced": dict(sorted(redaction.replaced.items())) if redaction else {},
    }


def joined(known: ProcessedRecord, new: ProcessedRecord) -> ProcessedRecord:
    """One record of an event whose sides came in two files; what `known` says stays."""
    merged = {name: known[name] if known.get(name) is not None else value for name, value in new.items()}
    merged["custom_attributes"] = known["custom_attributes"] or new["custom_attributes"]
    adds = (known["input"] is None) != (new["input"] is None) and (known["output"] is None) != (new["output"] is None)
    kinds = sorted({*known["replaced"], *new["replaced"]}) if adds else sorted(known["replaced"])
    gained = new["replaced"] if adds else {}
    merged["replaced"] = {kind: known["replaced"].get(kind, 0) + gained.get(kind, 0) for kind in kinds}
    merged["redacted"] = known["redacted"] or new["redacted"]
    return merged


def _redacted(text: str | None, redaction: Redaction | None) -> str | None:
    return redaction.text(text) if redaction and text is not None else text


def _side(payload: Payload | None, redaction: Redaction | None) -> dict[str, Any] | None:
    if payload is None:
        return None
    kept = redaction.payload(payload) if redaction else payload
    return {"content_type": kept.content_type, "form": kept.form, "body": kept.body}
