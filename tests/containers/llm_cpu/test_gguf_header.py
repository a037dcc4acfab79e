from __future__ import annotations

import struct
from pathlib import Path

import pytest

from containers.llm_cpu.errors import ModelUnusable
from containers.llm_cpu.gguf_header import context_length


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def gguf(*entries: bytes, version: int = 3, letters: bytes = b"GGUF") -> bytes:
    return letters + struct.pack("<IQQ", version, 0, len(entries)) + b"".join(entries)


NAME = text("general.name") + struct.pack("<I", 8) + text("Tiny")
WORDS = text("tokenizer.words") + struct.pack("<IIQ", 9, 8, 2) + text("a") + text("b")
LENGTH = text("llama.context_length") + struct.pack("<II", 4, 2048)


def test_the_context_length_is_found_behind_texts_and_lists(tmp_path: Path) -> None:
    (tmp_path / "m.gguf").write_bytes(gguf(NAME, WORDS, LENGTH))
    assert context_length(tmp_path / "m.gguf") == 2048


def test_smollm2_holds_8192_tokens(generation_model: Path) -> None:
    [file] = generation_model.glob("*.gguf")
    assert context_length(file) == 8192


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"PK\x03\x04 a zip file", "does not start with the letters GGUF"),
        (gguf(version=1), "format version 1"),
        (gguf(NAME, LENGTH)[:40], "cannot be read"),
        (gguf(NAME), "does not say how many tokens"),
        (b"", "does not start with the letters GGUF"),
    ],
)
def test_a_file_that_is_no_usable_gguf_is_refused_with_its_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "m.gguf").write_bytes(content)
    with pytest.raises(ModelUnusable, match=reason):
        context_length(tmp_path / "m.gguf")
