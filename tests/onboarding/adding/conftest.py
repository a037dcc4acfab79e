"""A catalog of a company's own, without entries, and config.json files of many families.

The files in configs/ hold the numbers that each model's own config.json states, and nothing else of it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelyard.catalog.model_file import read_model
from modelyard.catalog.schema import Model
from modelyard.cli.main import run

CONFIGS = Path(__file__).parent / "configs"


def config(name: str) -> dict[str, Any]:
    """The numbers of one model."""
    found: dict[str, Any] = json.loads((CONFIGS / f"{name}.json").read_text("utf-8"))
    return found


@dataclass(frozen=True)
class Company:
    """A catalog folder and a place beside it for what models bring."""

    root: Path
    capture: pytest.CaptureFixture[str]

    @property
    def folder(self) -> Path:
        """The catalog."""
        return self.root / "catalog"

    def model_folder(self, name: str = "some-model", **files: Any) -> str:
        """A folder with files by their names (dots as `__`): bytes as they are, tables as JSON."""
        folder = self.root / name
        folder.mkdir(parents=True, exist_ok=True)
        for key, content in files.items():
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            (folder / key.replace("__", ".")).write_bytes(data)
        return str(folder)

    def run(self, verb: str, *arguments: str) -> tuple[int, str, str]:
        """One command line on this catalog."""
        code = run([verb, *arguments, "--catalog", str(self.folder)])
        captured = self.capture.readouterr()
        return code, captured.out, captured.err

    def add(self, *arguments: str) -> tuple[int, str, str]:
        """`modelyard add`."""
        return self.run("add", *arguments)

    def added(self, name: str) -> Model:
        """A model that the catalog has now."""
        return read_model(self.folder, name)

    def entry(self, name: str) -> dict[str, Any]:
        """An entry that the catalog has now."""
        found: dict[str, Any] = yaml.safe_load((self.folder / "endpoints" / f"{name}.yaml").read_text("utf-8"))
        return found

    def files(self) -> list[str]:
        """Everything that lies in the catalog."""
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file())


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Company:
    """One team, one environment, no entries and no models."""
    monkeypatch.delenv("MODELYARD_ENVIRONMENT", raising=False)
    folder = tmp_path / "catalog"
    for shelf in ("endpoints", "models", "environments"):
        (folder / shelf).mkdir(parents=True)
    (folder / "environments" / "here.yaml").write_text('account: "000000000000"\nregion: us-east-1\n', encoding="utf-8")
    (folder / "organisation.yaml").write_text(
        "teams: {crew: {cost_center: CC-1, owner: crew, alarms: {email: [crew@example.com]}}}\n", encoding="utf-8"
    )
    return Company(tmp_path, capfd)


@pytest.fixture
def own_config() -> Callable[[str], dict[str, Any]]:
    """The numbers of one of the models in configs/."""
    return config


@pytest.fixture
def copied(tmp_path: Path) -> Callable[[str], str]:
    """A config.json that lies alone in a folder."""

    def copy(name: str) -> str:
        folder = tmp_path / name
        folder.mkdir()
        shutil.copy(CONFIGS / f"{name}.json", folder / "config.json")
        return str(folder)

    return copy
