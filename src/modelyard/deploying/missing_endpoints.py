"""Endpoints that somebody deleted by hand: their stacks stand, and their next change fails with NotFound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from modelyard.catalog.entry import Catalog
from modelyard.catalog.naming import stack_name

# What a stack says while nothing is being done to it and its endpoint was made.
_STANDING = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}
_ENDPOINT_NAME = "EndpointName"


@dataclass(frozen=True, kw_only=True)
class MissingEndpoint:
    """A stack that stands and the endpoint that it no longer has."""

    entry: str
    stack: str
    endpoint: str


def missing_endpoints(cloudformation: Any, sagemaker: Any, catalog: Catalog) -> list[MissingEndpoint]:
    """The entries of the environment whose stack names an endpoint that SageMaker does not know, by name."""
    entries = {stack_name(catalog.environment_name, entry): entry for entry in catalog.entries}
    told = {}
    for page in cloudformation.get_paginator("describe_stacks").paginate():
        for stack in page["Stacks"]:
            if stack["StackName"] in entries and stack["StackStatus"] in _STANDING:
                outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
                told[stack["StackName"]] = outputs.get(_ENDPOINT_NAME)
    if not any(told.values()):
        return []
    pages = sagemaker.get_paginator("list_endpoints").paginate()
    existing = {endpoint["EndpointName"] for page in pages for endpoint in page["Endpoints"]}
    return [
        MissingEndpoint(entry=entries[stack], stack=stack, endpoint=endpoint)
        for stack, endpoint in sorted(told.items())
        if endpoint is not None and endpoint not in existing
    ]
