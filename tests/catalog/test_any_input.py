"""Whatever a file holds: a catalog, or problems with file, line and column; never a traceback, never a hang."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.loader import load
from catalog.problem import LOADER_CHECKS, CatalogErrors
from rules.engine import check

FOUR_KINDS = Path(__file__).parents[1] / "catalogs" / "four-kinds"
FILES = sorted(path.relative_to(FOUR_KINDS).as_posix() for path in FOUR_KINDS.rglob("*.yaml"))
LINE = re.compile(r"[^\n]+:(\d+):(\d+) (MY\d{3}) [^\n]+")
# No deadline: the machine is shared, and what is tested is the answer.
often = settings(max_examples=125, deadline=None, suppress_health_check=[HealthCheck.too_slow])

pieces = (
    *(
        "no",
        "on",
        "010",
        "8.03e9",
        "1_0",
        "~",
        "null",
        "true",
        "[]",
        "{}",
        "- a",
        "a: b",
        "'x",
        '"x',
        "*a",
        "&a b",
        "!t x",
    ),
    *(
        "|",
        "2026-11-02",
        "{{resolve:x}}",
        "ml.g5.2xlarge",
        "x" * 300,
        "-1",
        "0",
        "1.5",
        "# c",
        "\t",
        "\0",
        "\ufeff",
        "\x85",
    ),
)
words = st.sampled_from(pieces)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=8), below, max_size=3),
    max_leaves=6,
)


def outcome(name, content):
    """What a catalog says whose file `name` holds `content`; the answer has the promised form, whatever it is."""
    with TemporaryDirectory() as temporary:
        folder = Path(temporary) / "catalog"
        shutil.copytree(FOUR_KINDS, folder)
        (folder / name).write_bytes(content)
        try:
            said = [str(finding) for finding in check(load(folder, "local"))]
        except CatalogErrors as errors:
            said = [str(problem) for problem in errors.problems]
            assert said
            assert all(problem.rule_id in LOADER_CHECKS for problem in errors.problems)
            assert not any(
                word in str(errors) for word in ("pydantic", "Input should", "validation error", "Traceback")
            )
        for line in said:
            match = LINE.fullmatch(line)
            assert match, line
            assert int(match[1]) >= 1 and int(match[2]) >= 1
        return said


@often
@given(st.sampled_from(FILES), st.binary(max_size=400))
def test_any_bytes_are_answered_in_lines(name, content):
    outcome(name, content)


@often
@given(st.sampled_from(FILES), st.data())
def test_a_file_cut_and_mended_anywhere_is_answered_in_lines(name, data):
    text = (FOUR_KINDS / name).read_text("utf-8")
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    outcome(name, (text[:start] + data.draw(words) + text[end:]).encode())


@often
@given(st.sampled_from(FILES), st.data())
def test_any_value_in_any_place_is_answered_in_lines(name, data):
    document = yaml.safe_load((FOUR_KINDS / name).read_text("utf-8").replace(" on:", ' "on":'))
    place, key = document, None
    while True:
        key = data.draw(st.sampled_from(sorted(place)))
        if not isinstance(place[key], dict) or not place[key] or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = data.draw(values)
    outcome(name, yaml.safe_dump(document, allow_unicode=True).encode())


@often
@given(st.sampled_from(["endpoints/chat.yaml", "environments/local.yaml"]), values)
def test_any_document_is_answered_in_lines(name, value):
    outcome(name, yaml.safe_dump(value, allow_unicode=True).encode())
