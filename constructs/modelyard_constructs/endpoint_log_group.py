"""The log group of an endpoint's containers, made before SageMaker would make it without an end."""

from __future__ import annotations

from modelyard.blueprint.construct import Scope
from modelyard.blueprint.resource import Resource
from modelyard_constructs.endpoint_plan import EndpointPlan


class EndpointLogGroup(Resource):
    """`/aws/sagemaker/Endpoints/<name>`, the name SageMaker writes to, with retention and encryption.

    It goes with its stack. SageMaker chooses the name, so one that stayed would be in the way of the endpoint's return;
    who wants to read the logs of a creation that failed deploys with `--no-rollback` (docs/operating.md).
    """

    def __init__(self, scope: Scope, logical_id: str, *, plan: EndpointPlan) -> None:
        self.name = f"/aws/sagemaker/Endpoints/{plan.endpoint_name}"
        super().__init__(
            scope,
            logical_id,
            type="AWS::Logs::LogGroup",
            properties={
                "LogGroupName": self.name,
                "RetentionInDays": plan.endpoint.log_keep_days,
                "KmsKeyId": plan.storage.key_arn,
                "Tags": plan.tags.listing("logs"),
            },
        )
