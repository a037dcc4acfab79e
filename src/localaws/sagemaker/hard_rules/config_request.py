"""A CreateEndpointConfig request with the Models it names, as the rules read it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from localaws.sagemaker.records import ModelRecord
from localaws.sagemaker.scope import Scope


@dataclass(frozen=True)
class ConfigRequest:
    """The request (valid by the service model), where it is made and the Models that its variants name."""

    request: dict[str, Any]
    scope: Scope
    models: Mapping[str, ModelRecord]

    @property
    def variants(self) -> list[dict[str, Any]]:
        return list(self.request["ProductionVariants"])

    @property
    def shadow_variants(self) -> list[dict[str, Any]]:
        return list(self.request.get("ShadowProductionVariants") or ())

    @property
    def all_variants(self) -> list[dict[str, Any]]:
        return self.variants + self.shadow_variants

    @property
    def is_async(self) -> bool:
        return "AsyncInferenceConfig" in self.request

    @property
    def serverless_variants(self) -> list[dict[str, Any]]:
        return [variant for variant in self.all_variants if "ServerlessConfig" in variant]

    def model_of(self, variant: dict[str, Any]) -> ModelRecord | None:
        """The variant's Model, None for a variant of an endpoint that hosts inference components."""
        name = variant.get("ModelName")
        return None if name is None else self.models[name]

    @property
    def multi_model_variants(self) -> list[dict[str, Any]]:
        return [variant for variant in self.all_variants if (model := self.model_of(variant)) and model.is_multi_model]


ConfigRule = Callable[[ConfigRequest], str | None]
"""A rule answers the sentence with which the request is refused, or None."""


def instance_types(variant: dict[str, Any]) -> list[str]:
    """Every type that the variant's instances may be of."""
    pools = [pool["InstanceType"] for pool in variant.get("InstancePools") or ()]
    return ([variant["InstanceType"]] if "InstanceType" in variant else []) + pools
