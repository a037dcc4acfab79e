"""How long `modelyard check` takes, beside reading the same bytes with the fastest YAML parser, and beside a synth.

    .venv/bin/python benchmarks/check.py [--rounds 5] [--results FILE]

Every figure is of a process of its own, from its start to its end: seconds of CPU (user and system), seconds on the
clock, and the largest resident memory, all as the kernel counts them for the ended process (wait4). A round runs each
program once at a size; what is printed are medians over the rounds. An entry has 20 lines, each entry is different, and
nothing is cached between two runs but the interpreter's own bytecode.

- start: the interpreter that does nothing.
- floor: PyYAML's C composer over the bytes of every file that the check reads, and nothing else.
- check: `modelyard check --environment bench`, findings printed.
- synth: `cdk synth` of the same catalog by the CDK CLI, templates written.
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
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
MODEL = ROOT / "catalog" / "models" / "llama-3.1-8b-instruct.yaml"
SIZES = (1, 10, 100, 1_000, 10_000)
MOST_SYNTHESISED = 1_000
MODELYARD = (sys.executable, "-c", "from modelyard.cli.main import main; main()")
FLOOR = """
import sys
from pathlib import Path
import yaml
for path in Path(sys.argv[1]).rglob("*.yaml"):
    yaml.compose(path.read_bytes(), Loader=yaml.CSafeLoader)
"""
ENTRY = """\
# The endpoint that answers questions of team number {number}.
kind: real-time
team: team-{team}
owner: crew-{number}
model: llama-3.1-8b-instruct
licence_accepted: {{by: support-ml, on: "2026-11-02", version: llama3.1}}
serving:
  engine: vllm
  instance: {instance}
  max_context_tokens: {context}
  max_concurrency: 4
  environment:
    SM_VLLM_DTYPE: bfloat16
    SM_VLLM_SEED: "{number}"
scaling:
  instances: {{min: 1, max: {most}}}
  target_concurrency_per_instance: 8
capture: {{sample_percent: 20, keep_days: 90}}
slo:
  latency_p99_seconds: 12.5
"""
INSTANCES = ("ml.g5.2xlarge", "ml.g6e.2xlarge", "ml.g5.12xlarge", "ml.p4d.24xlarge")


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one process took."""

    cpu_seconds: float
    wall_seconds: float
    memory_mib: float


def write_catalog(folder: Path, entries: int) -> int:
    """Write a catalog of so many entries; answers the bytes of all its files."""
    teams = "\n".join(
        f"  team-{team}: {{cost_center: CC-{team}, owner: crew-{team}, alarms: {{email: [crew-{team}@example.com]}}}}"
        for team in range(20)
    )
    files = {
        "organisation.yaml": f"teams:\n{teams}\n",
        "environments/bench.yaml": 'account: "111122223333"\nregion: us-east-1\n',
        f"models/{MODEL.name}": MODEL.read_text("utf-8"),
    }
    for number in range(entries):
        files[f"endpoints/chat-{number:05}.yaml"] = ENTRY.format(
            number=number,
            team=number % 20,
            instance=INSTANCES[number % len(INSTANCES)],
            context=1024 * (1 + number % 4),
            most=2 + number % 7,
        )
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return sum(len(text.encode()) for text in files.values())


def cost_of(command: Sequence[str]) -> Cost:
    """Run one command to its end; it must succeed."""
    started = time.monotonic()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}: {said}")
    return Cost(
        cpu_seconds=used.ru_utime + used.ru_stime,
        wall_seconds=time.monotonic() - started,
        memory_mib=used.ru_maxrss / 1024,
    )


def median(costs: Sequence[Cost]) -> Cost:
    """Each figure's own median."""
    return Cost(
        cpu_seconds=statistics.median(cost.cpu_seconds for cost in costs),
        wall_seconds=statistics.median(cost.wall_seconds for cost in costs),
        memory_mib=statistics.median(cost.memory_mib for cost in costs),
    )


def commands(folder: Path, entries: int, out: Path) -> dict[str, tuple[str, ...]]:
    """What is measured at one size, by name."""
    measured: dict[str, tuple[str, ...]] = {
        "start": (sys.executable, "-c", "pass"),
        "floor": (sys.executable, "-c", FLOOR, str(folder)),
        "check": (*MODELYARD, "check", "--catalog", str(folder), "--environment", "bench"),
    }
    if entries <= MOST_SYNTHESISED:
        where = ("-c", "environment=bench", "-c", f"catalog={folder}", "--output", str(out))
        measured["synth"] = (*MODELYARD, "cdk", "synth", "--quiet", *where)
    return measured


def measure(rounds: int, scratch: Path) -> Table:
    """The table of every program at every size."""
    table = Table("entries", "bytes", "program", "CPU s", "clock s", "MiB", "CPU over floor", box=None, pad_edge=False)
    for entries in SIZES:
        folder, out = scratch / f"catalog-{entries}", scratch / "out"
        size = write_catalog(folder, entries)
        costs: dict[str, list[Cost]] = {}
        for turn in range(rounds):
            for name, command in commands(folder, entries, out).items():
                # A synth takes a hundred times as long as a check; one round in three is enough of it.
                if name == "synth" and turn % 3:
                    continue
                costs.setdefault(name, []).append(cost_of(command))
                shutil.rmtree(out, ignore_errors=True)
        floor = median(costs["floor"])
        for name, found in costs.items():
            cost = median(found)
            over = f"{cost.cpu_seconds / floor.cpu_seconds:.1f}x" if name in ("check", "synth") else ""
            figures = (f"{cost.cpu_seconds:.2f}", f"{cost.wall_seconds:.2f}", f"{cost.memory_mib:.0f}")
            table.add_row(f"{entries:,}", f"{size:,}", name, *figures, over)
        if "synth" not in costs:
            table.add_row(f"{entries:,}", f"{size:,}", "synth", "not measured", "", "", "")
    return table


def main() -> None:
    """Measure, print, and write what was printed where it was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--results", type=Path, help="also write the table to this file")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        table = measure(given.rounds, Path(scratch))
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    heading = (
        f".venv/bin/python benchmarks/check.py --rounds {given.rounds}\n{machine}; medians; CPU is user + system\n"
        "synth's memory is that of the CDK CLI's process; its app and jsii run in processes of their own\n"
    )
    Console(width=120).print(heading, table, sep="\n", highlight=False)
    if given.results:
        with given.results.open("w", encoding="utf-8") as file:
            Console(file=file, width=120).print(heading, table, sep="\n", highlight=False)


if __name__ == "__main__":
    main()
