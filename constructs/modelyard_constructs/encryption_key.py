"""The foundation's own key: it encrypts what an environment stores, unless the company names one."""

from __future__ import annotations

from modelyard.blueprint.construct import Scope
from modelyard.blueprint.resource import Reference, Resource
from modelyard.catalog.partitions import logs_principal
from modelyard_constructs.policy_document import allow, policy_document
from modelyard_constructs.tag_set import TagSet
from modelyard_constructs.target import Target


class EncryptionKey(Resource):
    """A rotated KMS key for weights, captured requests, asynchronous answers and logs; it outlives its stack.

    It is there beside a company's key too, for about a dollar a month: whoever goes back from that one finds this again
    and what lies under it, instead of a third key.

    `functions` are there or not: their logs and those of what they hand on to are encrypted with the key as well.
    So are those of a `flink` application.
    """

    def __init__(
        self, scope: Scope, logical_id: str, *, target: Target, tags: TagSet, functions: bool, flink: bool
    ) -> None:
        account = f"arn:{target.partition}:iam::{target.account}:root"
        # The one grant that IAM policies of the account cannot give: CloudWatch Logs encrypts as itself, for the log
        # groups named in its encryption context.
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
        endpoints = target.arn("logs", "log-group:/aws/sagemaker/*")
        services = ("kinesisfirehose", "lambda", *(["kinesis-analytics"] if flink else []))
        events = [target.arn("logs", f"log-group:/aws/{service}/modelyard-*") for service in services]
        logs = {
            **allow(
                ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
                ["*"],
                ArnLike={"kms:EncryptionContext:aws:logs:arn": [endpoints, *events] if functions else endpoints},
            ),
            "Principal": {"Service": logs_principal(target.region)},
        }
        super().__init__(
            scope,
            logical_id,
            type="AWS::KMS::Key",
            properties={
                "Description": f"encrypts what modelyard stores in environment {target.environment_name}",
                "EnableKeyRotation": True,
                "KeyPolicy": policy_document([{**allow(["kms:*"], ["*"]), "Principal": {"AWS": account}}, logs]),
                "Tags": tags.listing("encryption"),
            },
        )
        self.retain()

    @property
    def arn(self) -> Reference:
        """The key's ARN."""
        return self.attribute("Arn")
