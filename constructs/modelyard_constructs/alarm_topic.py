"""Where a stack's alarms go, and who hears them."""

from __future__ import annotations

from collections.abc import Sequence

from modelyard.blueprint.construct import Scope
from modelyard.blueprint.generated_name import GeneratedNames
from modelyard.blueprint.resource import Resource
from modelyard.catalog.schema import AlarmTargets
from modelyard_constructs.policy_document import allow, policy_document
from modelyard_constructs.tag_set import TagSet
from modelyard_constructs.target import Target
from modelyard_constructs.topic import tls_only


class AlarmTopic(Resource):
    """A topic that only these `alarms` of the stack, by logical id, publish to, with its recipients' addresses.

    It carries no customer key: CloudWatch can publish to an encrypted topic only if the key's policy names it, and a
    company's own key that does not would lose every alarm without a sound. Alarms say no word of what users asked.
    """

    def __init__(
        self,
        scope: Scope,
        logical_id: str,
        *,
        target: Target,
        tags: TagSet,
        recipients: AlarmTargets,
        alarms: Sequence[str],
    ) -> None:
        properties = {"Tags": tags.listing("alarms")}
        super().__init__(scope, logical_id, type="AWS::SNS::Topic", properties=properties)
        # CloudFormation names an alarm by stack, logical id and chance. The id has to be said: names of stacks hold
        # hyphens, and `chat-*` would fit the alarms of chat-2.
        of_this_stack = [
            GeneratedNames(
                form=target.arn("cloudwatch", "alarm:{name}"),
                stack_name=scope.stack.name,
                logical_ids=(alarm,),
                beginning=f"{alarm}-",
            )
            for alarm in sorted(alarms)
        ]
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
        told = {
            **allow(
                ["sns:Publish"],
                [self.reference],
                StringEquals={"aws:SourceAccount": target.account},
                ArnLike={"aws:SourceArn": of_this_stack},
            ),
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
        }
        Resource(
            scope,
            f"{logical_id}Policy",
            type="AWS::SNS::TopicPolicy",
            properties={
                "Topics": [self.reference],
                "PolicyDocument": policy_document([told, tls_only(self.reference)]),
            },
        )
        addresses = [("email", address) for address in recipients.email]
        addresses += [("https", address) for address in recipients.https]
        for number, (protocol, address) in enumerate(addresses, start=1):
            Resource(
                scope,
                f"{logical_id}Subscription{number}",
                type="AWS::SNS::Subscription",
                properties={"TopicArn": self.reference, "Protocol": protocol, "Endpoint": address},
            )
