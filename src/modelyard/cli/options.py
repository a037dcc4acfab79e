"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

EnvironmentOption = Annotated[
    str | None,
    typer.Option(
        "--environment",
        "-e",
        envvar="MODELYARD_ENVIRONMENT",
        help="a file of environments/ without .yaml; may be left out where there is only one",
        show_default=False,
    ),
]
AllEnvironmentsOption = Annotated[
    bool, typer.Option("--all-environments", help="every environment, even where MODELYARD_ENVIRONMENT names one")
]
CatalogOption = Annotated[
    Path, typer.Option("--catalog", envvar="MODELYARD_CATALOG", help="the folder that holds the catalog")
]
