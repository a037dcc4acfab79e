from __future__ import annotations

import struct
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from containers.llm_cpu import gguf_header
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


def entry(kind: int, value: bytes, key: str = "some.key") -> bytes:
    return text(key) + struct.pack("<I", kind) + value


def header(entries: int, rest: bytes) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", 3, 0, entries) + rest


HUGE = (1 << 64) - 1
NESTED = b"".join(struct.pack("<IQ", 9, 1) for _ in range(1000))
HOSTILE = {
    "entries without end": (header(HUGE, NAME), "cannot be read"),
    "a key of 16 EiB": (header(1, struct.pack("<Q", HUGE)), "one of its keys has 18446744073709551615 bytes"),
    "a text of 16 EiB": (header(1, entry(8, struct.pack("<Q", HUGE))), "ends in the middle of its metadata"),
    "a list of 16 EiB of numbers": (header(1, entry(9, struct.pack("<IQ", 10, HUGE))), "ends in the middle"),
    "a list of endless texts": (header(1, entry(9, struct.pack("<IQ", 8, HUGE))), "cannot be read"),
    "a list of endless lists": (header(1, entry(9, struct.pack("<IQ", 9, HUGE) + NESTED)), "nested deeper than 4"),
    "an unknown kind": (header(1, entry(77, b"")), "a value of kind 77"),
    "a list of an unknown kind": (header(1, entry(9, struct.pack("<IQ", 77, 1))), "a value of kind 77"),
    "a key that is no text": (header(1, struct.pack("<Q", 2) + b"\xff\xff" + bytes(8)), "cannot be read"),
    "a context as text": (gguf(entry(8, text("many"), "a.context_length")), "does not say how many"),
    "a context as a flag": (gguf(entry(7, b"\1", "a.context_length")), "does not say how many"),
    "a context of nothing": (gguf(entry(4, struct.pack("<I", 0), "a.context_length")), "holds 0 tokens"),
    "a negative context": (gguf(entry(5, struct.pack("<i", -1), "a.context_length")), "holds -1 tokens"),
    "a context without end": (gguf(entry(10, struct.pack("<Q", HUGE), "a.context_length")), "1 to 16777216"),
    "a fraction": (gguf(entry(6, struct.pack("<f", 2.5), "a.context_length")), "does not say how many"),
}


@pytest.mark.parametrize(("content", "reason"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_header_is_refused_with_its_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "m.gguf").write_bytes(content)
    with pytest.raises(ModelUnusable, match=reason):
        context_length(tmp_path / "m.gguf")


def test_so_many_values_are_walked_over_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gguf_header, "_MOST_VALUES", 100)
    words = struct.pack("<IQ", 8, 1000) + text("") * 1000
    (tmp_path / "m.gguf").write_bytes(gguf(entry(9, words), LENGTH))
    with pytest.raises(ModelUnusable, match="more than 100 values"):
        context_length(tmp_path / "m.gguf")


def test_numbers_are_passed_over_without_being_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gguf_header, "_MOST_VALUES", 10)
    numbers = struct.pack("<IQ", 6, 10_000) + bytes(40_000)
    (tmp_path / "m.gguf").write_bytes(gguf(entry(9, numbers), LENGTH))
    assert context_length(tmp_path / "m.gguf") == 2048


@given(st.binary(max_size=300))
def test_any_bytes_have_a_length_or_are_refused(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "m.gguf"
        file.write_bytes(gguf(NAME, WORDS)[:24] + content)
        with pytest.raises(ModelUnusable):
            context_length(file)
