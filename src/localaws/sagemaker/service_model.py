"""The vendored service model: which operations exist and what their shapes allow."""

import functools
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_MODEL_FOLDER = Path(__file__).parent / "model"

# AWS's patterns are Java regular expressions. `re` lacks the property classes, all of which AWS uses inside brackets
# or alone; these are their exact members (Python's \w is letters, numbers and the underscore, which AWS lists too).
_JAVA_CLASSES_IN_BRACKETS = {
    r"\p{L}": r"\w",
    r"\p{N}": r"\w",
    r"\p{Z}": " \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000",
    r"\p{Print}": r"\x20-\x7e",
}


@dataclass(frozen=True)
class ServiceModel:
    """One service's operations and shapes, as botocore of `source` describes them."""

    source: dict[str, str]
    operations: dict[str, dict[str, Any]]
    shapes: dict[str, dict[str, Any]]

    def input_shape(self, operation: str) -> dict[str, Any] | None:
        """The input structure of an operation, None when it takes none (no SageMaker operation here does)."""
        reference = self.operations[operation].get("input")
        return None if reference is None else self.shapes[reference["shape"]]


@functools.cache
def load(service: str) -> ServiceModel:
    """The model of `sagemaker` or `sagemaker-runtime`."""
    document = json.loads((_MODEL_FOLDER / f"{service}.json").read_text(encoding="utf-8"))
    return ServiceModel(source=document["source"], operations=document["operations"], shapes=document["shapes"])


@functools.cache
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """AWS's pattern as Python understands it; to be used with `fullmatch`, for AWS's constraints match whole values."""
    translated = pattern.replace(r"\p{ASCII}", r"[\x00-\x7f]").replace(r"\z", r"\Z")
    for java, python in _JAVA_CLASSES_IN_BRACKETS.items():
        translated = translated.replace(java, python)
    return re.compile(translated)
