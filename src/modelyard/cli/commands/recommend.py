"""`modelyard recommend`: which instances a model fits, by price."""

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


def recommend(
    endpoint: EndpointArgument = None,
    model: ModelOption = None,
    context: ContextOption = None,
    concurrency: ConcurrencyOption = None,
    dtype: DtypeOption = None,
    engine: EngineOption = None,
    region: RegionOption = None,
    everything: Annotated[bool, typer.Option("--all", help="every instance of the region, with its reason")] = False,
    json: JsonOption = False,
    environment: EnvironmentOption = None,
    catalog: CatalogOption = Path("catalog"),
) -> int:
    """Rank by price the instances of a region that hold a model at the stated context and concurrency.

    GPUs and Inferentia stand in one table; an instance without a known price is shown and never ranked. Exit code 1
    where nothing that is priced fits.
    """
    from json import dumps

    from modelyard.onboarding import recommendation_report
    from modelyard.onboarding.recommendation import recommendation
    from modelyard.onboarding.sizing import Wish, subjects
    from modelyard.shell.terminal import results

    wish = Wish(context=context, concurrency=concurrency, dtype=dtype, engine=engine, region=region)
    asked = subjects(endpoint, model, folder=catalog, environment=environment, wish=wish)
    told = recommendation(asked)
    if json:
        print(dumps(recommendation_report.as_json(told), indent=2))
    else:
        results().print(recommendation_report.heading(told), highlight=False, markup=False)
        results().print(recommendation_report.table(told, everything=everything, width=results().width))
        for line in recommendation_report.remarks(told, everything=everything):
            results().print(line, highlight=False, markup=False, soft_wrap=True)
    return 0 if told.ranking.first else 1
