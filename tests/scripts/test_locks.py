"""Every lock pins every package by hash, so that nothing else than what was looked at is installed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# What another file of the same folder is resolved with, and nothing installs.
NOT_INSTALLED = {"containers/vllm/requirements-test-overrides.txt"}
FOUND = sorted([ROOT / "requirements.txt", *ROOT.glob("*/requirements*.txt"), *ROOT.glob("*/*/requirements*.txt")])
LOCKS = [path for path in FOUND if path.relative_to(ROOT).as_posix() not in NOT_INSTALLED and ".venv" not in path.parts]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_package_of_a_lock_has_a_version_and_hashes(lock):
    text = lock.read_text("utf-8")
    package = r"[a-zA-Z0-9][\w.\[\]-]*==\S+(?: ;[^\\\n]+)? \\\n(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+"
    assert re.sub(package, "", text).strip() == ""


def test_what_makefile_and_dockerfiles_install_asks_for_hashes():
    for path in (ROOT / "scripts" / "create-environment.sh", *ROOT.glob("containers/*/Dockerfile")):
        for line in path.read_text("utf-8").splitlines():
            if re.search(r"pip\S* .*install", line) and not line.lstrip().startswith("#"):
                assert "--require-hashes" in line and "--no-deps" in line, f"{path}: {line}"
