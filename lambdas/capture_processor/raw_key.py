"""Where raw capture lies and where its copy goes: all that the processor must know of an entry is in the key."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

# raw/redact/keep-30-days/<endpoint>/<variant>/yyyy/mm/dd/hh/<file>.jsonl
_RAW = re.compile(
    r"raw/(?P<treatment>redact|as-is)/(?P<copy>(?P<keep>keep-\d+-days)/(?P<endpoint>[^/]+)/(?P<variant>[^/]+)/.+)"
)
_PLAIN_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class NoRawCapture(Exception):
    """A key that is not one of raw capture."""


@dataclass(frozen=True)
class RawKey:
    """A file of raw capture by its key."""

    key: str
    redact: bool
    copy_key: str
    keep: str
    endpoint: str
    variant: str

    @classmethod
    def of(cls, key: str) -> RawKey:
        """What a key says; raises `NoRawCapture`."""
        match = _RAW.fullmatch(key)
        if match is None:
            raise NoRawCapture(f"{key} is no key of raw capture")
        return cls(
            key=key,
            redact=match["treatment"] == "redact",
            copy_key=match["copy"],
            keep=match["keep"],
            endpoint=match["endpoint"],
            variant=match["variant"],
        )

    @property
    def malformed_key(self) -> str:
        """Where lines go that are no events."""
        return f"{self.copy_key.removesuffix('.jsonl')}.malformed.jsonl"

    @property
    def drift_key(self) -> str:
        """Where the baseline and the open window lie."""
        return f"drift/{self.endpoint}/{self.variant}.json"

    def event_key(self, event_id: str) -> str:
        """Where an event goes whose sides come in two files: the same for both."""
        plain = _PLAIN_ID.fullmatch(event_id)
        name = event_id if plain else hashlib.sha256(event_id.encode("utf-8", "surrogatepass")).hexdigest()
        return f"{self.keep}/{self.endpoint}/{self.variant}/joined/{name}.jsonl"
