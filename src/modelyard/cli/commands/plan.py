"""`modelyard plan`: what a change of the catalog will do when it is deployed, and what it costs a month."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from modelyard.cli.options import AllEnvironmentsOption, CatalogOption, EnvironmentOption
from modelyard.shell.failure import Failure


def plan(
    base: Annotated[
        str | None,
        typer.Option(
            metavar="REF",
            help="a branch, tag or commit to compare with; if unset, where this branch left main, so that "
            "on main itself it is HEAD",
            show_default=False,
        ),
    ] = None,
    head: Annotated[
        str | None,
        typer.Option(
            metavar="REF",
            help="take the catalog of this commit instead of the files here; nothing of it is checked out or run",
            show_default=False,
        ),
    ] = None,
    environment: EnvironmentOption = None,
    all_environments: AllEnvironmentsOption = False,
    compare_to: Annotated[
        Path | None,
        typer.Option(
            "--compare-to",
            metavar="FILE",
            help="compare with what `--out` wrote, instead of a commit: what another modelyard makes of this catalog",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="also write what this side consists of, for a later --compare-to", show_default=False
        ),
    ] = None,
    extension: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="your own CDK code that goes over the stacks (docs/extending.md); if unset, what cdk.json here names",
            show_default=False,
        ),
    ] = None,
    usage: Annotated[
        Path | None,
        typer.Option(
            help="a file that says what endpoints are asked; if unset, usage.yaml of the catalog if it exists"
        ),
    ] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="a comment for a pull request")] = False,
    json: Annotated[bool, typer.Option("--json", help="one JSON object; docs/costs.md describes it")] = False,
    today: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="the day on which negotiated prices must hold (UTC)", show_default=False
        ),
    ] = None,
    catalog: CatalogOption = Path("catalog"),
) -> int:
    """Compare the catalog as it lies here with a commit: what a deploy does, what a month costs, what is allowed.

    It reads files and git's objects, and asks no network; nothing is changed. Without --environment it plans every one.

    Exit code 0: nothing against it (there may be warnings). 1: a catalog is wrong. 2: nothing was compared, because a
    ref, a usage file or an option is wrong. 3: the organisation's plan_policy asks for an approval. 4: it forbids it.
    5: the change edits prices, policy or account by which it is judged, which needs an approval. 6: AWS refuses an
    update in it. Of several the strictest counts: 4, then 6, 5, 3.
    """
    from datetime import UTC

    from modelyard.planning.git import NOT_PLANNED
    from modelyard.planning.making import make_plan, make_plan_against
    from modelyard.planning.policy import exit_code
    from modelyard.shell.terminal import results

    if markdown and json:
        raise Failure("--markdown and --json exclude each other: keep one", exit_code=NOT_PLANNED)
    if compare_to is not None and (base is not None or head is not None):
        raise Failure("--compare-to takes the place of --base and --head: keep one", exit_code=NOT_PLANNED)
    wanted = None if all_environments else environment
    day = (today or datetime.now(UTC)).date()
    try:
        if compare_to is not None:
            made = make_plan_against(
                compare_to, catalog, environment=wanted, usage_file=usage, today=day, out=out, extension=extension
            )
        else:
            made = make_plan(
                catalog,
                ref=base,
                head_ref=head,
                environment=wanted,
                usage_file=usage,
                today=day,
                out=out,
                extension=extension,
            )
    except Failure as failure:
        if markdown:
            from modelyard.planning.markdown import failure_as_markdown

            # A comment says what is wrong as well: whoever opened the request may not read the log.
            print(failure_as_markdown(failure))
        raise
    verdicts = made.verdicts
    if json:
        from modelyard.planning.as_json import as_json

        print(as_json(made.plan, verdicts))
    elif markdown:
        from modelyard.planning.markdown import as_markdown

        print(as_markdown(made.plan, verdicts))
    else:
        from modelyard.planning.terminal import show

        show(made.plan, verdicts, results())
    return exit_code(verdicts)
