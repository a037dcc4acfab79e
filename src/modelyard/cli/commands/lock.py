"""`modelyard lock`: choose the instances that entries leave open, and write the choice down."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from modelyard.cli.options import CatalogOption, EnvironmentOption


def lock(
    endpoints: Annotated[
        list[str] | None,
        typer.Argument(help="entries that say `instance: auto`; all of them if none is named", show_default=False),
    ] = None,
    environment: EnvironmentOption = None,
    update: Annotated[
        bool, typer.Option("--update", help="choose anew what is locked, and show old, new and the difference")
    ] = False,
    fallbacks: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=4,
            help="lock so many other types behind the first, for when capacity is short",
            show_default=False,
        ),
    ] = None,
    catalog: CatalogOption = Path("catalog"),
) -> None:
    """Choose the cheapest instance for each `instance: auto`, in one environment or in all, and keep what is locked.

    The choice is written to instances.lock.json in the catalog, which belongs into version control: synth, check and
    fit read it and choose nothing themselves. Prices may change as they like: only --update lets them move an endpoint.
    """
    from datetime import UTC, datetime

    from modelyard.catalog.instance_lock import FILE_NAME
    from modelyard.onboarding.locking.locking import Wanted, changes, write_lock
    from modelyard.onboarding.locking.report import table
    from modelyard.shell.catalog_files import environment_names
    from modelyard.shell.terminal import results

    today = datetime.now(UTC).date()
    wanted = Wanted(names=frozenset(endpoints or ()), update=update, fallbacks=fallbacks)
    environments = [environment] if environment else environment_names(catalog)
    found = changes(catalog, environments, wanted, today=today)
    if not found:
        results().print(
            f"no entry of {', '.join(environments)} says `instance: auto`: nothing to lock", highlight=False
        )
        return
    results().print(table(found, today=today))
    if write_lock(catalog, found, every_environment=environment is None):
        results().print(f"wrote {catalog / FILE_NAME}: commit it", highlight=False)
    else:
        results().print(f"{catalog / FILE_NAME} already says so", highlight=False)
