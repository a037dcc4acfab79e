"""`modelyard prices`: the dated prices that every amount rests on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from modelyard.cli.options import CatalogOption

prices = typer.Typer(help="The dated prices that every amount rests on: bring them up to date.")


@prices.command(name="refresh", short_help="bring the price file up to date")
def refresh(
    origin: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="another address, or a file: an offer's index of regions (.json), or one list in CSV form",
            show_default="the public AWS price list of each service",
        ),
    ] = None,
    region: Annotated[
        list[str] | None,
        typer.Option(help="may be repeated; every region of the environments and of the price file if not given"),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="write nothing; exit 1 if the file would change")] = False,
    file: Annotated[Path | None, typer.Option(help="the price file; the project's own if not given")] = None,
    catalog: CatalogOption = Path("catalog"),
) -> int:
    """Read the public AWS price list and write what endpoints cost into the price file, each price with SKU and day.

    Of SageMaker, and of the services around its endpoints: functions, streams, metrics, alarms, logs, storage, keys.
    What the list does not state stays as it is. Nothing that is deployed changes: a new price changes what is
    recommended and estimated, and an instance that was chosen stays in the lock file. Needs no AWS account.
    """
    from modelyard.pricing.price_file import PATH, price_file_text
    from modelyard.refreshing import price_report
    from modelyard.refreshing.prices_refresh import refreshed_prices
    from modelyard.shell.terminal import results
    from modelyard.shell.whole_file import write_whole

    path = file or PATH
    done = refreshed_prices(path, origin, regions=tuple(region or ()), catalog=catalog)
    text = price_file_text(done.refresh.file)
    console = results()
    if any(change.what != "confirmed" for change in done.refresh.changes):
        console.print(price_report.table(done.refresh))
    for line in (*price_report.summary(done.refresh), *done.notes):
        console.print(line, highlight=False, markup=False)
    if text == done.before:
        console.print(f"{path} is up to date", highlight=False)
        return 0
    if check:
        console.print(f"{path} would change: run `modelyard prices refresh` without --check", highlight=False)
        return 1
    write_whole(path, text)
    console.print(f"wrote {path}", highlight=False)
    return 0
