"""The immutable resources: a Model and an EndpointConfig are what their create request said."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from localaws.sagemaker.scope import Scope


@dataclass(frozen=True)
class ModelRecord:
    """A Model as it was created."""

    scope: Scope
    name: str
    request: dict[str, Any]
    created_at: datetime

    @property
    def arn(self) -> str:
        return self.scope.arn("model", self.name)

    @property
    def containers(self) -> list[dict[str, Any]]:
        """The container definitions, one for a Model with a PrimaryContainer."""
        primary = self.request.get("PrimaryContainer")
        return [primary] if primary is not None else list(self.request.get("Containers", ()))

    @property
    def role_arn(self) -> str:
        return str(self.request.get("ExecutionRoleArn", ""))

    @property
    def is_multi_model(self) -> bool:
        return any(container.get("Mode") == "MultiModel" for container in self.containers)


@dataclass(frozen=True)
class EndpointConfigRecord:
    """An EndpointConfig as it was created."""

    scope: Scope
    name: str
    request: dict[str, Any]
    created_at: datetime

    @property
    def arn(self) -> str:
        return self.scope.arn("endpoint-config", self.name)

    @property
    def variants(self) -> list[dict[str, Any]]:
        return list(self.request["ProductionVariants"])

    @property
    def shadow_variants(self) -> list[dict[str, Any]]:
        return list(self.request.get("ShadowProductionVariants") or ())

    @property
    def async_config(self) -> dict[str, Any] | None:
        config: dict[str, Any] | None = self.request.get("AsyncInferenceConfig")
        return config

    @property
    def is_serverless(self) -> bool:
        return any("ServerlessConfig" in variant for variant in self.variants)


def instance_type(variant: dict[str, Any]) -> str | None:
    """The type that a variant's instances count as: its own, else its first-priority pool's; None: serverless."""
    if "InstanceType" in variant:
        return str(variant["InstanceType"])
    pool = _first_pool(variant)
    return None if pool is None else str(pool["InstanceType"])


def deployed_model_name(variant: dict[str, Any]) -> str | None:
    """The Model that a variant's instances run: its first-priority pool's own, else the variant's; None: components."""
    pool = _first_pool(variant)
    name = variant.get("ModelName") if pool is None else pool.get("ModelNameOverride", variant.get("ModelName"))
    return None if name is None else str(name)


def named_models(variant: dict[str, Any]) -> set[str]:
    """Every Model that a variant names."""
    pools = variant.get("InstancePools") or ()
    names = [variant.get("ModelName"), *(pool.get("ModelNameOverride") for pool in pools)]
    return {name for name in names if name is not None}


def _first_pool(variant: dict[str, Any]) -> dict[str, Any] | None:
    return min(variant.get("InstancePools") or (), key=lambda pool: int(pool["Priority"]), default=None)
