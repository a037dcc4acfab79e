"""What environments consist of at one moment, as a file: `modelyard plan` compares with it as with a commit."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelyard.capacity.serving_image import serving_image
from modelyard.catalog.entry import Catalog, Entry
from modelyard.catalog.images import ImageError
from modelyard.catalog.loader import load
from modelyard.catalog.regular_file import MIB, UnreadableFile, read_regular
from modelyard.planning.extended import Extended
from modelyard.planning.git import NOT_PLANNED
from modelyard.pricing.resources import Resources
from modelyard.renderers.template import template
from modelyard.shell.extension import find_extension
from modelyard.shell.failure import Failure
from modelyard.shell.whole_file import write_whole
from modelyard_stacks.environment import environment_blueprint

VERSION = 1
EXTENSION_OPTION = "--extension="
_MOST_BYTES = 512 * MIB
# The stacks of one environment by their ids.
Stacks = Mapping[str, Resources]


@dataclass(frozen=True)
class Snapshot:
    """The stacks of each environment, by the environments' names."""

    environments: Mapping[str, Stacks]


def stacks_of(
    catalog: Catalog, *, only: Collection[str] | None = None, extended: Extended | None = None
) -> dict[str, Resources]:
    """The stacks of an environment; `only` names the entries that are wanted, where not all are.

    Where they are `extended`, the CDK writes all of them: what an extension makes of one may depend on the others.

    An entry without an image, which `modelyard check` refuses and AWS has therefore never seen, has no stack. What is
    missing on this machine for a deployment, such as Flink's connector, is stood in for.
    """
    asked = catalog.entries.keys() if only is None or extended is not None else only
    wanted = {name for name in asked if name in catalog.entries and _has_image(catalog.entries[name], catalog)}
    blueprint = environment_blueprint(catalog, only=wanted, bundles=False)
    if extended is not None:
        return extended.resources(blueprint)
    return {stack.stack_id: template(stack)["Resources"] for stack in blueprint.stacks}


def _has_image(entry: Entry, catalog: Catalog) -> bool:
    try:
        serving_image(entry, catalog.environment)
    except ImageError:
        return False
    return True


def write_snapshot(snapshot: Snapshot, path: Path) -> None:
    """Write a file that `modelyard plan --compare-to` reads."""
    write_whole(path, as_text(snapshot))


def as_text(snapshot: Snapshot) -> str:
    """A snapshot as JSON."""
    return json.dumps({"version": VERSION, "environments": snapshot.environments}, indent=1, sort_keys=True) + "\n"


def read_snapshot(path: Path) -> Snapshot:
    """What `modelyard plan --out` wrote.

    Raises:
        Failure: where the file cannot be read, or holds anything else.
    """
    try:
        content = read_regular(path, most_bytes=_MOST_BYTES)
    except FileNotFoundError:
        raise _refusal(path, "is not there: write it with `modelyard plan --out FILE` first") from None
    except UnreadableFile as unreadable:
        raise _refusal(path, str(unreadable)) from None
    return snapshot_of(content, path)


def snapshot_of(content: bytes | str, path: Path) -> Snapshot:
    """A snapshot from its text; `path` is what a refusal names."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        raise _refusal(path, "is no JSON: write it again with `modelyard plan --out FILE`") from None
    if not isinstance(document, dict) or not isinstance(document.get("version"), int):
        raise _refusal(path, "is no snapshot of a plan: write one with `modelyard plan --out FILE`")
    if document["version"] > VERSION:
        raise _refusal(path, f"has version {document['version']}, newer than {VERSION}: install a newer modelyard")
    environments: Any = document.get("environments")
    if document["version"] != VERSION or not _has_form(environments):
        raise _refusal(path, "is no snapshot of a plan: write one with `modelyard plan --out FILE`")
    return Snapshot(environments)


def _has_form(environments: Any) -> bool:
    """Environments, their stacks, and resources with a type: whoever compares looks at no more without asking."""
    if not isinstance(environments, dict):
        return False
    stacks = [
        stack for each in environments.values() for stack in (each.values() if isinstance(each, dict) else [None])
    ]
    resources = [one for stack in stacks for one in (stack.values() if isinstance(stack, dict) else [None])]
    return all(
        isinstance(one, dict) and isinstance(one.get("Type"), str) and isinstance(one.get("Properties", {}), dict)
        for one in resources
    )


def _refusal(path: Path, what: str) -> Failure:
    return Failure(f"{path} {what}", exit_code=NOT_PLANNED)


def main(arguments: list[str]) -> int:
    """Print a snapshot: this is how the code of another commit says what it deploys."""
    extension = arguments.pop(0) if arguments[0].startswith(EXTENSION_OPTION) else ""
    folder, *environments = arguments
    try:
        found = find_extension(extension.removeprefix(EXTENSION_OPTION), Path(folder))
        extended = None if found is None else Extended(found, Path(folder))
        print(
            as_text(Snapshot({name: stacks_of(load(Path(folder), name), extended=extended) for name in environments}))
        )
    except Failure as failure:
        print(failure.sentence, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
