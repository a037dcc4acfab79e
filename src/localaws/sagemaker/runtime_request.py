"""A request of the SageMaker runtime: members out of headers, held against the service model."""

from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers

from localaws.errors import AwsError
from localaws.sagemaker import service_model
from localaws.sagemaker.request_validation import require_valid

_MB = 1024 * 1024

# https://docs.aws.amazon.com/sagemaker/latest/dg/deploy-model-options.html. The service model still says 6 MB.
REAL_TIME_PAYLOAD_BYTES = 25 * _MB
SERVERLESS_PAYLOAD_BYTES = 4 * _MB
ASYNC_INLINE_PAYLOAD_BYTES = 128_000


@dataclass(frozen=True)
class RuntimeRequest:
    """`members` are those of the operation's input shape, without the body."""

    operation: str
    members: dict[str, Any]
    body: bytes

    @property
    def endpoint_name(self) -> str:
        return str(self.members["EndpointName"])

    @property
    def content_type(self) -> str:
        return str(self.members.get("ContentType", "application/octet-stream"))

    @property
    def accept(self) -> str:
        return str(self.members.get("Accept", "*/*"))

    def text(self, member: str) -> str | None:
        """A string member, None when the caller did not send it."""
        value = self.members.get(member)
        return None if value is None else str(value)


def read(operation: str, *, endpoint_name: str, headers: Headers, body: bytes) -> RuntimeRequest:
    """The request as the caller meant it; raises `AwsError` ValidationError for what the service model refuses."""
    model = service_model.load("sagemaker-runtime")
    shape = model.input_shape(operation)
    assert shape is not None
    members: dict[str, Any] = {"EndpointName": endpoint_name}
    for name, reference in shape["members"].items():
        if reference.get("location") == "header" and reference["locationName"] in headers:
            kind = model.shapes[reference["shape"]]["type"]
            members[name] = _value(kind, name, headers[reference["locationName"]])
    try:
        # The body's own limit depends on the kind of endpoint and is checked by `require_payload`.
        require_valid(model, operation, {**members, "Body": b""})
    except AwsError as refusal:
        raise AwsError("ValidationError", refusal.message) from None
    return RuntimeRequest(operation, members, body)


def require_payload(body: bytes, most_bytes: int) -> None:
    """Raise `AwsError` when the payload is larger than this kind of endpoint takes."""
    if len(body) > most_bytes:
        raise AwsError(
            "ValidationError",
            "1 validation error detected: Value at 'body' failed to satisfy constraint: Member must have length less "
            f"than or equal to {most_bytes}",
        )


def _value(kind: str, name: str, text: str) -> Any:
    if kind != "integer":
        return text
    try:
        return int(text)
    except ValueError:
        raise AwsError("ValidationError", f"{text!r} is not a number, as {name} must be") from None
