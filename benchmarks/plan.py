"""How long `modelyard plan` takes for one changed entry of many, beside `modelyard check` and parsing the same bytes.

    .venv/bin/python benchmarks/plan.py [--entries 1000] [--rounds 3]

Every figure is the CPU (user and system) of a process of its own, as in `check.py`, whose catalog this is; medians over
rounds in which each program runs once. The catalog lies in a git repository of its own: both sides are described by the
code here, and of what is equal on both only as many stacks are described as are billed in different ways.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from check import MODELYARD, Cost, commands, cost_of, median, write_catalog
from rich.console import Console
from rich.table import Table

PROGRAMS = ("floor", "check", "plan")


def write_repository(folder: Path, entries: int) -> None:
    """A repository with so many entries in its first commit, and one that was changed since."""
    write_catalog(folder, entries)
    identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.com"]
    for words in (["init", "--quiet"], ["add", "--all"], [*identity, "commit", "--quiet", "--message", "a"]):
        subprocess.run(["git", *words], cwd=folder, check=True)
    changed = folder / "endpoints" / "chat-00000.yaml"
    changed.write_text(f"{changed.read_text('utf-8')}log_keep_days: 7\n", "utf-8")


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    costs: dict[str, list[Cost]] = {name: [] for name in PROGRAMS}
    with tempfile.TemporaryDirectory(prefix="bench-plan-") as temporary:
        folder = Path(temporary)
        write_repository(folder, options.entries)
        programs = commands(folder, options.entries, folder / "out")
        programs["plan"] = (*MODELYARD, "plan", "--catalog", str(folder), "--environment", "bench")
        for _ in range(options.rounds):
            for name in PROGRAMS:
                costs[name].append(cost_of(programs[name]))
    medians = {name: median(measured).cpu_seconds for name, measured in costs.items()}
    table = Table("program", "CPU seconds, median", "times the floor")
    for name, seconds in medians.items():
        table.add_row(name, f"{seconds:.2f}", f"{seconds / medians['floor']:.1f}")
    console = Console(width=100)
    console.print(f"{options.entries} entries, one changed; {options.rounds} rounds; Python {sys.version.split()[0]}")
    console.print(table)


if __name__ == "__main__":
    main()
