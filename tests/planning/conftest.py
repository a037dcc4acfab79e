"""A git repository with a catalog of every kind, and the command line as a person uses it there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from modelyard.cli.main import run

CATALOG = Path(__file__).parents[1] / "catalogs" / "four-kinds"


@dataclass(frozen=True)
class Said:
    """What one command line left behind."""

    code: int
    out: str
    err: str

    def json(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.out)
        return document


@dataclass(frozen=True)
class Repository:
    """A checkout whose main branch holds the catalog in one commit."""

    folder: Path

    def git(self, *arguments: str) -> str:
        """What git says in it."""
        surroundings = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.com",
            "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@example.com",
        }  # fmt: skip
        run = subprocess.run(
            ["git", *arguments], cwd=self.folder, env=surroundings, capture_output=True, text=True, check=True
        )
        return run.stdout.strip()

    def commit(self, what: str = "a change") -> str:
        """Commit everything; the commit's id."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", what)
        return self.git("rev-parse", "HEAD")

    def edit(self, path: str, before: str, after: str) -> None:
        """Replace a piece of one of the catalog's files."""
        file = self.folder / "catalog" / path
        text = file.read_text("utf-8")
        assert before in text
        file.write_text(text.replace(before, after, 1), encoding="utf-8")

    def append(self, path: str, text: str) -> None:
        """Write to the end of one of the catalog's files."""
        file = self.folder / "catalog" / path
        file.write_text(file.read_text("utf-8") + text, encoding="utf-8")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A checkout of main; the test stands in it."""
    made = Repository(tmp_path / "checkout")
    shutil.copytree(CATALOG, made.folder / "catalog")
    made.git("init", "--quiet", "--initial-branch", "main")
    made.commit("the catalog")
    monkeypatch.chdir(made.folder)
    for name in ("MODELYARD_ENVIRONMENT", "MODELYARD_CATALOG"):
        monkeypatch.delenv(name, raising=False)
    return made


Plan = Callable[..., Said]


@pytest.fixture
def plan(capfd: pytest.CaptureFixture[str]) -> Plan:
    """Runs `modelyard plan` where the test stands."""

    def command(*arguments: str) -> Said:
        code = run(["plan", *arguments])
        captured = capfd.readouterr()
        return Said(code, captured.out, captured.err)

    return command
