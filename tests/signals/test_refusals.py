"""Whatever cannot be drawn is one sentence, exit code 1, and no page, not even a part of one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import duckdb
import pytest

Record = dict[str, Any]
Recorded = Callable[..., Record]
Table = Callable[[Iterable[Record]], Path]
Signals = Callable[..., Any]
LAYOUT = "date=YYYY-MM-DD/hour=HH/*.parquet"


def refused(said: Any, folder: Path) -> str:
    """The sentence, after everything around it was looked at."""
    assert said.code == 1
    assert said.out == "" and said.page == ""
    assert not [path for path in folder.iterdir() if "signals.html" in path.name]
    assert said.err.startswith("modelyard: ") and said.err.count("\n") == 1
    return str(said.err.removeprefix("modelyard: ").rstrip())


def test_a_folder_that_is_not_there(signals: Signals, tmp_path: Path) -> None:
    assert refused(signals("nowhere"), tmp_path) == (
        f"there is no folder nowhere: name the one that holds {LAYOUT}, or an s3:// address"
    )


def test_a_file_in_place_of_a_folder(signals: Signals, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert refused(signals("file"), tmp_path) == f"file is a file: name the folder that holds {LAYOUT}"


def test_a_folder_without_records_and_the_likely_one(
    signals: Signals, table: Table, record: Recorded, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    assert refused(signals("empty"), tmp_path) == f"empty holds no records of requests ({LAYOUT})"
    table([record(1)])
    assert refused(signals(tmp_path), tmp_path) == (
        f"{tmp_path} holds no records of requests ({LAYOUT}): did you mean {tmp_path}/requests?"
    )


def test_files_without_a_row(signals: Signals, table: Table, record: Recorded, tmp_path: Path) -> None:
    folder = table([record(1)])
    (file,) = folder.rglob("*.parquet")
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE kept AS SELECT * FROM '{file}' WHERE false")
        connection.execute(f"COPY kept TO '{file}' (FORMAT parquet)")
    assert refused(signals(folder), tmp_path) == (
        f"the files of {folder} hold no records: nothing has been asked yet, or nothing was delivered"
    )


@pytest.mark.parametrize("content", [b"", b"PAR1", b"no parquet at all" * 100])
def test_a_broken_file_is_named(
    signals: Signals, table: Table, record: Recorded, tmp_path: Path, content: bytes
) -> None:
    folder = table([record(1), record(4000)])
    broken = folder / "date=2026-11-21" / "hour=08" / "2026/11/21/11" / "1.parquet"
    broken.write_bytes(content)
    sentence = refused(signals(folder), tmp_path)
    assert sentence.startswith(f"{broken} is no whole Parquet file (")
    assert sentence.endswith("): fetch it again, or move it away")


def test_a_file_whose_end_is_missing_is_named(signals: Signals, table: Table, record: Recorded, tmp_path: Path) -> None:
    folder = table(record(number) for number in range(100))
    (file,) = folder.rglob("*.parquet")
    file.write_bytes(file.read_bytes()[:-100])
    assert refused(signals(folder), tmp_path).startswith(f"{file} is no whole Parquet file (")


def test_bytes_that_changed_within_a_file(signals: Signals, table: Table, record: Recorded, tmp_path: Path) -> None:
    folder = table(record(number, latency_ms=1.5 * number) for number in range(800))
    for file in folder.rglob("*.parquet"):
        content = bytearray(file.read_bytes())
        content[200:4000] = b"\xff" * len(content[200:4000])
        file.write_bytes(content)
    assert str(folder) in refused(signals(folder), tmp_path)


def test_a_table_of_something_else(signals: Signals, tmp_path: Path) -> None:
    place = tmp_path / "other" / "date=2026-11-21" / "hour=07"
    place.mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT 1 AS price) TO '{place / 'a.parquet'}' (FORMAT parquet)")
    assert refused(signals("other"), tmp_path).startswith(
        "other is not the table of requests: its files have no column record_id, endpoint, variant"
    )


def test_rows_that_lack_what_every_record_has(signals: Signals, table: Table, record: Recorded, tmp_path: Path) -> None:
    folder = table([record(1), record(2, endpoint=None)])
    assert refused(signals(folder), tmp_path) == (
        f"{folder} is not the table of requests: 1 of 2 rows have no record_id, time, endpoint, status"
    )


def test_an_endpoint_that_has_no_records(signals: Signals, table: Table, record: Recorded, tmp_path: Path) -> None:
    folder = table([record(1), record(2, endpoint="faq")])
    assert refused(signals(folder, "--endpoint", "faq", "--endpoint", "suport-chat"), tmp_path) == (
        f"no endpoint suport-chat in the records of {folder}: did you mean support-chat?; they are of faq, support-chat"
    )


def test_a_span_without_records(signals: Signals, table: Table, record: Recorded, tmp_path: Path) -> None:
    folder = table([record(1)])
    assert refused(signals(folder, "--from", "2026-11-22"), tmp_path) == (
        f"{folder} has no records from 2026-11-22 00:00 UTC: its hours go from 2026-11-21 07:00 to "
        "2026-11-21 07:00 UTC; name another span with --from and --to"
    )
    assert refused(signals(folder, "--from", "2026-11-21T07:30", "--to", "2026-11-21T08:00"), tmp_path) == (
        f"{folder} has no records from 2026-11-21 07:30 to 2026-11-21 08:00 UTC: name another span with --from and --to"
    )


def test_times_that_are_none(signals: Signals, tmp_path: Path) -> None:
    assert refused(signals("x", "--from", "yesterday"), tmp_path) == (
        "--from is yesterday, must be a day or a time (UTC unless it names a zone): write 2026-11-21 or "
        "2026-11-21T07:00"
    )
    assert refused(signals("x", "--from", "2026-11-21", "--to", "2026-11-21"), tmp_path) == (
        "--from is 2026-11-21 00:00 and --to is 2026-11-21 00:00: nothing lies between; --to is the first moment that "
        "no longer counts"
    )


def test_a_page_that_cannot_be_written_leaves_nothing(
    signals: Signals, table: Table, record: Recorded, tmp_path: Path
) -> None:
    folder = table([record(1)])
    (tmp_path / "taken").mkdir()
    said = signals(folder, "--output", tmp_path / "taken")
    assert (said.code, said.err) == (1, f"modelyard: {tmp_path / 'taken'} is a folder: name a file with --output\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["requests", "taken"]


def test_neither_a_place_nor_an_environment(signals: Signals, tmp_path: Path, catalog: Any) -> None:
    said = signals("--catalog", catalog.folder)
    assert refused(said, tmp_path) == (
        f"environment {catalog.environment} has no signals, so nothing records its requests: write signals: into its "
        "file, or name a folder or an s3:// address"
    )


@pytest.mark.parametrize("name", ["[/]", "[/bold]", "[bold]x", "a\x1b[2Jb", "a\n::error::b", ":warning:"])
def test_an_endpoint_may_be_called_anything(signals: Signals, table: Table, record: Recorded, name: str) -> None:
    folder = table([record(number, endpoint=name) for number in range(3)])
    said = signals(folder)
    assert said.code == 0, said.err
    assert "\x1b" not in said.out and not any(line.lstrip().startswith("::") for line in said.out.splitlines())


def test_a_pipe_among_the_files_is_told_and_not_waited_for(signals: Signals, table: Table, record: Recorded) -> None:
    folder = table([record(1)])
    os.mkfifo(next(folder.rglob("*.parquet")).with_name("z.parquet"))
    said = signals(folder)
    assert said.code == 1 and "is a pipe, and records lie in plain files" in said.err
