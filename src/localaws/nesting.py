"""How deep a request's documents go and how much they hold: reading what is nested a thousand deep ends in Python's
recursion limit, and of a few megabytes of empty lists it makes a gigabyte.
"""

import json
import re
import zlib
from urllib.parse import parse_qsl

# Templates of the CDK and state machines go some thirty deep.
DEEPEST = 100
# The richest requests that AWS takes are PutMetricData, 1,000 metrics of 150 values and counts each in 1 MB
# (AmazonCloudWatch/latest/APIReference/API_PutMetricData.html), and PutLogEvents, 10,000 events.
MOST_PARTS = 500_000
"""Lists, objects, strings and commas of JSON."""
# CompleteMultipartUpload names 10,000 parts in some eight tags each, DeleteObjects 1,000 objects.
MOST_TAGS = 200_000
# PutMetricData in the query protocol: a value is a field there.
MOST_FIELDS = 350_000
# A string ends with its quote or with the text, so that a missing quote costs one look and not one at each place;
# possessive, so that no text makes the search go back.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[{\]},]', re.DOTALL)
# Policies and templates are documents in strings of documents.
_DOCUMENTS_IN_DOCUMENTS = 4
_GZIP = 16 + zlib.MAX_WBITS


class SeveralFiles(ValueError):
    """A gzip body is more than one gzip file."""


class _Excess(Exception):
    """What there is too much of, in words that follow "the request"."""


def excess(body: bytes, *, is_form: bool, holds_documents: bool = True) -> str:
    """What JSON in a body, or in the fields of a form, has more of than any request has; empty where nothing is.

    `holds_documents`: whether strings of it are documents as well, which lines of a log are not.
    """
    if is_form and body.count(b"&") >= MOST_FIELDS:
        return f"the request has more than {MOST_FIELDS} fields"
    # Brackets of a form may be written as they are, or as %5B and %7B.
    opening = sum(body.count(bracket) for bracket in (b"[", b"{", b"%5B", b"%5b", b"%7B", b"%7b"))
    marks = (b",", b'"', b"%2C", b"%2c", b"%22")
    if opening <= DEEPEST and opening + sum(body.count(mark) for mark in marks) <= MOST_PARTS:
        return ""
    text = body.decode("utf-8", "replace")
    # Whatever it calls itself: MiniStack reads JSON where it expects it.
    texts = [text, *(value for _, value in parse_qsl(text))] if is_form else [text]
    walk = _Walk()
    try:
        for one in texts:
            walk.through(one, _DOCUMENTS_IN_DOCUMENTS if holds_documents else 0)
    except _Excess as found:
        return f"the request {found}"
    return ""


class _Walk:
    """Over the marks of texts that may be JSON; it ends at the first too many, or where a text cannot be JSON."""

    def __init__(self) -> None:
        self._parts = 0

    def through(self, text: str, documents: int) -> None:
        depth = 0
        for match in _TOKEN.finditer(text):
            token = match[0]
            if token in "]}":
                depth -= 1
                if depth < 0:
                    return
                continue
            self._parts += 1
            if self._parts > MOST_PARTS:
                raise _Excess(f"holds more than {MOST_PARTS} lists, objects, strings and commas")
            if token in "[{":
                depth += 1
                if depth > DEEPEST:
                    raise _Excess(f"is nested deeper than {DEEPEST} levels")
            elif documents and token[0] == '"' and token.count("[") + token.count("{") > DEEPEST:
                self._within(token, documents - 1)

    def _within(self, string: str, documents: int) -> None:
        try:
            inner = json.loads(string, strict=False)
        except ValueError:
            return
        if inner.lstrip()[:1] in ("[", "{"):
            self.through(inner, documents)


def has_half_characters(body: bytes) -> bool:
    """Whether JSON escapes half of a surrogate pair: Python keeps it, and nothing can be made of it later."""
    if b"\\ud" not in body.lower():
        return False
    try:
        json.dumps(json.loads(body), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    except (ValueError, RecursionError):
        return False
    return False


def excess_of_tags(body: bytes) -> str:
    """The same of a document in XML."""
    return f"the request has more than {MOST_TAGS} tags" if body.count(b"<") > MOST_TAGS else ""


def inflated(body: bytes, *, longest: int) -> bytes | None:
    """A gzip body as it was, None when it is longer than `longest`; what is no gzip stays as it is.

    Raises `SeveralFiles` where another gzip file follows: no SDK sends that, and Python's reader copies all that is
    left for each of them.
    """
    stream = zlib.decompressobj(_GZIP)
    try:
        whole = stream.decompress(body, longest + 1)
    except zlib.error:
        return body
    if stream.unused_data.strip(b"\0"):
        raise SeveralFiles
    return whole if len(whole) <= longest else None
