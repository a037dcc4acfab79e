"""Write the generated part of docs/permissions.md: `python tests/stacks/permissions_page.py`; a test holds it.

What CloudFormation does for a resource stands in the registry's schemas, as cfn-lint carries them: the permissions of
each type's handlers. The types are those of the templates that the app writes.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "permissions.md"
MARK = "<!-- Everything below is written by `python tests/stacks/permissions_page.py`. -->\n"
# The kinds of stacks, and the environments of the four kinds that together have every resource.
ENVIRONMENTS = ("guarded", "local", "signals", "flink")
STACKS = {"foundation": "The foundation", "endpoints": "Endpoints"}
_HANDLERS = ("create", "read", "update", "delete")


def actions(types: Iterable[str]) -> list[str]:
    """What the handlers of these types call."""
    found: set[str] = set()
    for type_name in types:
        handlers = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", type_name).schema.get("handlers", {})
        for handler in _HANDLERS:
            found |= set(handlers.get(handler, {}).get("permissions", []))
    # One schema names an operation of S3's logs among the actions.
    return sorted(action for action in found if re.fullmatch(r"[a-z0-9-]+:[A-Za-z]+\*?", action))


def types_by_stack(templates: Iterable[Any]) -> dict[str, list[str]]:
    """The types of resources of the foundation and of endpoints."""
    found: dict[str, set[str]] = {name: set() for name in STACKS}
    for written in templates:
        for stack, _, resource in written.resources():
            found["foundation" if stack == "foundation" else "endpoints"].add(resource["Type"])
    return {name: sorted(types) for name, types in found.items()}


def generated_part(templates: Iterable[Any]) -> str:
    """A section for each kind of stack: its types, and a policy."""
    parts = []
    for name, types in types_by_stack(templates).items():
        listed = ", ".join(f"`{type_name}`" for type_name in types)
        statement = {"Effect": "Allow", "Action": actions(types), "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=1)
        parts.append(f"## {STACKS[name]}\n\n{listed}\n\n```json\n{policy}\n```\n")
    return "\n".join(parts)


def page_with(generated: str, page: str) -> str:
    """The page with its generated part replaced."""
    written, mark, _ = page.partition(MARK)
    assert mark, f"docs/permissions.md has lost its line {MARK.strip()}"
    return f"{written}{mark}\n{generated}"


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    from conftest import synthesise

    with tempfile.TemporaryDirectory() as folder:
        synthesised = [synthesise(Path(folder) / name, name) for name in ENVIRONMENTS]
        PAGE.write_text(page_with(generated_part(synthesised), PAGE.read_text("utf-8")), "utf-8")
