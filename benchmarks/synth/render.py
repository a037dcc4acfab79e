"""From a blueprint to CloudFormation's JSON without Node, beside a CDK synth of the same endpoints.

    python benchmarks/synth/render.py

Seconds are of CPU, so that a busy machine changes them little. The catalog is that of `run.py`. Garbage is looked for
as rarely as in `modelyard` and `app.py`.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import tempfile
import time
from pathlib import Path

from run import BIG, OURS, Bench, in_any_tag_order, template

from modelyard.catalog.loader import load
from modelyard.renderers.template import template as rendered
from modelyard.renderers.template import template_text
from modelyard.shell.garbage_collection import collect_rarely
from modelyard_stacks.environment import environment_blueprint


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="how long plain JSON takes, beside a CDK synth")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of the plain renderer")
    rounds = parser.parse_args().rounds
    collect_rarely()
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(Path(scratch))
        started = time.process_time()
        catalog = load(bench.catalogs[BIG], "plain")
        read = time.process_time() - started
        described: list[float] = []
        written: list[float] = []
        for _ in range(rounds):
            started = time.process_time()
            blueprint = environment_blueprint(catalog)
            halfway = time.process_time()
            size = sum(len(template_text(stack)) for stack in blueprint.stacks)
            described.append(halfway - started)
            written.append(time.process_time() - halfway)
        _, synth, folder = bench.run(OURS, BIG)
        for stack in blueprint.stacks:
            if in_any_tag_order(template(folder, stack.stack_id)) != in_any_tag_order(rendered(stack)):
                raise SystemExit(f"{stack.stack_id} is not the same in both")
    describe, write = statistics.median(described), statistics.median(written)
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; CPU seconds")
    print(f"{BIG} endpoints, {len(blueprint.stacks)} stacks, {size / 1e6:.1f} MB; median of {rounds} rounds")
    print(f"catalog read                     {read:6.2f}")
    print(f"blueprint described              {describe:6.2f}")
    print(f"JSON written                     {write:6.2f}")
    print(f"blueprint to JSON, both          {describe + write:6.2f}")
    print(f"CDK synth, with reading          {synth:6.2f}")
    print(f"synth less reading / both        {(synth - read) / (describe + write):6.1f}")


if __name__ == "__main__":
    main()
