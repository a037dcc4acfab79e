"""How long a synth takes, beside the same resources in plain `CfnResource` calls and two peers.

    .venv/bin/python benchmarks/synth/run.py [--rounds 5] [--big-rounds 3]

Every app runs as a process of its own, from interpreter start to the last written byte, as `cdk synth` pays for it;
ours includes reading the catalog and all rules, and so do the plain calls, which are generated from the rendered
blueprint. A round runs each app once, one right after the other, in changing order; what is printed are medians over
the rounds. CPU seconds, of the process and its Node, are what a busy machine
disturbs least. Our app and the plain calls have CDK's own template validation, tree and metadata switched off; the
peers are measured twice, as their documentation starts an app and, `lean`, with the same switched off. Before anything
is measured, ours and the plain calls must write the same templates.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from modelyard.shell.cdk_cli import node

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TEST_CATALOG = ROOT / "tests" / "catalogs" / "four-kinds"
PEER_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
SMALL, BIG = 100, 1000
OURS, RAW = "modelyard", "the same, plain CfnResource"
PEERS = {
    "aws-sagemaker-alpha": ("peer_sagemaker_alpha.py",),
    "generative-ai-cdk-constructs": ("peer_generative_ai.py",),
}
LEAN_PEERS = {
    "aws-sagemaker-alpha, lean": ("peer_sagemaker_alpha.py", "lean"),
    "generative-ai-cdk-constructs, lean": ("peer_generative_ai.py", "lean"),
}


@dataclass(frozen=True)
class Measured:
    """One app at one size: seconds of every round by the clock and of CPU, and what one endpoint stack holds."""

    app: str
    endpoints: int
    seconds: tuple[float, ...]
    cpu_seconds: tuple[float, ...]
    resources: int

    @property
    def median(self) -> float:
        """The median over the rounds, in seconds."""
        return statistics.median(self.seconds)


class Bench:
    """Runs apps into folders below one scratch folder."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self.catalogs = {size: self._catalog(size) for size in (1, SMALL, BIG)}

    def run(self, app: str, endpoints: int) -> tuple[float, float, Path]:
        """Seconds that the app took, its CPU seconds, and where its templates are."""
        folder = self._scratch / "out"
        shutil.rmtree(folder, ignore_errors=True)
        environment = {**os.environ, "JSII_NODE": str(node()), "PYTHONWARNINGS": "ignore"}
        if app == OURS:
            context = {"catalog": str(self.catalogs[endpoints]), "environment": "plain"}
            environment |= {"CDK_CONTEXT_JSON": json.dumps(context), "CDK_OUTDIR": str(folder)}
            command = [sys.executable, "app.py"]
        elif app == RAW:
            command = [sys.executable, str(HERE / "raw_l1.py"), str(self.catalogs[endpoints]), str(folder)]
        else:
            script, *switches = (PEERS | LEAN_PEERS)[app]
            command = [str(PEER_PYTHON), str(HERE / script), str(endpoints), str(folder), *switches]
        started, cpu_before = time.perf_counter(), cpu_of_children()
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
        seconds = time.perf_counter() - started
        if done.returncode != 0:
            raise SystemExit(f"{app} failed at {endpoints} endpoints:\n{done.stderr}")
        return seconds, cpu_of_children() - cpu_before, folder

    def measure(self, apps: Sequence[str], endpoints: int, rounds: int, say: Callable[[str], None]) -> list[Measured]:
        """Interleaved rounds: what disturbs the machine disturbs all."""
        seconds: dict[str, list[float]] = {app: [] for app in apps}
        cpu_seconds: dict[str, list[float]] = {app: [] for app in apps}
        resources: dict[str, int] = {}
        for number in range(rounds):
            for app in apps if number % 2 == 0 else reversed(apps):
                took, cpu, folder = self.run(app, endpoints)
                seconds[app].append(took)
                cpu_seconds[app].append(cpu)
                resources[app] = len(template(folder, "chat-0000")["Resources"])
                say(f"round {number + 1} of {rounds}, {endpoints} endpoints: {app} {took:.2f} s")
        return [Measured(app, endpoints, tuple(seconds[app]), tuple(cpu_seconds[app]), resources[app]) for app in apps]

    def check_equal(self, endpoints: int = SMALL) -> int:
        """Ours and the plain calls must write the same; the number of templates compared."""
        written = []
        for app in (OURS, RAW):
            *_, folder = self.run(app, endpoints)
            names = sorted(path.name.split(".")[0] for path in folder.glob("*.template.json"))
            written.append({name: in_any_tag_order(template(folder, name)) for name in names})
        if written[0] != written[1]:
            different = [name for name in written[0] if written[0][name] != written[1].get(name)]
            raise SystemExit(f"ours and the plain calls write different templates: {', '.join(different[:5])}")
        return len(written[0])

    def _catalog(self, endpoints: int) -> Path:
        folder = self._scratch / f"catalog-{endpoints}"
        shutil.copytree(TEST_CATALOG, folder, ignore=shutil.ignore_patterns("endpoints"))
        (folder / "environments" / "guarded.yaml").unlink()
        (folder / "endpoints").mkdir()
        entry = (TEST_CATALOG / "endpoints" / "chat.yaml").read_text("utf-8")
        for number in range(endpoints):
            # A role takes 20 policies, so that each endpoint has a caller of its own.
            own = entry.replace("[ChatBackend]", f"[Caller-of-chat-{number:04d}]")
            (folder / "endpoints" / f"chat-{number:04d}.yaml").write_text(own, "utf-8")
        return folder


def cpu_of_children() -> float:
    """CPU seconds of every child process that has ended, with their own children."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def template(folder: Path, stack: str) -> dict[str, Any]:
    """One template of an assembly."""
    read: dict[str, Any] = json.loads((folder / f"{stack}.template.json").read_text("utf-8"))
    return read


def in_any_tag_order(value: Any) -> Any:
    """A template in which lists of tags are sorted, as the CDK sorts them."""
    if isinstance(value, dict):
        return {key: in_any_tag_order(inner) for key, inner in value.items()}
    if isinstance(value, list):
        if value and all(isinstance(item, dict) and set(item) == {"Key", "Value"} for item in value):
            return sorted(value, key=lambda tag: str(tag["Key"]))
        return [in_any_tag_order(item) for item in value]
    return value


def report(results: Sequence[Measured], compared: int) -> str:
    """The table, and as its last line the ratios."""
    table = Table(box=None, pad_edge=False)
    for column in ("app", "endpoints", "resources each", "median s", "fastest s", "slowest s", "CPU s", "ms each"):
        table.add_column(column, justify="left" if column == "app" else "right")
    for found in results:
        table.add_row(
            found.app,
            str(found.endpoints),
            str(found.resources),
            f"{found.median:.2f}",
            f"{min(found.seconds):.2f}",
            f"{max(found.seconds):.2f}",
            f"{statistics.median(found.cpu_seconds):.2f}",
            f"{1000 * found.median / found.endpoints:.1f}",
        )
    console = Console(width=130, record=True, file=open(os.devnull, "w"))  # noqa: SIM115
    console.print(table)
    median = {(found.app, found.endpoints): found.median for found in results}
    best, best_lean = (min(median[peer, SMALL] for peer in peers) for peers in (PEERS, LEAN_PEERS))
    growth = (median[OURS, BIG] / BIG) / (median[OURS, SMALL] / SMALL)
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; "
        f"{compared} templates of ours and of the plain calls are equal\n"
        f"{console.export_text().rstrip()}\n"
        f"ours/raw at {SMALL}: {median[OURS, SMALL] / median[RAW, SMALL]:.2f}, "
        f"at {BIG}: {median[OURS, BIG] / median[RAW, BIG]:.2f}, "
        f"per endpoint at {BIG}/{SMALL}: {growth:.2f}, "
        f"ours/best peer at {SMALL}: {median[OURS, SMALL] / best:.2f} (lean: {median[OURS, SMALL] / best_lean:.2f})"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="how long a synth takes, beside others")
    parser.add_argument("--rounds", type=int, default=5, help=f"rounds at {SMALL} endpoints")
    parser.add_argument("--big-rounds", type=int, default=3, help=f"rounds at {BIG} endpoints")
    arguments = parser.parse_args()
    progress = Console(stderr=True)
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(Path(scratch))
        # The first start of an app unpacks its jsii packages into a cache.
        for app in (OURS, RAW, *PEERS, *LEAN_PEERS):
            bench.run(app, 1)
        compared = bench.check_equal()
        results = bench.measure([OURS, RAW, *PEERS, *LEAN_PEERS], SMALL, arguments.rounds, progress.print)
        results += bench.measure([OURS, RAW], BIG, arguments.big_rounds, progress.print)
    print(report(results, compared))


if __name__ == "__main__":
    main()
