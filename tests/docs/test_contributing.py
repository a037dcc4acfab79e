"""CONTRIBUTING.md names files and commands that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PAGE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
# build/ holds what is made.
NAMED = sorted(set(re.findall(r"`(?:\.venv/bin/\S+ )?(?!build/)((?:[\w.-]+/)+(?:[\w<>.-]+)?)", PAGE)))
STEPS = ("rule", "engine", "alarm", "kind", "fact")


def test_files_are_found_in_it():
    assert "src/modelyard/rules/rule.py" in NAMED and "tests/catalogs/four-kinds/" in NAMED and len(NAMED) > 50


@pytest.mark.parametrize("name", NAMED)
def test_a_file_that_it_names_exists(name: str):
    # What is to be added has no name yet: its folder exists.
    assert (ROOT / name.partition("<")[0].rpartition("/")[0]).is_dir() if "<" in name else (ROOT / name).exists()


@pytest.mark.parametrize("step", STEPS)
def test_each_addition_has_its_steps_and_its_tests(step: str):
    [section] = re.findall(rf"^## Add an? {step}\n(.*?)(?=^## )", PAGE, re.MULTILINE | re.DOTALL)
    assert re.search(r"`tests/", section)
    assert re.search(r"^(1\.|- )", section, re.MULTILINE)


def test_every_make_target_that_it_names_exists():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"`make ([a-z-]+)`", PAGE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_each_command_of_the_makefile_has_a_time():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    table = PAGE.split("## Set up")[1].split("## Tests")[0]
    untold = {"help", "clean", "synth", "sbom", "soak"}
    for target in set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE)) - untold:
        assert f"`make {target}`" in table or target.startswith("bench-"), target
