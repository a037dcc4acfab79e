"""`modelyard report`: what the records say, as a page that opens anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from modelyard.cli.options import EnvironmentOption
from modelyard.shell.failure import Failure

report = typer.Typer(help="What the records of requests say, as a page that opens anywhere, without a network.")


@report.callback()
def reports() -> None:
    """What the records of requests say, as a page that opens anywhere, without a network."""


@report.command(name="signals", short_help="draw what every endpoint did, from the table of requests")
def signals(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="PATH",
            help="a folder with date=YYYY-MM-DD/hour=HH/*.parquet, or s3://bucket/requests/; the table of the "
            "environment if not given",
            show_default=False,
        ),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option("--from", metavar="TIME", help="UTC: 2026-11-21 or 2026-11-21T07:00", show_default=False),
    ] = None,
    end: Annotated[
        str | None,
        typer.Option("--to", metavar="TIME", help="the first moment that no longer counts", show_default=False),
    ] = None,
    endpoint: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="only this endpoint; may be repeated", show_default=False),
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="the page to write")] = Path("signals.html"),
    environment: EnvironmentOption = None,
    catalog: Annotated[
        Path | None,
        typer.Option(
            envvar="MODELYARD_CATALOG",
            help="the folder that holds the catalog; catalog/ if not given",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Write one HTML file with tables and plots of requests, errors, durations and tokens, by endpoint.

    With --environment the plots show the objectives (`slo:`) of its entries, and its table is read where no PATH is
    given; that needs s3:ListBucket and s3:GetObject on the bucket, and kms:Decrypt on its key.
    """
    from importlib.metadata import version

    from modelyard.shell.terminal import notices, results
    from modelyard.shell.whole_file import write_whole
    from modelyard.signals.asked import asked_source
    from modelyard.signals.fleet import as_text
    from modelyard.signals.making import report as make
    from modelyard.signals.quantity import size
    from modelyard.signals.span import asked_span, moment

    if output.is_dir():
        raise Failure(f"{output} is a folder: name a file with --output")
    span = asked_span(start, end)
    asked = asked_source(source, environment=environment, catalog_folder=catalog)
    made = make(
        asked.source,
        s3=asked.s3,
        span=span,
        endpoints=endpoint or [],
        objectives=asked.objectives,
        version=version("modelyard"),
    )
    write_whole(output, made.page.html)
    console = results()
    copies = "1 copy of a record" if made.copies == 1 else f"{made.copies:,} copies of records"
    console.print(as_text(made.page.fleet, width=console.width), highlight=False, markup=False)
    console.print(
        f"\n{made.requests:,} requests from {moment(made.line.start)} to {moment(made.line.end)} UTC, "
        f"drawn for each {made.line.step_words}; {copies} dropped",
        highlight=False,
    )
    if made.page.not_drawn:
        notices().print(_left_out(made.page.not_drawn), highlight=False, markup=False)
    console.print(f"wrote {output} ({size(len(made.page.html.encode()))})", highlight=False, markup=False)


def _left_out(names: tuple[str, ...]) -> str:
    many, them = ("1 endpoint has", "it") if len(names) == 1 else (f"{len(names)} endpoints have", "them")
    some = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
    return f"{many} no plots, because the page would become too large ({some}): name {them} with --endpoint"
