"""What a model on disk is called where nobody says: people name folders, programs number and hash them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

_CONFIG = "config.json"
# The hub's own cache: models--<owner>--<model>/snapshots/<commit>/
_CACHED = re.compile(r"models--[^/]+--(?P<model>[^/]+)")
_SAYS_NOTHING = re.compile(
    r"[0-9a-f]{7,64}|[0-9]+|tmp[\w-]*|(checkpoint|step|epoch|snapshot)s?[-_]?[0-9]*"
    r"|models?|weights|outputs?|out|results?|downloads?|temp|data|final|best|last|latest|main|merged|huggingface|hf",
    re.IGNORECASE,
)
_HUB_ID = re.compile(r"[\w.-]+/(?P<model>[\w.-]+)")


@dataclass(frozen=True)
class OwnName:
    """A name, and after what: `its folder`."""

    text: str
    after: str


def name_on_disk(path: Path, content: bytes | None, *, endpoint: str | None) -> OwnName:
    """The name of the model at a path, a folder or the one file that was pointed at; its configuration says `content`.

    Where a config.json is pointed at, or its folder's name says nothing, the endpoint's name is the only one that a
    person has given. What a config.json calls `_name_or_path` comes last: of a model that was trained further it is the
    one that it was trained from.
    """
    if path.is_file() and path.name != _CONFIG:
        return OwnName(path.stem, "its file")
    folder = (path if path.is_dir() else path.parent).resolve()
    for part in reversed(folder.parts):
        cached = _CACHED.fullmatch(part)
        if cached:
            return OwnName(cached["model"], "the repository whose cache it lies in")
    says_nothing = _SAYS_NOTHING.fullmatch(folder.name) is not None
    if endpoint is not None and (path.is_file() or says_nothing):
        return OwnName(endpoint, "the endpoint")
    hub = _HUB_ID.fullmatch(_name_or_path(content)) if says_nothing else None
    return OwnName(hub["model"], "_name_or_path in its config.json") if hub else OwnName(folder.name, "its folder")


def _name_or_path(content: bytes | None) -> str:
    try:
        found = json.loads(content) if content else None
    except (ValueError, RecursionError):
        return ""
    stated = found.get("_name_or_path") if isinstance(found, dict) else None
    return stated if isinstance(stated, str) else ""
