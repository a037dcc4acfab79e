"""How large a checkpoint is, from what safetensors files say about themselves: their headers, or their index."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelyard.onboarding.adding.place import Folder, NewEntryPlace

INDEX = "model.safetensors.index.json"
# https://huggingface.co/docs/safetensors/index#format: eight bytes of length, then a JSON header.
_LENGTH = struct.Struct("<Q")
_MOST_HEADER = 100 * 1024 * 1024
_LARGEST = 2**63 - 1
_MOST_DIMENSIONS = 16
_FLOATS = frozenset({"F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2"})


@dataclass(frozen=True, kw_only=True)
class StoredWeights:
    """`size_bytes` of all tensors; `parameters` only where tensors were counted and none is packed."""

    size_bytes: int
    parameters: int | None
    source: str


def stored_weights(place: NewEntryPlace) -> StoredWeights | None:
    """What the files at a place say; None where none of them does, or what they say makes no sense."""
    if isinstance(place, Folder):
        counted = _from_headers(place.path)
        if counted is not None:
            return counted
    content = place.read(INDEX)
    return _from_index(content) if content is not None else None


def _from_index(content: bytes) -> StoredWeights | None:
    try:
        found = json.loads(content)
        said = found["metadata"]
        size = int(said["total_size"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    stated = said.get("total_parameters")
    parameters = stated if isinstance(stated, int) and not isinstance(stated, bool) and stated > 0 else None
    return StoredWeights(size_bytes=size, parameters=parameters, source=INDEX) if size > 0 else None


def _from_headers(folder: Path) -> StoredWeights | None:
    formats: set[str] = set()
    size, count = 0, 0
    for path in sorted(folder.glob("*.safetensors")):
        header = _header(path)
        if header is None:
            return None
        for name, tensor in header.items():
            if name == "__metadata__":
                continue
            if not _makes_sense(tensor):
                return None
            begin, end = tensor["data_offsets"]
            size += end - begin
            count += math.prod(tensor["shape"])
            formats.add(tensor["dtype"])
    if not size:
        return None
    # Integers hold several weights each, in ways that every method has of its own.
    parameters = count if formats <= _FLOATS else None
    return StoredWeights(size_bytes=size, parameters=parameters, source="the weights' own headers")


def _header(path: Path) -> Mapping[str, Any] | None:
    try:
        if not path.is_file():  # a pipe would never end
            return None
        with path.open("rb") as file:
            (length,) = _LENGTH.unpack(file.read(_LENGTH.size))
            if length > _MOST_HEADER:
                return None
            header = json.loads(file.read(length))
    except (OSError, ValueError, struct.error, RecursionError):
        return None
    return header if isinstance(header, dict) else None


def _makes_sense(tensor: object) -> bool:
    """Whether what a header says about a tensor is of the format's form."""
    if not isinstance(tensor, dict) or not isinstance(tensor.get("dtype"), str):
        return False
    shape, offsets = tensor.get("shape"), tensor.get("data_offsets")
    if not isinstance(shape, list) or not isinstance(offsets, list):
        return False
    numbers = [*shape, *offsets]
    counts = all(isinstance(one, int) and not isinstance(one, bool) and 0 <= one <= _LARGEST for one in numbers)
    return counts and len(shape) <= _MOST_DIMENSIONS and len(offsets) == 2 and offsets[0] <= offsets[1]
