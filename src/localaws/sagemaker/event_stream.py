"""AWS's event stream framing, in which InvokeEndpointWithResponseStream answers.

Encoding: https://smithy.io/2.0/aws/amazon-eventstream.html: total length, header length, CRC of these two, headers,
payload, CRC of everything before it; all big-endian.
"""

import binascii
import json
import struct

_STRING = 7  # header value type


def payload_part(chunk: bytes) -> bytes:
    """A PayloadPart event that carries a piece of the model's response."""
    return _message(
        {":message-type": "event", ":event-type": "PayloadPart", ":content-type": "application/octet-stream"}, chunk
    )


def model_stream_error(error_code: str, message: str) -> bytes:
    """A ModelStreamError; `error_code` is ModelInvocationTimeExceeded or StreamBroken."""
    body = json.dumps({"Message": message, "ErrorCode": error_code}).encode()
    return _message(
        {
            ":message-type": "exception",
            ":exception-type": "ModelStreamError",
            ":content-type": "application/json",
        },
        body,
    )


def _message(headers: dict[str, str], payload: bytes) -> bytes:
    encoded = b"".join(_header(name, value) for name, value in headers.items())
    prelude = struct.pack("!II", 12 + len(encoded) + len(payload) + 4, len(encoded))
    prelude += struct.pack("!I", binascii.crc32(prelude))
    message = prelude + encoded + payload
    return message + struct.pack("!I", binascii.crc32(message))


def _header(name: str, value: str) -> bytes:
    text = value.encode()
    return struct.pack("!B", len(name)) + name.encode() + struct.pack("!BH", _STRING, len(text)) + text
