"""What a secret looks like, whatever the name that it stands under."""

from __future__ import annotations

import re
from functools import lru_cache

# What every one of the forms below has; most texts of a catalog have none of it, and this is quick to see.
_CANDIDATE = re.compile(r"\S{13}|://|-----")
# How well-known tokens start, each by who issues it.
_SECRET = re.compile(
    r"hf_[A-Za-z0-9]{16,}|api_org_[A-Za-z0-9]{16,}"  # Hugging Face
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}"  # AWS
    r"|sk-[A-Za-z0-9_-]{16,}|gsk_[A-Za-z0-9]{20,}|nvapi-[A-Za-z0-9_-]{20,}|r8_[A-Za-z0-9]{20,}"  # model services
    r"|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}"  # GitHub, GitLab
    r"|xox[abeprs]-[A-Za-z0-9-]{8,}|xapp-[A-Za-z0-9-]{8,}"  # Slack
    r"|AIza[A-Za-z0-9_-]{35}|[sr]k_live_[A-Za-z0-9]{16,}|npm_[A-Za-z0-9]{30,}|pypi-[A-Za-z0-9_-]{40,}"
    r"|eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}"  # a signed JSON web token
    r"|-----BEGIN [A-Z ]*PRIVATE KEY"  # PEM
    r"|[?&]X-Amz-(?:Signature|Security-Token)=[A-Za-z0-9%]{16,}"  # an address that S3 signed
    r"|[a-z][a-z0-9+.-]*://[^/\s:@]+:[^/\s:@$]+@"  # user and password in an address
)
# The secret of an AWS access key: 40 characters of base64. A commit's id has as many, in hexadecimal digits.
_AWS_SECRET_KEY = re.compile(r"(?<![A-Za-z0-9/+=._-])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=._-])")
# How often the class of a character (upper, lower, digit, other) differs from the one before: some 25 times in 40
# random ones, less than half as often in words; paths have more slashes than chance gives.
_FEWEST_CHANGES = 12
_MOST_SLASHES = 3


# Keys and most values stand in every entry of a catalog.
@lru_cache(maxsize=10_000)
def has_secret_form(text: str) -> bool:
    """Whether a text holds what can hardly be anything but a secret."""
    if _CANDIDATE.search(text) is None:
        return False
    if _SECRET.search(text) is not None:
        return True
    return any(_is_random(found[0]) for found in _AWS_SECRET_KEY.finditer(text))


def _is_random(text: str) -> bool:
    kinds = ["u" if char.isupper() else "l" if char.islower() else "d" if char.isdigit() else "o" for char in text]
    changes = sum(before != after for before, after in zip(kinds, kinds[1:], strict=False))
    return {"u", "l", "d"} <= set(kinds) and text.count("/") <= _MOST_SLASHES and changes >= _FEWEST_CHANGES
