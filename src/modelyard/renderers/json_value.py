"""A value of a blueprint as JSON has it, for whichever engine it is written."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from modelyard.blueprint.asset import AssetText, FileAsset
from modelyard.blueprint.generated_name import GeneratedNames

# The bucket and the key of an asset.
PlaceOfAsset = Callable[[FileAsset], tuple[str, str]]


def json_value(value: Any, place: PlaceOfAsset) -> Any:
    """The value with the places of assets in it; what is None is left out, as the CDK leaves it out."""
    kind = type(value)
    if kind is str:
        return value
    # Asking an abstract class about each value took most of the time, and calls for the many texts half of the rest.
    if kind is dict or isinstance(value, Mapping):
        return {
            key: inner if type(inner) is str else json_value(inner, place)
            for key, inner in value.items()
            if inner is not None
        }
    if kind is list or (isinstance(value, Sequence) and not isinstance(value, str)):
        return [json_value(inner, place) for inner in value if inner is not None]
    if isinstance(value, AssetText):
        return value.filled(*place(value.asset))
    if isinstance(value, GeneratedNames):
        return value.text
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        # JavaScript knows one kind of number.
        return int(value)
    return value
