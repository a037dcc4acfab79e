from __future__ import annotations

import pytest

from modelyard.catalog.document import read_document
from modelyard.catalog.problem import Position

LIMIT = 1024 * 1024


def told(path, content):
    path.write_bytes(content)
    problems = []
    document = read_document(path, problems)
    assert (document is None) == bool(problems)
    return [f"{problem.line}:{problem.column} {problem.rule_id} {problem.message}" for problem in problems]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"kind: a\0b\n", "1:8 MY001 the file holds character U+0000, which is no text: remove it"),
        (b"\xef\xbb\xbfkind: a\n", "1:1 MY001 the file starts with a byte order mark: save it as UTF-8 without one"),
        (
            "kind: a\n".encode("utf-16"),
            "1:1 MY001 the file is encoded in UTF-16; a catalog file is UTF-8: save it as UTF-8",
        ),
        ("kind: a\nteam: b\xfcro\n".encode("latin-1"), "2:8 MY001 byte 0xfc is not UTF-8: save the file as UTF-8"),
        (b"kind: a\nteam: \x07\n", "2:7 MY001 the file holds character U+0007, which is no text: remove it"),
        (b"kind: a\n\tteam: b\n", "2:1 MY001 a tab stands in the indentation: indent with spaces"),
        (b"[" * 100_000, "1:21 MY002 tables and lists nest more than 20 deep: no key needs that; check the brackets"),
        (b"- " * 50_000, "1:41 MY002 tables and lists nest more than 20 deep: no key needs that; check the brackets"),
        (b"%YAML 1.1\n---\nkind: a\n", "1:1 MY002 a % directive is refused: remove it"),
        (b"<<: {kind: a}\n", "1:1 MY002 merge key << is refused: use the environment's `defaults:`"),
        (b"? [a, b]\n: c\n", "1:3 MY002 a key is a table or a list: keys are single words"),
    ],
    ids=lambda value: None if isinstance(value, bytes) else value[:40],
)  # fmt: skip
def test_a_file_that_is_no_plain_text_is_refused_in_one_sentence(tmp_path, content, sentence):
    assert told(tmp_path / "x.yaml", content) == [sentence]


def test_a_file_of_ten_megabytes_is_refused_unread(tmp_path):
    [said] = told(tmp_path / "x.yaml", b"kind: real-time\n" * (10 * LIMIT // 16))
    assert said.startswith("1:1 MY001 the file is larger than 1 MiB")


def test_an_anchor_bomb_is_refused_at_its_first_anchor(tmp_path):
    bomb = b"a: &a [x, x]\n" + b"".join(b"%c: &%c [*%c, *%c]\n" % (n, n, n - 1, n - 1) for n in range(98, 123))
    [said] = told(tmp_path / "x.yaml", bomb)
    assert said.startswith("1:4 MY002 anchor &a is refused")


def test_tables_within_tables_are_refused_at_the_twentieth(tmp_path):
    deep = "".join("  " * depth + "a:\n" for depth in range(40)).encode()
    [said] = told(tmp_path / "x.yaml", deep)
    assert "MY002 tables and lists nest more than 20 deep" in said


def test_a_folder_in_the_place_of_a_file_is_refused(tmp_path):
    problems = []
    assert read_document(tmp_path, problems) is None
    assert [problem.message for problem in problems] == [
        "the file cannot be read (it is a folder): put a plain file there"
    ]


def test_long_lines_and_special_characters_in_quotes_are_ordinary_text(tmp_path):
    text = "&*!%[{" * 300
    path = tmp_path / "x.yaml"
    path.write_text(f'note: "{text}"\n', encoding="utf-8")
    document = read_document(path, [])
    assert document is not None and document.values == {"note": text}


def test_a_key_is_always_text_whatever_it_would_mean_as_a_value(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text("on: 1\nno: 2\n12: 3\nnull: 4\n", encoding="utf-8")
    document = read_document(path, [])
    assert document is not None and document.values == {"on": 1, "no": 2, "12": 3, "null": 4}


def test_positions_count_from_one_and_name_key_or_value(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text("a:\n  b: [1, {c: 2}]\n", encoding="utf-8")
    document = read_document(path, [])
    assert document is not None
    assert document.position(("a", "b")) == Position(document.path, 2, 6)
    assert document.position(("a", "b"), key=True) == Position(document.path, 2, 3)
    assert document.position(("a", "b", 1, "c")) == Position(document.path, 2, 14)
    assert document.position(("a", "absent")) == Position(document.path, 1, 1)


def test_a_path_below_the_current_folder_is_shown_relative_to_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert told(tmp_path / "x.yaml", b"a: !x b\n") and not (tmp_path / "x.yaml").is_dir()
    problems = []
    read_document(tmp_path / "x.yaml", problems)
    assert problems[0].path == "x.yaml"
