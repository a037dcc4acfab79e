"""Our endpoints as constructs of a company's own CDK app: `from modelyard.cdk import ModelEndpoint, read_entry`."""

from modelyard.cdk.entries import CatalogRefused, read_entries, read_entry
from modelyard.cdk.model_endpoint import ModelEndpoint

__all__ = ["CatalogRefused", "ModelEndpoint", "read_entries", "read_entry"]
