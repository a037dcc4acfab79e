"""The metadata at the start of a GGUF file.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, versions 2 and 3, little endian. The file is whatever
somebody uploaded: what its counts say is believed only within bounds, and what is not wanted is passed over unread.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import BinaryIO

from containers.llm_cpu.errors import ModelUnusable

_NUMBERS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_STRING, _ARRAY = 8, 9
_LONGEST_KEY = 65_535
"""The format's own limit."""
_MOST_VALUES = 2_000_000
"""The largest vocabularies have some hundred thousand words and twice as many merges."""
_MOST_CONTEXT_TOKENS = 1 << 24
_DEEPEST = 4


class _NotGguf(Exception):
    """What is wrong with the file, in words that follow "cannot be read as a GGUF file"."""


def context_length(file: Path) -> int:
    """Tokens the model was trained to attend to, which the file gives as `<architecture>.context_length`."""
    try:
        with file.open("rb") as stream:
            found = _Reader(stream).find(".context_length")
    except (OSError, struct.error, UnicodeDecodeError, _NotGguf) as error:
        raise ModelUnusable(f"{file.name} cannot be read as a GGUF file: {error}") from error
    if not isinstance(found, int) or isinstance(found, bool):
        raise ModelUnusable(f"{file.name} does not say how many tokens its model's context holds")
    if not 1 <= found <= _MOST_CONTEXT_TOKENS:
        raise ModelUnusable(
            f"{file.name} says that its model's context holds {found} tokens; 1 to {_MOST_CONTEXT_TOKENS} can be served"
        )
    return found


class _Reader:
    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._size = os.fstat(stream.fileno()).st_size
        self._values = 0

    def find(self, ending: str) -> object:
        """The number under the first key with this ending."""
        if self._stream.read(4) != b"GGUF":
            raise _NotGguf("it does not start with the letters GGUF")
        version, _tensors, entries = struct.unpack("<IQQ", self._stream.read(20))
        if version not in (2, 3):
            raise _NotGguf(f"it has format version {version}, known are 2 and 3")
        for _ in range(entries):
            length = self._number(10)
            if length > _LONGEST_KEY:
                raise _NotGguf(f"one of its keys has {length} bytes, known are up to {_LONGEST_KEY}")
            key = self._stream.read(length).decode()
            kind = self._number(4)
            if key.endswith(ending):
                return self._number(kind) if kind in _NUMBERS else None
            self._pass(kind, depth=0)
        return None

    def _pass(self, kind: int, *, depth: int) -> None:
        """Goes on behind a value."""
        self._count()
        if kind == _STRING:
            self._skip(self._number(10))
        elif kind == _ARRAY:
            if depth == _DEEPEST:
                raise _NotGguf(f"its lists are nested deeper than {_DEEPEST}")
            inner, length = self._number(4), self._number(10)
            if inner in _NUMBERS:
                self._skip(length * struct.calcsize(_NUMBERS[inner]))
                return
            left = length
            while left:
                self._pass(inner, depth=depth + 1)
                left -= 1
        else:
            self._number(kind)

    def _count(self) -> None:
        self._values += 1
        if self._values > _MOST_VALUES:
            raise _NotGguf(f"its metadata has more than {_MOST_VALUES} values")

    def _skip(self, size: int) -> None:
        if size > self._size - self._stream.tell():
            raise _NotGguf("it ends in the middle of its metadata")
        self._stream.seek(size, os.SEEK_CUR)

    def _number(self, kind: int) -> int:
        layout = _NUMBERS.get(kind)
        if layout is None:
            raise _NotGguf(f"it has a value of kind {kind}, known are 0 to 12")
        number: int = struct.unpack(layout, self._stream.read(struct.calcsize(layout)))[0]
        return number
