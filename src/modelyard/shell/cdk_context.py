"""What a folder's cdk.json says to the app, as the CDK CLI reads it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FILE_NAME = "cdk.json"
# What the CLI looked up in the account and remembers: a VPC's subnets, an image's id.
LOOKED_UP = "cdk.context.json"


def context_of(folder: Path) -> Mapping[str, Any]:
    """The values of the folder's cdk.json; none where there is no such file, or none that can be read."""
    return context_in(_read(folder / FILE_NAME))


def context_in(text: str) -> Mapping[str, Any]:
    """The values that a cdk.json of this text has."""
    context = _table(text).get("context", {})
    return context if isinstance(context, dict) else {}


def whole_context_of(folder: Path) -> Mapping[str, Any]:
    """The same with what the CLI has looked up, as it tells the app."""
    return {**context_of(folder), **_table(_read(folder / LOOKED_UP))}


def names_app(folder: Path) -> bool:
    """Whether the folder's cdk.json says which app it is of."""
    return "app" in _table(_read(folder / FILE_NAME))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        # The CDK CLI says what is wrong with it.
        return ""


def _table(text: str) -> dict[str, Any]:
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}
