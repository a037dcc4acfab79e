"""Who may ask an endpoint: a policy that allows this one thing, to be attached to callers' roles."""

from __future__ import annotations

from typing import Any, ClassVar

from modelyard.blueprint.construct import Scope
from modelyard.blueprint.resource import Resource
from modelyard_constructs.endpoint_plan import EndpointPlan
from modelyard_constructs.key_use import READ_AND_WRITE, through_s3
from modelyard_constructs.policy_document import Statement, allow, policy_document
from modelyard_constructs.shared_storage import ASYNC

_ACTIONS = {
    "real-time": ["sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithResponseStream"],
    # Neither a serverless nor a multi-model endpoint can stream.
    "serverless": ["sagemaker:InvokeEndpoint"],
    "multi-model": ["sagemaker:InvokeEndpoint"],
    "async": ["sagemaker:InvokeEndpointAsync"],
}


class InvokePolicy(Resource):
    """Invoking this endpoint and nothing else; for an asynchronous one also its requests and answers in S3.

    It names the endpoint before there is one: a role that takes no further policy (rule callers_quota) or that does not
    exist is told before instances are started.
    """

    accepted_findings: ClassVar = {
        "AwsSolutions-IAM5": "a caller names its requests, and SageMaker the answers, below the entry's prefixes; "
        "keys are held by what they encrypt",
    }

    def __init__(self, scope: Scope, logical_id: str, *, plan: EndpointPlan) -> None:
        properties: dict[str, Any] = {
            "Description": f"invokes endpoint {plan.endpoint_name} of {plan.target.environment_name}",
            "PolicyDocument": policy_document(invoke_statements(plan)),
        }
        if plan.endpoint.callers:
            properties["Roles"] = list(plan.endpoint.callers)
        super().__init__(scope, logical_id, type="AWS::IAM::ManagedPolicy", properties=properties)


def invoke_statements(plan: EndpointPlan) -> list[Statement]:
    """What a caller of the endpoint is allowed."""
    # SageMaker writes ARNs in lower case, as our names are.
    endpoint_arn = plan.target.arn("sagemaker", f"endpoint/{plan.endpoint_name}")
    statements = [allow(_ACTIONS[plan.endpoint.kind], [endpoint_arn])]
    return statements + (_requests_and_answers(plan) if plan.endpoint.kind == "async" else [])


def _requests_and_answers(plan: EndpointPlan) -> list[Statement]:
    target, bucket = plan.target, plan.storage.async_bucket
    answers = [f"{plan.output_prefix}*", f"{plan.failure_prefix}*"]
    return [
        allow(["s3:PutObject"], [target.object_arn(bucket, f"{plan.input_prefix}*")]),
        allow(["s3:GetObject"], [target.object_arn(bucket, answer) for answer in answers]),
        # Without it S3 says 403 instead of 404 for an answer that is not there yet, and clients that wait by HeadObject
        # (the SageMaker SDK's AsyncPredictor) give up. With it a caller can find every answer of this one endpoint,
        # other callers' too: who must not see another's gets an endpoint of its own (docs/operating.md).
        allow(["s3:ListBucket"], [target.object_arn(bucket)], StringLike={"s3:prefix": answers}),
        through_s3(target, READ_AND_WRITE, ASYNC),
    ]
