"""`modelyard demo`: the product in one command, on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from modelyard.cli.options import CatalogOption


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="leave embedded AWS running, and say how to use it")] = False,
    port: Annotated[int, typer.Option(min=1, max=65535, help="port of 127.0.0.1 for embedded AWS")] = 4566,
    stop: Annotated[bool, typer.Option("--stop", help="end the embedded AWS that --keep left running")] = False,
    folder: Annotated[
        Path | None, typer.Option(help="where its files go; .cache/demo of the checkout if unset", show_default=False)
    ] = None,
    catalog: CatalogOption = Path("catalog"),
) -> int:
    """Deploy the catalog to embedded AWS with the real CDK CLI, ask every endpoint, and print one table.

    Exit code 0 only if every model of every endpoint answered.
    """
    from modelyard.demo.run import run_demo
    from modelyard.demo.sandbox import stop_kept

    if stop:
        return stop_kept(folder=folder)
    return run_demo(catalog_folder=catalog, folder=folder, port=port, keep=keep)
