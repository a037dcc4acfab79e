"""What an endpoint serves: an image, its settings and where the weights lie."""

from __future__ import annotations

from typing import Any

from modelyard.blueprint.construct import Scope
from modelyard.blueprint.resource import Reference, Resource
from modelyard.catalog.schema import MultiModelEndpoint
from modelyard_constructs.endpoint_plan import EndpointPlan
from modelyard_constructs.engine_environment import engine_environment
from modelyard_constructs.execution_role import ExecutionRole
from modelyard_constructs.record_subscription import record_variables


class ServedModel(Resource):
    """A SageMaker Model; it carries no name, because every change replaces it and a fixed name would collide."""

    def __init__(self, scope: Scope, logical_id: str, *, plan: EndpointPlan, role: ExecutionRole) -> None:
        properties: dict[str, Any] = {
            "ExecutionRoleArn": role.arn,
            "PrimaryContainer": {
                "Image": plan.image.uri,
                "Environment": engine_environment(plan.entry) | record_variables(plan),
                **_weights(plan),
            },
            "Tags": plan.tags.listing("model"),
        }
        if plan.network:
            properties["VpcConfig"] = {
                "Subnets": list(plan.network.subnets),
                "SecurityGroupIds": list(plan.network.security_groups),
            }
        # Left out where it would say what AWS assumes: every property of a Model that changes replaces it.
        if plan.network or plan.isolated:
            properties["EnableNetworkIsolation"] = plan.isolated
        super().__init__(scope, logical_id, type="AWS::SageMaker::Model", properties=properties)

    @property
    def name(self) -> Reference:
        """The name that CloudFormation gave it."""
        return self.attribute("ModelName")


def _weights(plan: EndpointPlan) -> dict[str, Any]:
    """Where SageMaker finds the weights, in the one form each kind takes."""
    endpoint = plan.endpoint
    artifacts = f"s3://{plan.storage.artifacts_bucket}/{plan.artifacts_prefix}"
    if isinstance(endpoint, MultiModelEndpoint):
        cached = "Enabled" if endpoint.serving.keep_models_in_memory else "Disabled"
        return {
            "Mode": "MultiModel",
            "ModelDataUrl": artifacts,
            "MultiModelConfig": {"ModelCacheSetting": cached},
        }
    if endpoint.kind == "serverless":
        return {"ModelDataUrl": f"{artifacts}{endpoint.model}.tar.gz"}
    source = {
        "S3Uri": f"{artifacts}{endpoint.model}/",
        "S3DataType": "S3Prefix",
        "CompressionType": "None",
    }
    return {"ModelDataSource": {"S3DataSource": source}}
