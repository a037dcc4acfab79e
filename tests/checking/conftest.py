"""A catalog in the current directory with an error, a warning and a waived warning, and the command on it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from modelyard.cli.main import run

FOUR_KINDS = Path(__file__).parents[1] / "catalogs" / "four-kinds"
WAIVER = "waivers: [{rule: MY033, reason: tried on 2026-11-02, until: '2026-12-31'}]\n"
# Of the one entry that waives a rule in the templates' tests: here it has nothing to waive.
GRAPHS = (
    "  compiled: {sequence_length: 2048, batch_size: 4, tensor_parallel_degree: 2, "
    "artefacts: {s3: s3://weights/tiny-chat-neuron/}}\n"
)


@dataclass(frozen=True)
class Said:
    """What one command line left behind."""

    code: int
    out: str
    err: str


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the catalog with every kind, called `catalog` and seen from its parent; nothing is wrong in it."""
    shutil.copytree(FOUR_KINDS, tmp_path / "catalog")
    neuron = tmp_path / "catalog" / "endpoints" / "chat-neuron.yaml"
    entry = neuron.read_text().replace("  volume_gib: 64\n", f"  volume_gib: 64\n{GRAPHS}")
    neuron.write_text("".join(line for line in entry.splitlines(keepends=True) if not line.startswith("waivers:")))
    monkeypatch.chdir(tmp_path)
    for variable in ("MODELYARD_ENVIRONMENT", "MODELYARD_CATALOG"):
        monkeypatch.delenv(variable, raising=False)
    return Path("catalog")


@pytest.fixture
def mixed(catalog: Path) -> Path:
    """The same with a volume that AWS refuses, a capture that warns, and one whose warning is waived."""
    endpoints = catalog / "endpoints"
    summaries, shelf, chat = (endpoints / f"{name}.yaml" for name in ("summaries", "shelf", "chat"))
    summaries.write_text(summaries.read_text() + "capture: {sample_percent: 5}\n" + WAIVER)
    shelf.write_text(shelf.read_text() + "capture: {sample_percent: 5}\n")
    chat.write_text(
        chat.read_text().replace("  instance: ml.g5.2xlarge", "  instance: ml.g5.2xlarge\n  volume_gib: 64")
    )
    return catalog


@pytest.fixture
def check(capfd: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Runs `modelyard check` as of one day."""

    def command(*arguments: str, today: str = "2026-11-21") -> Said:
        code = run(["check", *arguments, "--today", today])
        captured = capfd.readouterr()
        return Said(code, captured.out, captured.err)

    return command
