"""Write which properties of the types that we deploy only a creation can set, as the registry's schemas say.

    create_only.py FILE        from the schemas that the locked cfn-lint carries

Types are those of every catalog of the tests. A test fails where the file differs from what this writes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER


def table(types: list[str]) -> dict[str, list[str]]:
    """Paths of properties by type; a part of each element of a list is taken for the whole list."""
    found = {}
    for name in types:
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", name).schema
        paths = schema.get("createOnlyProperties", [])
        found[name] = sorted({path.removeprefix("/properties/").partition("/*")[0] for path in paths})
    return found


def main(path: Path) -> None:
    """Bring the types of the file up to date."""
    known = json.loads(path.read_text("utf-8"))
    known["types"] = table(sorted(known["types"]))
    path.write_text(json.dumps(known, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
