"""The metadata at the start of a GGUF file.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, versions 2 and 3, little endian.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from containers.llm_cpu.errors import ModelUnusable

_NUMBERS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_STRING, _ARRAY = 8, 9


def context_length(file: Path) -> int:
    """Tokens the model was trained to attend to, which the file gives as `<architecture>.context_length`."""
    try:
        with file.open("rb") as stream:
            found = _find(stream, ".context_length")
    except (OSError, struct.error, UnicodeDecodeError, KeyError) as error:
        raise ModelUnusable(f"{file.name} cannot be read as a GGUF file: {error}") from error
    if not isinstance(found, int):
        raise ModelUnusable(f"{file.name} does not say how many tokens its model's context holds")
    return found


def _find(stream: BinaryIO, ending: str) -> object:
    if stream.read(4) != b"GGUF":
        raise OSError("it does not start with the letters GGUF")
    version, _tensors, entries = struct.unpack("<IQQ", stream.read(20))
    if version not in (2, 3):
        raise OSError(f"it has format version {version}, known are 2 and 3")
    for _ in range(entries):
        key = _string(stream)
        value = _value(stream, _number(stream, 4))
        if key.endswith(ending):
            return value
    return None


def _value(stream: BinaryIO, kind: int) -> object:
    if kind == _STRING:
        return _string(stream)
    if kind == _ARRAY:
        inner, length = _number(stream, 4), _number(stream, 10)
        return [_value(stream, inner) for _ in range(length)]
    layout = _NUMBERS[kind]
    return struct.unpack(layout, stream.read(struct.calcsize(layout)))[0]


def _number(stream: BinaryIO, kind: int) -> int:
    layout = _NUMBERS[kind]
    return int(struct.unpack(layout, stream.read(struct.calcsize(layout)))[0])


def _string(stream: BinaryIO) -> str:
    return stream.read(_number(stream, 10)).decode()
