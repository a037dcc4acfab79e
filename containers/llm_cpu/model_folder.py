"""What a folder of artifacts holds: a GGUF file to generate with, or a sentence encoder to embed with."""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from containers.llm_cpu.engine import EngineKind
from containers.llm_cpu.errors import ModelUnusable

_LIBRARIES_BYTES = 150 * 1024 * 1024
_CACHE_BYTES: dict[EngineKind, int] = {"generation": 220 * 1024 * 1024, "embedding": 0}
_BYTES_FOR_EACH_OF_WEIGHTS: dict[EngineKind, float] = {"generation": 3.0, "embedding": 1.5}
_MOST_ENTRIES = 10_000
_NAMES_SHOWN = 5
_ENCODER_FILES = ("config.json", "model.safetensors", "tokenizer.json")


@dataclass(frozen=True, kw_only=True)
class ModelFolder:
    path: Path
    kind: EngineKind
    weights: Path

    @property
    def name(self) -> str:
        """How answers and metrics call the model: by its file where that says something, else by its folder."""
        return self.weights.stem if self.kind == "generation" else self.path.resolve().name

    @property
    def memory_needed_bytes(self) -> int:
        """From measurements: 407 MiB for a GGUF file of 94 MiB and 625 MiB once its KV cache has been filled, 220 MiB
        for an encoder of 87 MiB."""
        return round(
            _LIBRARIES_BYTES
            + _CACHE_BYTES[self.kind]
            + _BYTES_FOR_EACH_OF_WEIGHTS[self.kind] * self.weights.stat().st_size
        )


def _entries(folder: Path) -> list[Path]:
    """Sorted by name. A model has a handful of files; whoever lists millions keeps everyone waiting."""
    with os.scandir(folder) as entries:
        found = [folder / entry.name for entry in islice(entries, _MOST_ENTRIES + 1)]
    if len(found) > _MOST_ENTRIES:
        raise ModelUnusable(f"the model folder {folder} holds more than {_MOST_ENTRIES} entries")
    return sorted(found)


def _printable(name: str) -> str:
    return name if name.isprintable() else ascii(name)


def _named(folder: ModelFolder) -> ModelFolder:
    """The name stands in answers, metrics and lines of the log; a line break in it would be two lines."""
    for name in (folder.name, folder.weights.name, folder.path.name):
        if not name.isprintable():
            raise ModelUnusable(f"the model folder holds the name {ascii(name)}, which cannot be printed; rename it")
    return folder


def _refuse_what_is_no_file(file: Path) -> None:
    """A named pipe waits for ever, a device never ends. Links are followed: download caches consist of them."""
    if not file.is_file():
        raise ModelUnusable(
            f"{file.name} is no file, or a link to none: a folder, a device or a named pipe is no model"
        )


def open_model_folder(path: Path) -> ModelFolder:
    """Archives may hold their files in one folder of their own, so that is looked into as well."""
    if not path.is_dir():
        raise ModelUnusable(f"the model folder {path} does not exist")
    inner = [entry for entry in _entries(path) if entry.is_dir() and not entry.name.startswith(".")]
    for folder in [path, *(inner if len(inner) == 1 else [])]:
        weights = [entry for entry in _entries(folder) if entry.suffix == ".gguf"]
        if len(weights) > 1:
            names = ", ".join(_printable(file.name) for file in weights[:_NAMES_SHOWN])
            raise ModelUnusable(f"the model folder {folder} holds {len(weights)} GGUF files ({names}); leave one")
        if weights:
            found = _named(ModelFolder(path=folder, kind="generation", weights=weights[0]))
            _refuse_what_is_no_file(found.weights)
            return found
        if all((folder / name).is_file() for name in _ENCODER_FILES):
            return _named(ModelFolder(path=folder, kind="embedding", weights=folder / "model.safetensors"))
    raise ModelUnusable(
        f"the model folder {path} holds neither one *.gguf file (generation) "
        f"nor {', '.join(_ENCODER_FILES)} (embedding)"
    )
