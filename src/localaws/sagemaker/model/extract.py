"""Cut the SageMaker operations embedded AWS speaks out of a botocore wheel.

Usage: `python -m localaws.sagemaker.model.extract botocore-1.44.5-py3-none-any.whl`

Writes `sagemaker.json` and `sagemaker-runtime.json` next to this file: the operations below with every shape they
reach, documentation removed. They are vendored so that a request is judged by one dated model and not by whichever
botocore happens to be installed. botocore is Apache-2.0; its notice is in `NOTICE`.
"""

import gzip
import json
import re
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

OPERATIONS = {
    "sagemaker": (
        "2017-07-24",
        (
            "AddTags",
            "CreateEndpoint",
            "CreateEndpointConfig",
            "CreateModel",
            "DeleteEndpoint",
            "DeleteEndpointConfig",
            "DeleteModel",
            "DeleteTags",
            "DescribeEndpoint",
            "DescribeEndpointConfig",
            "DescribeModel",
            "ListEndpointConfigs",
            "ListEndpoints",
            "ListModels",
            "ListTags",
            "UpdateEndpoint",
            "UpdateEndpointWeightsAndCapacities",
        ),
    ),
    "sagemaker-runtime": (
        "2017-05-13",
        ("InvokeEndpoint", "InvokeEndpointAsync", "InvokeEndpointWithResponseStream"),
    ),
}


def extract(wheel: Path, target: Path) -> list[Path]:
    """Write one JSON file per service into `target` and return their paths."""
    version_in_name = re.match(r"botocore-([0-9.]+)-", wheel.name)
    if version_in_name is None:
        raise SystemExit(
            f"{wheel.name!r} is not the file name of a botocore wheel (botocore-<version>-py3-none-any.whl)"
        )
    written = []
    with zipfile.ZipFile(wheel) as archive:
        for service, (api_version, operations) in OPERATIONS.items():
            member = f"botocore/data/{service}/{api_version}/service-2.json.gz"
            full = json.loads(gzip.decompress(archive.read(member)))
            built = datetime(*archive.getinfo(member).date_time, tzinfo=UTC)
            cut = {
                "source": {
                    "package": "botocore",
                    "version": version_in_name.group(1),
                    "built": built.date().isoformat(),
                    "licence": "Apache-2.0",
                },
                "metadata": full["metadata"],
                "operations": {name: _without_documentation(full["operations"][name]) for name in operations},
            }
            cut["shapes"] = _reachable_shapes(full["shapes"], cut["operations"])
            path = target / f"{service}.json"
            path.write_text(json.dumps(cut, indent=1, sort_keys=True) + "\n", encoding="utf-8")
            written.append(path)
    return written


def _reachable_shapes(shapes: dict[str, Any], operations: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    waiting = [name for operation in operations.values() for name in _shape_references(operation)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = _without_documentation(shapes[name])
            waiting.extend(_shape_references(found[name]))
    return found


def _shape_references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [name for item in node for name in _shape_references(item)]
    if not isinstance(node, dict):
        return []
    own = [node["shape"]] if isinstance(node.get("shape"), str) else []
    return own + [name for value in node.values() for name in _shape_references(value)]


def _without_documentation(node: Any) -> Any:
    if isinstance(node, list):
        return [_without_documentation(item) for item in node]
    if isinstance(node, dict):
        # A member could itself be called "documentation"; only the text is dropped.
        return {
            key: _without_documentation(value)
            for key, value in node.items()
            if not (key in ("documentation", "documentationUrl") and isinstance(value, str))
        }
    return node


if __name__ == "__main__":
    for written_path in extract(Path(sys.argv[1]), Path(__file__).parent):
        print(written_path)
