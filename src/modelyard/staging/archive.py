"""A model's files as one `tar.gz`, the form in which serverless and multi-model endpoints take them."""

from __future__ import annotations

import gzip
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, cast

from modelyard.staging.weights import LocalWeights

# Weights hardly compress: the fastest level loses a few percent of size and saves minutes per model.
_COMPRESSION_LEVEL = 1


def write_archive(weights: LocalWeights, destination: Path, *, on_bytes: Callable[[int], None]) -> None:
    """Write the archive; the same files give the same bytes, whatever their times, owners or order on disk.

    The archive appears under its name only when it is whole. `on_bytes` hears how many bytes were read since last time.
    """
    unfinished = destination.with_name(f"{destination.name}.unfinished")
    try:
        with (
            unfinished.open("wb") as raw,
            gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=_COMPRESSION_LEVEL, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
        ):
            for file in weights.files:
                entry = tarfile.TarInfo(file.name)
                entry.size = file.size_bytes
                entry.mode = 0o644
                with file.path.open("rb") as content:
                    archive.addfile(entry, cast(IO[bytes], _Counted(content, on_bytes)))
        unfinished.replace(destination)
    finally:
        unfinished.unlink(missing_ok=True)


class _Counted:
    """A file that tells how much of it was read."""

    def __init__(self, file: IO[bytes], on_bytes: Callable[[int], None]) -> None:
        self._file = file
        self._on_bytes = on_bytes

    def read(self, size: int = -1) -> bytes:
        block = self._file.read(size)
        self._on_bytes(len(block))
        return block
