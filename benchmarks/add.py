"""How long `modelyard add` takes to write the files of a model and its endpoint, and to check them.

    .venv/bin/python benchmarks/add.py [--rounds 5] [--results FILE]

Every figure is of a process of its own, from its start to its end, on a copy of the project's catalog that it writes
to once: seconds on the clock and seconds of CPU (user and system, wait4). The configurations are those of the tests.
`start` is the interpreter that does nothing; what is over it is work.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CONFIGS = ROOT / "tests" / "onboarding" / "adding" / "configs"
MODELYARD = (sys.executable, "-c", "from modelyard.cli.main import main; main()")
START = (sys.executable, "-c", "pass")
SHOWN = ("gpt2", "llama-3.1-8b", "gemma-3-4b-vision", "qwen3-30b-a3b", "deepseek-v3-fp8")


@dataclass(frozen=True, kw_only=True)
class Took:
    """One process."""

    clock: float
    cpu: float


def main() -> int:
    """Print the table; write it to a file as well if one is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--results", type=Path)
    asked = parser.parse_args()
    rows = {"start": [ended(START) for _ in range(asked.rounds)]}
    for name in SHOWN:
        rows[name] = [added(name) for _ in range(asked.rounds)]
    rows["a model that is shipped"] = [added(None) for _ in range(asked.rounds)]
    text = table(rows, asked.rounds)
    print(text, end="")
    if asked.results:
        asked.results.write_text(f"$ benchmarks/add.py --rounds {asked.rounds}\n{text}", encoding="utf-8")
    return 0


def added(name: str | None) -> Took:
    """One addition to a fresh copy of the catalog, which must succeed."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "catalog"
        for shelf in ("endpoints", "models", "environments", "schema"):
            shutil.copytree(ROOT / "catalog" / shelf, folder / shelf)
        shutil.copy(ROOT / "catalog" / "organisation.yaml", folder)
        source = "qwen3-8b"
        if name is not None:
            (Path(scratch) / "new-model").mkdir()
            shutil.copy(CONFIGS / f"{name}.json", Path(scratch) / "new-model" / "config.json")
            source = str(Path(scratch) / "new-model")
        return ended((*MODELYARD, "add", source, "--team", "support", "--licence", "mit", "--catalog", str(folder)))


def ended(command: tuple[str, ...]) -> Took:
    """One process from its start to its end; it must succeed."""
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    took = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command[-8:])} ended with {process.returncode}")
    return Took(clock=took, cpu=used.ru_utime + used.ru_stime)


def table(rows: dict[str, list[Took]], rounds: int) -> str:
    """Medians, and the slowest round."""
    lines = [
        f"{time.strftime('%Y-%m-%d')}, Python {platform.python_version()}, {platform.machine()}",
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, medians of {rounds} rounds",
        "",
        f"{'':26}{'clock':>10}{'slowest':>10}{'CPU':>10}{'work (CPU over start)':>24}",
    ]
    start = statistics.median(took.cpu for took in rows["start"])
    for name, took in rows.items():
        clock, cpu = statistics.median(one.clock for one in took), statistics.median(one.cpu for one in took)
        slowest = max(one.clock for one in took)
        lines.append(f"{name:26}{clock:>8.2f} s{slowest:>8.2f} s{cpu:>8.2f} s{max(0.0, cpu - start):>22.2f} s")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
