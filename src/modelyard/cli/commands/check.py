"""`modelyard check`: everything that is wrong in a catalog, before anything is synthesised."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from modelyard.cli.options import AllEnvironmentsOption, EnvironmentOption
from modelyard.shell.failure import Failure


def check(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="PATH",
            help="files or folders of a catalog: only what is wrong in them is told",
            show_default=False,
        ),
    ] = None,
    environment: EnvironmentOption = None,
    all_environments: AllEnvironmentsOption = False,
    catalog: Annotated[
        Path | None,
        typer.Option(
            envvar="MODELYARD_CATALOG",
            help="the folder that holds the catalog; if unset, the one around PATH, or catalog/",
            show_default=False,
        ),
    ] = None,
    head: Annotated[
        str | None,
        typer.Option(
            metavar="REF",
            help="check the catalog of this commit; nothing of it is checked out or run",
            show_default=False,
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="one JSON object instead of lines")] = False,
    sarif: Annotated[bool, typer.Option("--sarif", help="SARIF 2.1.0, for code scanning and editors")] = False,
    github: Annotated[bool, typer.Option("--github", help="annotations for a run of GitHub Actions")] = False,
    today: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="hold waivers against this day instead of today (UTC)", show_default=False
        ),
    ] = None,
) -> int:
    """Hold a catalog against its schema and the rules; without --environment, for every environment it has.

    One line for each problem: file:line:column, the rule's id (`modelyard explain` tells more), what is wrong.

    Exit code 0: no errors (there may be warnings). 1: errors. 2: nothing was checked, because a path, an environment or
    an option is wrong.
    """
    from datetime import UTC

    from modelyard.checking.committed import check_commit
    from modelyard.checking.formats import as_annotations, as_json, as_lines
    from modelyard.checking.report import check_catalog
    from modelyard.checking.selection import NOT_CHECKED, select
    from modelyard.shell.workflow_commands import commands

    if json + sarif + github > 1:
        raise Failure("--json, --sarif and --github exclude each other: keep one", exit_code=NOT_CHECKED)
    day = (today or datetime.now(UTC)).date()
    if head is not None and paths:
        raise Failure("--head checks a whole catalog: leave the paths out", exit_code=NOT_CHECKED)
    wanted = None if all_environments else environment
    if head is not None:
        reports = [check_commit(catalog or Path("catalog"), head, environment=wanted, today=day)]
    else:
        reports = [
            chosen.of(
                check_catalog(chosen.folder, chosen.environments, every_environment=chosen.every_environment, today=day)
            )
            for chosen in select(paths or [], catalog=catalog, environment=wanted)
        ]
    if sarif:
        from modelyard.checking.sarif import as_sarif

        print(as_sarif(reports))
    elif json:
        print(as_json(reports))
    elif github:
        with commands() as out:
            for report in reports:
                print(as_annotations(report), file=out)
    else:
        for report in reports:
            print(as_lines(report))
    return 1 if any(report.errors for report in reports) else 0
