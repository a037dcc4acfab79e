"""The synth that ours is timed beside writes the same resources, from the same blueprint by plain calls."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "synth" / "run.py"


def test_plain_calls_write_the_templates_that_the_app_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.spec_from_file_location("bench_synth", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # A dataclass looks its module up by name.
    monkeypatch.setitem(sys.modules, "bench_synth", module)
    spec.loader.exec_module(module)
    # Of the foundation and of one endpoint: more of them differ by their names alone.
    assert module.Bench(tmp_path).check_equal(1) == 2
