"""Texts that CloudFormation would replace by a secret while it deploys: no catalog may hold one, wherever it stands.

What a reference resolves to lands in whatever the text becomes: a mail, an address that is called, a tag, a variable
that DescribeModel shows. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# The documented form is `{{resolve:service:key}}`; nobody documents that other cases and blanks do not resolve.
# A text may be joined with another that follows it in a name, a description or a URI, so that parts of one count: what
# ends in its beginning, and what begins with all of it but the first brace.
_WORD = "resolve:"
_BEGINNINGS = "|".join(_WORD[:length] for length in range(len(_WORD)))
_REFERENCE = re.compile(rf"\{{\{{resolve|\{{\{{(?:{_BEGINNINGS})$|^\{{{_WORD}", re.IGNORECASE)
_UNSEEN = re.compile(r"[\s\x00-\x20\x7f-\xa0\xad\u034f\u061c\u115f-\u1160\u17b4-\u17b5\u180b-\u180f\u2000-\u200f"
                     r"\u2028-\u202f\u205f-\u206f\u3000\ufe00-\ufe0f\ufeff]+")  # fmt: skip

SENTENCE = (
    "has a dynamic reference ({{resolve:...}}), which CloudFormation replaces by the secret itself, for everybody to "
    "see who may look at what is deployed: remove it; where your own image reads a secret, give it the secret's ARN"
)


def is_dynamic_reference(text: str) -> bool:
    """Whether CloudFormation could find a reference in a text; characters that nobody sees hide none."""
    if "{" not in text:
        return False
    return _REFERENCE.search(_UNSEEN.sub("", text)) is not None


def references(values: object) -> Iterator[str]:
    """Every text with a reference in it, keys included, of what a JSON file holds."""
    if isinstance(values, str):
        if is_dynamic_reference(values):
            yield values
    elif isinstance(values, dict):
        for key, value in values.items():
            yield from references(key)
            yield from references(value)
    elif isinstance(values, list | tuple):
        for value in values:
            yield from references(value)
