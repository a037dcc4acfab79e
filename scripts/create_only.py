"""Write which properties only a creation can set, as the registry's schemas say, into two files of a folder.

    create_only.py src/modelyard/planning/data        from the schemas that the locked cfn-lint carries

Types of the first file are those of every catalog of the tests, those of the other all that there are besides: an
extension may deploy any. A test fails where the files differ from what this writes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Collection
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


def other_types(ours: Collection[str]) -> list[str]:
    """The types of the registry that we do not deploy."""
    return sorted(set(PROVIDER_SCHEMA_MANAGER.get_resource_types("us-east-1")) - set(ours))


def main(folder: Path) -> None:
    """Bring the types of both files up to date."""
    path = folder / "create_only.json"
    known = json.loads(path.read_text("utf-8"))
    known["types"] = table(sorted(known["types"]))
    path.write_text(json.dumps(known, indent=1) + "\n", "utf-8")
    lines = [f"{json.dumps(name)}: {json.dumps(paths)}" for name, paths in table(other_types(known["types"])).items()]
    (folder / "create_only_of_others.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
