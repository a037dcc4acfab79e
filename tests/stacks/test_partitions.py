"""A template names its own partition everywhere: an ARN of another one matches nothing, without a sound."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

# The key's policy names CloudWatch Logs by region and partition.
SUFFIXES = {
    "cn-north-1": ("aws-cn", "amazonaws.com.cn"),
    "us-gov-west-1": ("aws-us-gov", "amazonaws.com"),
    "us-iso-east-1": ("aws-iso", "c2s.ic.gov"),
    "eusc-de-east-1": ("aws-eusc", "amazonaws.eu"),
}


@pytest.mark.parametrize("region", SUFFIXES)
def test_every_arn_and_registry_is_of_the_regions_partition(
    run_app: Any, catalog_with: Any, tmp_path: Path, region: str
) -> None:
    partition, suffix = SUFFIXES[region]
    catalog = catalog_with("environments/local.yaml", region=region)
    (catalog / "environments" / "local.yaml").rename(catalog / "environments" / "far.yaml")
    for entry in catalog.glob("endpoints/*.yaml"):
        if entry.stem != "shelf":
            entry.unlink()
    templates = run_app(tmp_path / "out", "far", catalog=catalog)
    text = "".join(path.read_text("utf-8") for path in templates.files.values())
    assert set(re.findall(r"arn:(aws[a-z-]*):", text)) == {partition}
    assert f'"logs.{region}.{suffix}"' in text
    assert set(re.findall(rf"dkr\.ecr\.{region}\.([a-z0-9.-]+)/", text)) == {suffix}
