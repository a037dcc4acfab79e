"""How long `modelyard plan` takes for one changed entry of many, beside `modelyard check` and parsing the same bytes.

    .venv/bin/python benchmarks/plan.py [--entries 1000] [--rounds 3]

Every figure is the CPU (user and system) of a process of its own, as the kernel counts it when it has ended; medians
over rounds in which each program runs once. The catalog lies in a git repository of its own: both sides are described
by the code here, and what is equal on both is not described at all.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
FOUR_KINDS = ROOT / "tests" / "catalogs" / "four-kinds"
RUN = (sys.executable, "-c", "from modelyard.cli.main import main; main()")
FLOOR = """
import sys
from pathlib import Path
import yaml
for path in Path(sys.argv[1]).rglob("*.yaml"):
    yaml.compose(path.read_bytes(), Loader=yaml.CSafeLoader)
"""


def write_repository(folder: Path, entries: int) -> None:
    """A repository with so many entries in its first commit, and one that was changed since."""
    shutil.copytree(FOUR_KINDS, folder / "catalog", ignore=shutil.ignore_patterns("endpoints", "guarded.yaml"))
    (folder / "catalog" / "endpoints").mkdir()
    text = (FOUR_KINDS / "endpoints" / "chat.yaml").read_text("utf-8")
    for number in range(entries):
        own = text.replace("[ChatBackend]", f"[Caller-of-chat-{number:04d}]")
        (folder / "catalog" / "endpoints" / f"chat-{number:04d}.yaml").write_text(own, "utf-8")
    identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.com"]
    for words in (["init", "--quiet"], ["add", "--all"], [*identity, "commit", "--quiet", "--message", "a"]):
        subprocess.run(["git", *words], cwd=folder, check=True)
    changed = folder / "catalog" / "endpoints" / "chat-0000.yaml"
    changed.write_text(f"{changed.read_text('utf-8')}log_keep_days: 7\n", "utf-8")


def cpu_seconds(folder: Path, *command: str) -> float:
    """What one process takes; it must end well."""
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command[-4:])} ended with {process.returncode}")
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    programs = {
        "floor": (sys.executable, "-c", FLOOR, "catalog"),
        "check": (*RUN, "check", "-e", "plain"),
        "plan": (*RUN, "plan", "-e", "plain"),
    }
    with tempfile.TemporaryDirectory(prefix="bench-plan-") as temporary:
        folder = Path(temporary)
        write_repository(folder, options.entries)
        seconds: dict[str, list[float]] = {name: [] for name in programs}
        for _ in range(options.rounds):
            for name, command in programs.items():
                seconds[name].append(cpu_seconds(folder, *command))
    table = Table("program", "CPU seconds, median", "times the floor")
    floor = statistics.median(seconds["floor"])
    for name, measured in seconds.items():
        median = statistics.median(measured)
        table.add_row(name, f"{median:.2f}", f"{median / floor:.1f}")
    console = Console(width=100)
    console.print(f"{options.entries} entries, one changed; {options.rounds} rounds; Python {sys.version.split()[0]}")
    console.print(table)


if __name__ == "__main__":
    main()
