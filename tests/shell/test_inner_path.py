from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelyard.shell.inner_path import UnsafeName, inner_path, refuse_overlaps

NAMES = [
    "", "/", "/etc/passwd", "..", ".", "a/..", "../a", "a/../b", "a/./b", "./a", "a//b", "//a", "a/", "a\0b", "a\nb",
    "a\x1bb",    "a\\b", "..\\a", "\u202ea", "a\u2028b", "a\udcffb", "x" * 256, "/".join("a" * 33), "é" * 600,
    "C:\\a", "\ufeff",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_no_path_below_a_folder_is_refused_in_one_printable_sentence(name: str) -> None:
    with pytest.raises(UnsafeName) as refused:
        inner_path(name)
    said = str(refused.value)
    assert said.isprintable() and len(said) < 300
    said.encode("utf-8")


@pytest.mark.parametrize("name", ["a", "a/b.safetensors", "...", "a..b", ".hidden", "größe/模型.bin", "a b", "x" * 255])
def test_what_people_call_files_passes(name: str) -> None:
    assert inner_path(name).as_posix() == name


@pytest.mark.parametrize("names", [["a", "a"], ["a", "a/b"], ["a/b/c", "a"], ["a/b", "x", "a/b/c"]])
def test_names_that_no_folder_can_hold_together_are_refused(names: list[str]) -> None:
    with pytest.raises(UnsafeName):
        refuse_overlaps(names)
    refuse_overlaps(["a", "b/c", "b/d", "b/c.txt", "ab/c"])


@given(
    st.text(max_size=40) | st.lists(st.sampled_from(["..", ".", "", "a", "/", "\\", "\0"]), max_size=8).map("/".join)
)
def test_whatever_passes_stays_below_the_folder_and_is_spelt_as_it_was(name: str) -> None:
    try:
        path = inner_path(name)
    except UnsafeName:
        return
    joined = Path("/some/folder") / path
    assert os.path.normpath(joined) == str(joined) == f"/some/folder/{name}"
