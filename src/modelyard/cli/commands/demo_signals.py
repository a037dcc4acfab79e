"""`modelyard demo-signals`: what endpoints did, seen in one command, on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from modelyard.cli.options import CatalogOption


def demo_signals(
    keep: Annotated[bool, typer.Option("--keep", help="leave embedded AWS running, and say how to use it")] = False,
    port: Annotated[int, typer.Option(min=1, max=65535, help="port of 127.0.0.1 for embedded AWS")] = 4566,
    folder: Annotated[
        Path | None, typer.Option(help="where its files go; .cache/demo of the checkout if unset", show_default=False)
    ] = None,
    catalog: CatalogOption = Path("docs/examples/signals"),
) -> int:
    """Deploy a catalog with signals to embedded AWS, send it requests, and read them back from everywhere.

    From Kinesis, CloudWatch and the table of requests, with an alarm provoked and cleared in between. Exit code 0 only
    if all of them say what was sent. What --keep left running, `modelyard demo --stop` ends.
    """
    from modelyard.demo.signals.run import run_signals_demo

    return run_signals_demo(catalog_folder=catalog, folder=folder, port=port, keep=keep)
