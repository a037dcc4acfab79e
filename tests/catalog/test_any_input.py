"""Whatever a file holds: a catalog, or problems with file, line and column; never a traceback, never a hang."""

from __future__ import annotations

import os
import re
import shutil
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelyard.catalog.schema import CHOICE_TAGS
from modelyard.rules.catalogue import explained_rules
from modelyard.rules.reading import read

FOUR_KINDS = Path(__file__).parents[1] / "catalogs" / "four-kinds"
FILES = sorted(path.relative_to(FOUR_KINDS).as_posix() for path in FOUR_KINDS.rglob("*.yaml"))
# What a library says of its own, and what Python says of a defect.
FOREIGN_WORDS = ("pydantic", "Input should", "validation error", "Traceback")
LINE = re.compile(r"[^\n]+:(\d+):(\d+) (MY\d{3}) [^\n]+")
# `make test` tries 500 inputs over the four tests; whoever has more time says so.
EXAMPLES = int(os.environ.get("MODELYARD_FUZZ_EXAMPLES", "125"))
# No deadline: the machine is shared, and what is tested is the answer.
often = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])

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
# The schema's own marks are keys like any other.
keys = st.text(max_size=8) | st.sampled_from([*sorted(CHOICE_TAGS), "[key]"])
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**17, 10**400])
    | st.floats()
    | st.text(max_size=20)
    | st.dates(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(keys, below, max_size=3),
    max_leaves=6,
)


def outcome(name, content):
    """What a catalog says whose file `name` holds `content`; the answer has the promised form, whatever it is."""
    with TemporaryDirectory() as temporary:
        folder = Path(temporary) / "catalog"
        shutil.copytree(FOUR_KINDS, folder)
        (folder / name).write_bytes(content)
        reading = read(folder, "local", today=date(2026, 11, 21))
        said = [str(finding) for finding in reading.findings]
        assert reading.errors or reading.catalog
        assert all(finding.rule in explained_rules() for finding in reading.findings)
        assert not any(word in "\n".join(said) for word in FOREIGN_WORDS)
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


@pytest.mark.parametrize("mark", [*sorted(CHOICE_TAGS), "[key]"])
def test_a_key_spelt_like_a_mark_of_the_schema_is_told_by_its_name(mark):
    told = outcome("endpoints/chat.yaml", yaml.safe_dump({"kind": "real-time", mark: {mark: 1}}).encode())
    assert any(f"unknown key {mark}: " in line for line in told)
    told = outcome("endpoints/chat.yaml", f"kind: async\nserving: {{environment: {{'{mark}': a}}}}".encode())
    assert any(f"key {mark} of serving.environment must be" in line for line in told)
