"""How deep a request's JSON goes: reading what is nested a thousand deep ends in Python's recursion limit."""

import json
import re
import zlib
from urllib.parse import parse_qsl

# Templates of the CDK and state machines go some thirty deep.
DEEPEST = 100
# A string ends with its quote or with the text, so that a missing quote costs one look and not one at each place.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\Z)|[\[{\]}]', re.DOTALL)
# Policies and templates are documents in strings of documents.
_DOCUMENTS_IN_DOCUMENTS = 4
_GZIP = 16 + zlib.MAX_WBITS


def is_too_deep(body: bytes, *, is_form: bool, holds_documents: bool = True) -> bool:
    """Whether JSON in a body, or in the fields of a form, is nested deeper than anybody nests it.

    `holds_documents`: whether strings of it are documents as well, which lines of a log are not.
    """
    # Brackets of a form may be written as they are, or as %5B and %7B.
    if sum(body.count(bracket) for bracket in (b"[", b"{", b"%5B", b"%5b", b"%7B", b"%7b")) <= DEEPEST:
        return False
    text = body.decode("utf-8", "replace")
    # Whatever it calls itself: MiniStack reads JSON where it expects it.
    texts = [text, *(value for _, value in parse_qsl(text) if is_form)]
    return any(_goes_too_deep(one, _DOCUMENTS_IN_DOCUMENTS if holds_documents else 0) for one in texts)


def _goes_too_deep(text: str, documents: int) -> bool:
    depth = 0
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token in "[{":
            depth += 1
            if depth > DEEPEST:
                return True
        elif token in "]}":
            depth -= 1
        elif token.count("[") + token.count("{") > DEEPEST and documents:
            try:
                inner = json.loads(token, strict=False)
            except ValueError:
                continue
            if inner.lstrip()[:1] in ("[", "{") and _goes_too_deep(inner, documents - 1):
                return True
    return False


def inflated(body: bytes, *, longest: int) -> bytes | None:
    """A gzip body as it was, None when it is longer than `longest`; what is no gzip stays as it is."""
    try:
        stream = zlib.decompressobj(_GZIP)
        whole = stream.decompress(body, longest + 1)
    except zlib.error:
        return body
    return whole if len(whole) <= longest else None
