"""The two topics that hear about every answer of an asynchronous endpoint."""

from __future__ import annotations

from aws_cdk import Stack

from modelyard_constructs.endpoint_plan import EndpointPlan
from modelyard_constructs.resource import Reference, Resource, policy_document
from modelyard_constructs.topic import tls_only


class NotificationTopics:
    """One topic for answers, one for failures; SageMaker publishes to both as the endpoint's execution role."""

    def __init__(self, scope: Stack, *, plan: EndpointPlan) -> None:
        self.success = self._topic(scope, "SuccessTopic", plan)
        self.error = self._topic(scope, "ErrorTopic", plan)

    def _topic(self, scope: Stack, logical_id: str, plan: EndpointPlan) -> Reference:
        topic = Resource(
            scope,
            logical_id,
            type="AWS::SNS::Topic",
            properties={"KmsMasterKeyId": plan.storage.key_arn, "Tags": plan.tags.listing("notifications")},
        )
        Resource(
            scope,
            f"{logical_id}Policy",
            type="AWS::SNS::TopicPolicy",
            properties={
                "Topics": [topic.reference],
                "PolicyDocument": policy_document([tls_only(topic.reference)]),
            },
        )
        return topic.reference
