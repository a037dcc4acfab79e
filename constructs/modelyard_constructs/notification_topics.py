"""The two topics that hear about every answer of an asynchronous endpoint."""

from __future__ import annotations

from modelyard.blueprint.construct import Construct, Scope
from modelyard.blueprint.resource import Reference, Resource
from modelyard_constructs.endpoint_plan import EndpointPlan
from modelyard_constructs.policy_document import policy_document
from modelyard_constructs.topic import tls_only


class NotificationTopics(Construct):
    """One topic for answers, one for failures; SageMaker publishes to both as the endpoint's execution role."""

    def __init__(self, scope: Scope, *, plan: EndpointPlan) -> None:
        super().__init__(scope, "Notifications")
        self.success = self._topic("SuccessTopic", plan)
        self.error = self._topic("ErrorTopic", plan)

    def _topic(self, logical_id: str, plan: EndpointPlan) -> Reference:
        topic = Resource(
            self,
            logical_id,
            type="AWS::SNS::Topic",
            properties={"KmsMasterKeyId": plan.storage.key_arn, "Tags": plan.tags.listing("notifications")},
        )
        Resource(
            self,
            f"{logical_id}Policy",
            type="AWS::SNS::TopicPolicy",
            properties={
                "Topics": [topic.reference],
                "PolicyDocument": policy_document([tls_only(topic.reference)]),
            },
        )
        return topic.reference
