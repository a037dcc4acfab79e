"""Other packages may have the names that rooms had: the command runs beside them, whatever they do when imported."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

FOUR_KINDS = Path(__file__).parents[1] / "catalogs" / "four-kinds"
NEIGHBOURS = ("rules", "catalog", "cli", "capacity", "pricing", "stacks", "constructs_of_ours", "planning", "shell")


def test_a_check_runs_beside_packages_of_any_name(tmp_path: Path) -> None:
    shutil.copytree(FOUR_KINDS, tmp_path / "catalog")
    for name in NEIGHBOURS:
        (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / name / "__init__.py").write_text("raise AssertionError('a neighbour was imported')\n")
    program = "import sys; sys.path.insert(0, ''); from modelyard.cli.main import main; main()"
    run = subprocess.run(
        [sys.executable, "-c", program, "check", "-e", "local"], cwd=tmp_path, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    assert "no errors" in run.stdout
