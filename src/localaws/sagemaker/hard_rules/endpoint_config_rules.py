"""Every rule that CreateEndpointConfig holds a request against beyond the service model, in order."""

from collections.abc import Mapping
from typing import Any

from localaws.sagemaker import refusals
from localaws.sagemaker.hard_rules import (
    async_rules,
    inference_ami_rules,
    inference_component_rules,
    instance_rules,
    metrics_rules,
    multi_model_rules,
    routing_rules,
    serverless_rules,
    shadow_rules,
    storage_rules,
    variant_rules,
)
from localaws.sagemaker.hard_rules.config_request import ConfigRequest, ConfigRule
from localaws.sagemaker.records import ModelRecord
from localaws.sagemaker.scope import Scope

RULES: tuple[ConfigRule, ...] = (
    *variant_rules.RULES,
    *serverless_rules.RULES,
    *inference_component_rules.RULES,
    *instance_rules.RULES,
    *storage_rules.RULES,
    *async_rules.RULES,
    *multi_model_rules.RULES,
    *shadow_rules.RULES,
    *inference_ami_rules.RULES,
    *routing_rules.RULES,
    *metrics_rules.RULES,
)


def require_all(request: dict[str, Any], *, scope: Scope, models: Mapping[str, ModelRecord]) -> None:
    """Raise `AwsError` with the first rule that the request breaks."""
    config_request = ConfigRequest(request=request, scope=scope, models=models)
    for rule in RULES:
        refusal = rule(config_request)
        if refusal is not None:
            raise refusals.invalid(refusal)
