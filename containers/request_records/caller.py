"""What a request's headers say about who asked.

SageMaker removes every header of the caller but those of its own API
(https://aws.amazon.com/blogs/machine-learning/amazon-sagemaker-runtime-now-supports-the-customattribute-header/), so a
container learns of a caller what InvokeEndpoint has a member for: `InferenceId`, and `CustomAttributes`, which is
passed on as it is. SageMaker's own request id and the caller's role are not passed on at all. A caller who wants a team
and an id of its own in the records says so itself: `CustomAttributes="team=support,request_id=4f1c"`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_INFERENCE_ID = b"x-amzn-sagemaker-inference-id"
_CUSTOM_ATTRIBUTES = b"x-amzn-sagemaker-custom-attributes"
_TARGET_MODEL = b"x-amzn-sagemaker-target-model"
_ADAPTER = b"x-amzn-sagemaker-adapter-identifier"
_LONGEST = 256
# InvokeEndpoint's own bound (API_runtime_InvokeEndpoint, CustomAttributes); nothing longer is taken apart.
_LONGEST_HEADER = 1_024
_SEPARATORS = re.compile(r"[,;]")


@dataclass(frozen=True, kw_only=True)
class Caller:
    inference_id: str | None = None
    request_id: str | None = None
    team: str | None = None
    target_model: str | None = None
    """Of a multi-model endpoint: the artifact that was asked for, without `.tar.gz`."""
    adapter: str | None = None


def read_caller(headers: Iterable[tuple[bytes, bytes]]) -> Caller:
    """From ASGI's headers, whose names are in lower case."""
    found = {
        name: value.decode("latin-1").strip()
        for name, value in headers
        if name.startswith(b"x-amzn-sagemaker-") and len(value) <= _LONGEST_HEADER
    }
    attributes = _attributes(found.get(_CUSTOM_ATTRIBUTES, ""))
    return Caller(
        inference_id=_text(found.get(_INFERENCE_ID)),
        request_id=_text(attributes.get("request_id")),
        team=_text(attributes.get("team")),
        target_model=_text(found.get(_TARGET_MODEL, "").removesuffix(".tar.gz")),
        adapter=_text(found.get(_ADAPTER)),
    )


def _attributes(text: str) -> dict[str, str]:
    """`team=support,request_id=4f1c`, also with semicolons; whatever else a caller writes there is its own business."""
    pairs = (part.partition("=") for part in _SEPARATORS.split(text))
    return {name.strip(): value.strip() for name, equals, value in pairs if equals}


def _text(value: str | None) -> str | None:
    """Printable ASCII, as InvokeEndpoint takes it: any other character would be six in a record's line."""
    return value if value and len(value) <= _LONGEST and value.isascii() and value.isprintable() else None
