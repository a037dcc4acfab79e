"""`modelyard fit`: whether a model fits its instance, term by term."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from modelyard.cli.options import CatalogOption, EnvironmentOption
from modelyard.cli.sizing_options import (
    ConcurrencyOption,
    ContextOption,
    DtypeOption,
    EndpointArgument,
    EngineOption,
    JsonOption,
    ModelOption,
    RegionOption,
)


def fit(
    endpoint: EndpointArgument = None,
    model: ModelOption = None,
    instance: Annotated[str | None, typer.Option(help="the instance type, ml.<...>", show_default=False)] = None,
    context: ContextOption = None,
    concurrency: ConcurrencyOption = None,
    dtype: DtypeOption = None,
    tensor_parallel_degree: Annotated[int | None, typer.Option(min=1, show_default=False)] = None,
    engine: EngineOption = None,
    region: RegionOption = None,
    json: JsonOption = False,
    environment: EnvironmentOption = None,
    catalog: CatalogOption = Path("catalog"),
) -> int:
    """Show what each GPU, NeuronCore or host must hold for a model, and whether it does.

    For an entry of the catalog, or for --model with --instance; other options replace what the entry says. Exit code 1
    where something does not fit.
    """
    from json import dumps

    from modelyard.onboarding import fit_report
    from modelyard.onboarding.sizing import Wish, subjects
    from modelyard.onboarding.sizing_places import sized_subjects
    from modelyard.shell.terminal import results

    wish = Wish(
        context=context,
        concurrency=concurrency,
        dtype=dtype,
        engine=engine,
        degree=tensor_parallel_degree,
        region=region,
    )
    asked = subjects(endpoint, model, folder=catalog, environment=environment, wish=wish)
    sized = sized_subjects(asked, instance=instance)
    if json:
        print(dumps([fit_report.as_json(one) for one in sized], indent=2))
    else:
        for place, one in enumerate(sized):
            if place:
                results().print()
            for line in fit_report.lines(one):
                results().print(line)
        shared = fit_report.together(sized)
        if shared:
            results().print(f"\n{shared}", highlight=False)
    return 0 if all(one.fit.fits for one in sized) else 1
