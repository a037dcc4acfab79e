"""`modelyard schema`: write the JSON Schemas that editors complete catalog files with, or check them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from modelyard.shell.checkout import ROOT
from modelyard.shell.failure import Failure


def schema(
    to: Annotated[
        Path | None, typer.Option(help="folder to write to; the catalog's own schema/ if not given", show_default=False)
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="write nothing; fail if a file is missing or differs from the types")
    ] = False,
) -> None:
    """Write JSON Schemas for editors, generated from the catalog's types."""
    from modelyard.catalog import json_schema
    from modelyard.pricing.usage_schema import FILE_NAME, usage_schema
    from modelyard.shell.terminal import results
    from modelyard.shell.whole_file import write_whole

    folder = to or ROOT / "catalog" / "schema"
    texts = {**json_schema.editor_schemas(), FILE_NAME: usage_schema()}
    if check:
        stale = [name for name, text in texts.items() if _read(folder / name) != text]
        if stale:
            raise Failure(
                f"{', '.join(stale)} in {folder} differ from the types: run `modelyard schema` and commit them"
            )
        results().print(f"{len(texts)} schemas in {folder} are current", highlight=False)
        return
    for name, text in texts.items():
        write_whole(folder / name, text)
        results().print(f"wrote {folder / name}", highlight=False)


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None
