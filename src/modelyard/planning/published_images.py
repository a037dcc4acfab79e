"""The image that an entry ran by the table of another commit: a new default restarts endpoints that nobody touched."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from modelyard.capacity.instances import instance
from modelyard.capacity.serving_image import instances_of, serving_image
from modelyard.catalog.entry import Entry
from modelyard.catalog.images import Image, resolve_image
from modelyard.catalog.regular_file import MIB, UnreadableFile, read_regular
from modelyard.catalog.schema import Environment
from modelyard.planning.git import NOT_PLANNED
from modelyard.shell.failure import Failure

FILE_NAME = "images.json"
# What catalog/images.json holds: which image each engine publishes for which processor, and in whose registry.
Table = Mapping[str, Any]
_ROW = ("engine", "processor", "architecture", "registry", "repository", "tag")


def other_table(folder: Path) -> Table | None:
    """The table that lies in a catalog's folder, where it is another than the one in use here."""
    path = folder / FILE_NAME
    try:
        content = read_regular(path, most_bytes=MIB)
    except FileNotFoundError:
        return None
    except UnreadableFile as unreadable:
        raise Failure(f"{path.name} of the base: {unreadable}", exit_code=NOT_PLANNED) from None
    if content == resources.files("modelyard.catalog").joinpath(FILE_NAME).read_bytes():
        return None
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if not _is_table(found):
        raise Failure(f"{path.name} of the base is no table of images: choose another --base", exit_code=NOT_PLANNED)
    table: Table = found
    return table


def _is_table(found: Any) -> bool:
    """Whether it has the form of src/modelyard/catalog/images.json, as far as it is read here."""
    if not isinstance(found, dict) or not isinstance(found.get("images"), list):
        return False
    registries = found.get("registries")
    if not isinstance(registries, dict) or not all(isinstance(one, dict) for one in registries.values()):
        return False
    accounts = all(isinstance(account, str) for one in registries.values() for account in one.values())
    return accounts and all(
        isinstance(row, dict) and all(isinstance(row.get(key), str) for key in _ROW) and row["registry"] in registries
        for row in found["images"]
    )


def image_by(table: Table | None, entry: Entry, environment: Environment) -> Image:
    """The image of an entry by a table; None stands for the one in use here.

    Raises:
        ImageError: when its engine publishes none for its instances or region.
    """
    now = serving_image(entry, environment)
    serving = entry.endpoint.serving
    if table is None or serving.image is not None:
        return now
    names = instances_of(entry.endpoint)
    type_ = instance(names[0]) if names else None
    wanted = (serving.engine, type_.processor if type_ else "cpu", type_.architecture if type_ else "x86_64")
    row = next(
        (one for one in table["images"] if (one["engine"], one["processor"], one["architecture"]) == wanted), None
    )
    registry = table["registries"][row["registry"]].get(environment.region) if row else None
    if row is None or registry is None:
        return now
    host = now.uri.partition("/")[0].replace(now.account, registry, 1)
    return resolve_image(
        engine=serving.engine,
        processor=wanted[1],
        architecture=wanted[2],
        region=environment.region,
        account=environment.account,
        image=f"{host}/{row['repository']}:{serving.image_tag or row['tag']}",
    )
