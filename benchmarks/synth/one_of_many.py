"""From the command line to the template of one endpoint of 1,000: `modelyard cdk synth NAME`, and where time goes.

    .venv/bin/python benchmarks/synth/one_of_many.py [--rounds 5] [--entries 1000] [--all]

Every figure is of a process of its own with all its children, from start to end: seconds on the clock, and of CPU (user
and system). A round runs each program once; what is printed are medians. The catalog is that of `check.py`.

- check: `modelyard check`, which reads the catalog and judges every entry.
- app: `app.py`, as the CDK CLI starts it: the same reading, Node with the CDK's library, one stack and the foundation.
- CLI: `modelyard cdk synth` of an assembly that is written already: our command and the CDK's CLI without the app.
- one: `modelyard cdk synth NAME`. `deploy` takes the same way to its change set, and asks AWS besides.
- all: `modelyard cdk synth` without a name, once, where --all asks for it.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from modelyard.shell.cdk_cli import node

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))

from check import MODELYARD, write_catalog  # noqa: E402 (scripts beside each other are no package)

NAME = "chat-00000"


@dataclass(frozen=True)
class Took:
    """One program, with its children."""

    clock_seconds: float
    cpu_seconds: float


def time_of(command: tuple[str, ...], **variables: str) -> Took:
    """Run one program to its end; it must succeed."""
    environment = {**os.environ, "PYDANTIC_DISABLE_PLUGINS": "1", "JSII_NODE": str(node()), **variables}
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    clock, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr}")
    return Took(clock, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def measure(entries: int, rounds: int, scratch: Path, *, with_all: bool) -> dict[str, list[Took]]:
    """Every program in turn, so that what disturbs the machine disturbs all."""
    catalog, out, app_out = scratch / "catalog", scratch / "out", scratch / "app"
    write_catalog(catalog, entries)
    context = {"catalog": str(catalog), "environment": "bench"}
    synth = (*MODELYARD, "cdk", "synth", "--quiet")
    where = ("-c", "environment=bench", "-c", f"catalog={catalog}", "--output", str(out))
    one = (*synth, *where, NAME)
    # The first run unpacks the CDK's library into a cache, and writes what `CLI` reads.
    time_of(one)
    programs: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
        "check": ((*MODELYARD, "check", "--catalog", str(catalog), "--environment", "bench"), {}),
        "app": (
            (sys.executable, "app.py"),
            {"CDK_CONTEXT_JSON": json.dumps({**context, "only": NAME}), "CDK_OUTDIR": str(app_out)},
        ),
        "CLI": ((*synth, "--app", str(out), NAME), {}),
        "one": (one, {}),
    }
    took: dict[str, list[Took]] = {name: [] for name in programs}
    for _ in range(rounds):
        for name, (command, variables) in programs.items():
            took[name].append(time_of(command, **variables))
    return {**took, "all": [time_of((*synth, *where))]} if with_all else took


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--entries", type=int, default=1000)
    parser.add_argument("--all", action="store_true", help="time the synth of all entries too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-one-") as scratch:
        measured = measure(options.entries, options.rounds, Path(scratch), with_all=options.all)
    table = Table("program", "clock s, median", "fastest", "CPU s, median", "fastest", box=None, pad_edge=False)
    for name, took in measured.items():
        clock, cpu = [one.clock_seconds for one in took], [one.cpu_seconds for one in took]
        figures = (statistics.median(clock), min(clock), statistics.median(cpu), min(cpu))
        table.add_row(name, *(f"{figure:.2f}" for figure in figures))
    console = Console(width=100)
    console.print(
        f"{options.entries} entries; {options.rounds} rounds; Python {sys.version.split()[0]}", highlight=False
    )
    console.print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end", highlight=False)
    console.print(table, highlight=False)


if __name__ == "__main__":
    main()
