"""`modelyard stage`: a model's weights to the artifacts bucket."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from modelyard.cli.options import CatalogOption, EnvironmentOption


def stage(
    endpoints: Annotated[list[str] | None, typer.Argument(help="endpoints of the catalog", show_default=False)] = None,
    every: Annotated[bool, typer.Option("--all", help="every endpoint of the catalog")] = False,
    weights_from: Annotated[
        list[str] | None,
        typer.Option(
            "--from",
            metavar="[MODEL=]PATH",
            help="a folder (or one file) in place of the weights that the catalog names, for all models or for one; "
            "may be repeated",
        ),
    ] = None,
    environment: EnvironmentOption = None,
    catalog: CatalogOption = Path("catalog"),
) -> None:
    """Copy the weights of endpoints to the artifacts bucket, in the form that each kind of endpoint takes.

    Run it again after an interruption: what S3 already holds, by its own SHA-256 checksums, is not sent again.
    Weights that lie under another key than the environment's are encrypted anew inside S3.
    """
    from modelyard.shell.account import Account
    from modelyard.shell.catalog_files import chosen, read
    from modelyard.shell.foundation import ARTIFACTS_BUCKET, KEY_ARN, published
    from modelyard.shell.transfer_progress import StageProgress
    from modelyard.staging.staging import Staging, scratch_folder, tasks

    everything_from, model_from = _replacements(weights_from or [])
    loaded = read(catalog, environment)
    planned = tasks(
        chosen(loaded, endpoints or [], every=every), everything_from=everything_from, model_from=model_from
    )
    account = Account(loaded)
    account.check()
    bucket, key_arn = (published(account, loaded, what) for what in (ARTIFACTS_BUCKET, KEY_ARN))
    with StageProgress() as progress, scratch_folder() as scratch:
        staging = Staging(
            account, bucket=bucket, key_arn=key_arn, catalog_folder=catalog, watcher=progress, scratch=scratch
        )
        for task in planned:
            staging.stage(task)


def _replacements(values: list[str]) -> tuple[Path | None, dict[str, Path]]:
    """`FOLDER` for every model and `MODEL=FOLDER` for one; a folder with `=` in its name can be given as `./a=b`."""
    everything: Path | None = None
    by_model: dict[str, Path] = {}
    for value in values:
        name, equals, path = value.partition("=")
        if equals and "/" not in name:
            by_model[name] = Path(path)
        elif everything is not None:
            raise typer.BadParameter(f"{everything} and {value} are both for every model: write MODEL={value}")
        else:
            everything = Path(value)
    return everything, by_model
