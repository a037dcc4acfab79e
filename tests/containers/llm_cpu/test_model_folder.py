from __future__ import annotations

import os
from pathlib import Path

import pytest

from containers.llm_cpu.errors import ModelUnusable
from containers.llm_cpu.model_folder import open_model_folder


def encoder(path: Path) -> Path:
    path.mkdir(exist_ok=True)
    for name in ("config.json", "model.safetensors", "tokenizer.json"):
        (path / name).write_text("{}")
    return path


def test_one_gguf_file_means_generation_and_names_the_model(gguf_folder: Path) -> None:
    folder = open_model_folder(gguf_folder)
    assert (folder.kind, folder.name, folder.weights.name) == ("generation", "tiny", "tiny.gguf")


def test_the_files_of_a_sentence_encoder_mean_embedding_and_the_folder_names_it(tmp_path: Path) -> None:
    folder = open_model_folder(encoder(tmp_path / "minilm"))
    assert (folder.kind, folder.name, folder.weights.name) == ("embedding", "minilm", "model.safetensors")


def test_an_archive_with_one_folder_inside_is_understood(tmp_path: Path) -> None:
    encoder(tmp_path / "minilm")
    assert open_model_folder(tmp_path).path == tmp_path / "minilm"


def test_memory_is_asked_for_by_the_size_of_the_weights(gguf_folder: Path) -> None:
    small = open_model_folder(gguf_folder).memory_needed_bytes
    (gguf_folder / "tiny.gguf").write_bytes(b"GGUF" * 1000)
    assert open_model_folder(gguf_folder).memory_needed_bytes - small == 3 * 3996


def test_two_gguf_files_leave_the_choice_open_and_are_refused(gguf_folder: Path) -> None:
    (gguf_folder / "other.gguf").write_bytes(b"GGUF")
    with pytest.raises(ModelUnusable, match=r"holds 2 GGUF files \(other.gguf, tiny.gguf\); leave one"):
        open_model_folder(gguf_folder)


@pytest.mark.parametrize("inside", [[], ["config.json"], ["a/x", "b/x"]])
def test_a_folder_without_a_model_is_refused_with_what_it_should_hold(tmp_path: Path, inside: list[str]) -> None:
    for name in inside:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}")
    with pytest.raises(ModelUnusable, match=r"neither one \*.gguf file .* nor config.json, model.safetensors"):
        open_model_folder(tmp_path)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match="does not exist"):
        open_model_folder(tmp_path / "none")


@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "link to a device", "link to nothing", "link to itself"])
def test_only_a_file_is_a_model(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "m.gguf"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        targets = {"device": "/dev/zero", "link to a device": "/dev/tty", "link to nothing": "none"}
        path.symlink_to(targets.get(kind, path))
    with pytest.raises(ModelUnusable, match="m.gguf is no file"):
        open_model_folder(tmp_path)


def test_a_link_to_a_file_is_a_model_as_in_caches_of_downloads(tmp_path: Path) -> None:
    (tmp_path / "blob").write_bytes(b"GGUF")
    (tmp_path / "snapshot").mkdir()
    (tmp_path / "snapshot" / "m.gguf").symlink_to(tmp_path / "blob")
    assert open_model_folder(tmp_path / "snapshot").memory_needed_bytes > 0


def test_a_folder_of_very_many_entries_is_refused(tmp_path: Path) -> None:
    for number in range(10_001):
        (tmp_path / str(number)).touch()
    with pytest.raises(ModelUnusable, match="holds more than 10000 entries"):
        open_model_folder(tmp_path)


@pytest.mark.parametrize("name", [b"a\nmodelyard: loaded b", b"\xff", b"a\x1b[31m", "a\u202eb".encode()])
@pytest.mark.parametrize("kind", ["a file", "a folder", "two files"])
def test_a_name_that_would_make_two_lines_of_one_is_refused(tmp_path: Path, kind: str, name: bytes) -> None:
    bad = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name + b".gguf"))
    if kind == "a folder":
        encoder(bad)
    else:
        bad.write_bytes(b"GGUF")
    if kind == "two files":
        (tmp_path / "other.gguf").write_bytes(b"GGUF")
    with pytest.raises(ModelUnusable) as refused:
        open_model_folder(tmp_path)
    assert refused.value.sentence.isprintable()
