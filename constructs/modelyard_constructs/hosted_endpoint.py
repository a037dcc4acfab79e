"""The endpoint itself: the one name that callers know and that never changes."""

from __future__ import annotations

from typing import Any

from modelyard.blueprint.construct import Scope
from modelyard.blueprint.resource import Reference, Resource
from modelyard.catalog.naming import VARIANT_NAME
from modelyard_constructs.deployment_policy import deployment_config
from modelyard_constructs.endpoint_configuration import EndpointConfiguration
from modelyard_constructs.endpoint_plan import EndpointPlan
from modelyard_constructs.rollback_alarms import RollbackAlarms


class HostedEndpoint(Resource):
    """A SageMaker endpoint.

    RetainAllVariantProperties is not set: AWS wants it on updates only, never on the creation of an endpoint, and one
    template serves both (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/
    aws-resource-sagemaker-endpoint.html). A deployment therefore starts from the entry's least number of instances.
    """

    def __init__(
        self, scope: Scope, logical_id: str, *, plan: EndpointPlan, configuration: EndpointConfiguration
    ) -> None:
        properties: dict[str, Any] = {
            "EndpointName": plan.endpoint_name,
            "EndpointConfigName": configuration.name,
            "Tags": plan.tags.listing("endpoint"),
        }
        if plan.rollout is not None:
            alarms = RollbackAlarms(scope, plan=plan, rollout=plan.rollout, configuration=configuration)
            properties["DeploymentConfig"] = deployment_config(plan.rollout, alarm_names=alarms.names)
        super().__init__(scope, logical_id, type="AWS::SageMaker::Endpoint", properties=properties)

    @property
    def name(self) -> Reference:
        """The endpoint's name, known only once it is in service."""
        return self.attribute("EndpointName")

    @property
    def scaling_resource_id(self) -> Reference:
        """How Application Auto Scaling calls the endpoint's instances."""
        return {"Fn::Join": ["", ["endpoint/", self.name, f"/variant/{VARIANT_NAME}"]]}
