"""Options that `fit` and `recommend` share; they name no type, so that `--help` need not import any."""

from __future__ import annotations

from typing import Annotated

import typer

EndpointArgument = Annotated[str | None, typer.Argument(help="an entry of the catalog", show_default=False)]
ModelOption = Annotated[str | None, typer.Option(help="a model of the catalog, without an entry", show_default=False)]
ContextOption = Annotated[int | None, typer.Option(min=1, help="tokens of one sequence", show_default=False)]
ConcurrencyOption = Annotated[int | None, typer.Option(min=1, help="sequences at the same time", show_default=False)]
DtypeOption = Annotated[
    str | None, typer.Option(help="format of the weights: bfloat16, fp8, int4, ...", show_default=False)
]
EngineOption = Annotated[
    str | None, typer.Option(help="with --model: the engine, vllm unless it embeds (tei)", show_default=False)
]
RegionOption = Annotated[str | None, typer.Option(help="with --model: the region", show_default=False)]
JsonOption = Annotated[bool, typer.Option("--json", help="print JSON for programs")]
