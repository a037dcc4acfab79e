"""A function's archive as an asset of its stack: it is uploaded before the stack is deployed."""

from __future__ import annotations

from typing import Any

from modelyard.blueprint.asset import AssetText
from modelyard_constructs.function_archive import function_asset


def function_code(function: str) -> dict[str, Any]:
    """The `Code` of an AWS::Lambda::Function that runs `lambdas/<function>/`."""
    asset = function_asset(function)
    return {"S3Bucket": AssetText(asset, "{bucket}"), "S3Key": AssetText(asset, "{key}")}
