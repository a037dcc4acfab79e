"""Bills of materials in CycloneDX: one for each lock, one for the images, each held against CycloneDX's own schema.

    sbom.py FOLDER [ROOT]    write FOLDER/<lock>.cdx.json and FOLDER/images.cdx.json

https://cyclonedx.org/docs/1.6/json/
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

# Each region has a registry of its own with the same images; a bill names one.
_REGION = "us-east-1"
TOOL = Path(sys.executable).with_name("cyclonedx-py")
# An image that a Dockerfile builds on: `ARG PYTHON=python:3.11.14-slim-bookworm`, with a digest or without.
_BASE_IMAGE = re.compile(
    r"^ARG \w+=(?P<name>[\w./-]+):(?P<tag>[\w.-]+)(?:@(?P<digest>sha256:[0-9a-f]{64}))?$", re.MULTILINE
)


def locks(root: Path) -> dict[str, Path]:
    """Every file that pins what is installed somewhere, by the name of its bill."""
    found = sorted([root / "requirements.txt", *root.glob("*/requirements*.txt"), *root.glob("*/*/requirements*.txt")])
    return {
        "-".join(path.relative_to(root).with_suffix("").parts): path
        for path in found
        if "==" in path.read_text("utf-8") and "--hash" in path.read_text("utf-8")
    }


def images(root: Path) -> Iterator[Component]:
    """The images that ours are built on, and those that engines publish for SageMaker."""
    for path in sorted(root.glob("containers/*/Dockerfile")):
        for found in _BASE_IMAGE.finditer(path.read_text("utf-8")):
            yield _image(found["name"], found["tag"], {"digest": found["digest"]} if found["digest"] else {})
    table = json.loads((root / "src" / "modelyard" / "catalog" / "images.json").read_text("utf-8"))
    for row in table["images"]:
        account = table["registries"][row["registry"]].get(_REGION)
        host = {"repository_url": f"{account}.dkr.ecr.{_REGION}.amazonaws.com"} if account else {}
        yield _image(row["repository"], row["tag"], host)


def _image(name: str, tag: str, qualifiers: dict[str, str]) -> Component:
    namespace, _, short = name.rpartition("/")
    purl = PackageURL("docker", namespace or None, short, tag, qualifiers)
    return Component(name=name, version=tag, type=ComponentType.CONTAINER, purl=purl, bom_ref=str(purl))


def images_bill(root: Path) -> str:
    """The bill of the images.

    Raises:
        ValueError: where it is not what CycloneDX asks for.
    """
    bill = Bom(components=dict.fromkeys(images(root)))
    text = JsonV1Dot6(bill).output_as_string(indent=2)
    if (error := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)) is not None:
        raise ValueError(f"the bill of the images is no CycloneDX: {error}")
    return text


def main(folder: Path, root: Path) -> int:
    """Exit code 1 where a lock cannot be read or a bill is not valid; the tool says why."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, lock in locks(root).items():
        target = folder / f"{name}.cdx.json"
        options = ["--output-reproducible", "--short-PURLs", "--validate", "--of", "JSON", "-o", str(target)]
        done = subprocess.run([TOOL, "requirements", *options, str(lock)], check=False)
        if done.returncode != 0:
            return 1
        count = len(json.loads(target.read_text("utf-8"))["components"])
        print(f"{target}: {count} packages of {lock.relative_to(root)}")
    target = folder / "images.cdx.json"
    target.write_text(images_bill(root) + "\n", encoding="utf-8")
    print(f"{target}: {len(json.loads(target.read_text('utf-8'))['components'])} images")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parents[1]))
