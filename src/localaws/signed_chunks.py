"""Bodies signed chunk by chunk, as SDKs upload what they do not hold in memory.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html, and sigv4-streaming-trailers.html for what may
follow the last chunk.
"""

import hashlib
import hmac
import re

_HEAD = re.compile(rb"([0-9a-fA-F]{1,8});chunk-signature=([0-9a-f]{64})")
_TRAILER_SIGNATURE = b"x-amz-trailer-signature:"
_LONGEST_HEAD = 128
_EMPTY = hashlib.sha256(b"").hexdigest()


def chunks_match(body: bytes, *, key: bytes, amz_date: str, scope: str, seed: str, with_trailer: bool) -> bool:
    """Whether each chunk carries the signature that follows from the one before, and nothing follows the last."""
    view, position, previous = memoryview(body), 0, seed
    while True:
        end = body.find(b"\r\n", position, position + _LONGEST_HEAD)
        head = _HEAD.fullmatch(body, position, end) if end >= 0 else None
        if head is None:
            return False
        size, start = int(head[1], 16), end + 2
        chunk = hashlib.sha256(view[start : start + size]).hexdigest()
        previous = _sign(key, "AWS4-HMAC-SHA256-PAYLOAD", amz_date, scope, previous, _EMPTY, chunk)
        if start + size > len(body) or not hmac.compare_digest(previous.encode(), head[2]):
            return False
        if size == 0:
            return _end_matches(body[start:], key, amz_date, scope, previous, with_trailer)
        position = start + size + 2
        if body[position - 2 : position] != b"\r\n":
            return False


def _end_matches(rest: bytes, key: bytes, amz_date: str, scope: str, previous: str, with_trailer: bool) -> bool:
    if not with_trailer:
        return rest in (b"", b"\r\n")
    lines = rest.rstrip(b"\r\n").split(b"\r\n")
    if not lines[-1].startswith(_TRAILER_SIGNATURE):
        return False
    canonical = b"".join(b":".join(part.strip() for part in line.split(b":", 1)) + b"\n" for line in lines[:-1])
    expected = _sign(key, "AWS4-HMAC-SHA256-TRAILER", amz_date, scope, previous, hashlib.sha256(canonical).hexdigest())
    return hmac.compare_digest(expected.encode(), lines[-1].removeprefix(_TRAILER_SIGNATURE).strip())


def _sign(key: bytes, *lines: str) -> str:
    return hmac.new(key, "\n".join(lines).encode(), hashlib.sha256).hexdigest()
