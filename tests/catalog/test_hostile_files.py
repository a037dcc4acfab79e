"""What a pull request can put into a catalog's folder beside YAML: bounded, one sentence, nothing from elsewhere."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

import pytest

from modelyard.catalog import document, regular_file
from modelyard.catalog.account_quotas import quotas_path
from modelyard.catalog.instance_lock import FILE_NAME
from modelyard.catalog.loader import load
from modelyard.catalog.problem import CatalogErrors
from modelyard.catalog.scalars import AmbiguousScalarError, plain_scalar
from modelyard.catalog.suggestion import closest


def problems(folder: Path) -> list[str]:
    with pytest.raises(CatalogErrors) as errors:
        load(folder, "local")
    return [str(problem) for problem in errors.value.problems]


def every_file(folder: Path) -> list[Path]:
    """One of each kind of file that the loader opens."""
    quotas = quotas_path(folder, account="000000000000", region="us-east-1")
    quotas.parent.mkdir(exist_ok=True)
    shelves = ("endpoints/chat.yaml", "models/tiny-chat.yaml", "environments/local.yaml", "organisation.yaml")
    return [*(folder / name for name in shelves), folder / FILE_NAME, quotas]


def test_a_pipe_in_the_place_of_any_file_is_told_and_not_waited_for(folder: Path) -> None:
    for path in every_file(folder):
        kept = path.read_bytes() if path.exists() else None
        path.unlink(missing_ok=True)
        os.mkfifo(path)
        assert any("a pipe" in said for said in problems(folder)), path
        path.unlink()
        if kept is not None:
            path.write_bytes(kept)


@pytest.mark.parametrize("target", ["/dev/zero", "/etc/passwd", "/proc/self/environ", "../../secret.yaml"])
def test_a_link_out_of_the_repository_is_told_and_not_read(folder: Path, target: str) -> None:
    (folder.absolute().parent.parent / "secret.yaml").write_text("hidden: words\n", encoding="utf-8")
    for path in every_file(folder):
        kept = path.read_bytes() if path.exists() else None
        path.unlink(missing_ok=True)
        path.symlink_to(target)
        said = problems(folder)
        assert said and all("root" not in line and "words" not in line for line in said), said
        path.unlink()
        if kept is not None:
            path.write_bytes(kept)


def test_a_link_within_the_repository_is_followed(folder: Path) -> None:
    shared = folder / "shared.yaml"
    (folder / "endpoints" / "chat.yaml").rename(shared)
    (folder / "endpoints" / "chat.yaml").symlink_to("../shared.yaml")
    assert "chat" in load(folder, "local").entries


@pytest.mark.parametrize("shelf", ["endpoints", "models", "environments"])
def test_a_shelf_that_leads_out_of_the_repository_names_nothing_of_what_lies_there(folder: Path, shelf: str) -> None:
    elsewhere = folder.absolute().parent / "elsewhere"
    (folder / shelf).rename(elsewhere)
    (folder / shelf).symlink_to("/etc")
    said = problems(folder)
    assert sum(f"{shelf}/ is a link, and it leads out of the catalog's repository" in line for line in said) == 1
    assert not any("passwd" in line or "hostname" in line for line in said)


def test_a_folder_of_something_else_names_its_first_files_only(folder: Path) -> None:
    for number in range(200):
        (folder / "endpoints" / f"{number}.txt").write_text("", encoding="utf-8")
    assert len(problems(folder)) == 21


def test_no_more_is_read_of_a_file_than_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "x"
    with path.open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(regular_file.UnreadableFile, match="larger than 1 MiB"):
        regular_file.read_regular(path, most_bytes=regular_file.MIB)


def test_twenty_thousand_unknown_keys_are_one_sentence(folder: Path) -> None:
    path = folder / "endpoints" / "chat.yaml"
    path.write_text("kind: async\n" + "".join(f"unknown{n}: 1\n" for n in range(20_000)), encoding="utf-8")
    [said] = problems(folder)
    assert said.endswith("MY002 the table has 20001 keys, at most 2000 are read: no catalog needs more")


def test_of_many_unknown_keys_a_hundred_are_told_and_compared(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []
    close = difflib.get_close_matches
    monkeypatch.setattr(
        difflib,
        "get_close_matches",
        lambda word, *rest, **options: compared.append(word) or close(word, *rest, **options),
    )
    path = folder / "endpoints" / "chat.yaml"
    path.write_text("kind: async\n" + "".join(f"unknown{n}: 1\n" for n in range(1_900)), encoding="utf-8")
    assert len(problems(folder)) <= 101
    assert len(compared) <= 300


def test_a_word_is_compared_with_a_bounded_number_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    close = difflib.get_close_matches
    monkeypatch.setattr(
        difflib,
        "get_close_matches",
        lambda word, known, **options: sizes.append(len(known)) or close(word, known, **options),
    )
    names = [f"model-{number}" for number in range(10_000)] + ["tiny-chat"]
    assert closest("tiny-caht", names) == "tiny-chat"
    closest("model-x", names)
    assert max(sizes) <= 500


@pytest.mark.parametrize(
    "text", ["1" + "_" * 200_000 + "x", "1" + ":1" * 100_000 + "x", "0x" + "_" * 200_000 + "g", "1." + "_" * 200_000]
)
def test_a_long_scalar_costs_what_its_length_does(text: str) -> None:
    try:
        assert plain_scalar(text) == text
    except AmbiguousScalarError as ambiguous:
        assert len(str(ambiguous)) < 200


def test_the_depth_of_a_file_is_bounded_before_it_is_composed(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    for text in ("[" * 200_000, "{a: " * 100_000, "- " * 200_000, "? " * 200_000, "a:\n" + " " * 400 + "- " * 300):
        path.write_text(text, encoding="utf-8")
        found: list[document.Problem] = []
        assert document.read_document(path, found) is None
        assert len(found) == 1
