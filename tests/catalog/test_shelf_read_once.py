"""Files that hold the same text are parsed once, and each is found under its own path."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from modelyard.catalog import document
from modelyard.catalog.problem import Problem
from modelyard.catalog.shelf import FilesReadOnce


@pytest.fixture
def composed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that are parsed."""
    texts: list[str] = []
    composer = document._Composer

    def counting(text: str) -> yaml.CBaseLoader:
        texts.append(text)
        return composer(text)

    monkeypatch.setattr(document, "_Composer", counting)
    return texts


def written(folder: Path, text: str) -> Path:
    """A file of a catalog."""
    folder.mkdir()
    path = folder / "chat.yaml"
    path.write_text(text, "utf-8")
    return path


def test_the_same_text_in_two_places_is_parsed_once_and_found_in_both(tmp_path: Path, composed: list[str]) -> None:
    files, problems = FilesReadOnce(), list[Problem]()
    paths = [written(tmp_path / side, "kind: real-time\nserving: {engine: vllm}\n") for side in ("base", "here")]
    found = [files.document(path, problems) for path in paths]
    assert [str(each.path) for each in found if each] == [path.as_posix() for path in paths]
    assert [each.values for each in found if each] == [{"kind": "real-time", "serving": {"engine": "vllm"}}] * 2
    assert [each.position(("serving",)).path for each in found if each] == [path.as_posix() for path in paths]
    assert (len(composed), problems) == (1, [])


def test_a_text_that_differs_is_parsed_again(tmp_path: Path, composed: list[str]) -> None:
    files = FilesReadOnce()
    found = [
        files.document(written(tmp_path / side, f"kind: {kind}\n"), [])
        for side, kind in (("base", "async"), ("here", "real-time"))
    ]
    assert [each.values["kind"] for each in found if each] == ["async", "real-time"]
    assert len(composed) == 2


@pytest.mark.parametrize("text", ["kind: no\n", "kind: [\n", "kind: &a b\n", "- a list\n"])
def test_what_is_wrong_with_a_text_is_told_of_each_file(text: str, tmp_path: Path) -> None:
    files, problems = FilesReadOnce(), list[Problem]()
    paths = [written(tmp_path / side, text) for side in ("base", "here")]
    assert [files.document(path, problems) for path in paths] == [None, None]
    assert {problem.path for problem in problems} == {path.as_posix() for path in paths}
