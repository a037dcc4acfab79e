"""A function of lambdas/ with what it needs to run: its role, its log group, its code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from modelyard.blueprint.construct import Scope
from modelyard.blueprint.resource import Reference, Resource
from modelyard_constructs.function_archive import ARCHITECTURE, RUNTIME
from modelyard_constructs.function_code import function_code
from modelyard_constructs.policy_document import Statement, allow, policy_document
from modelyard_constructs.tag_set import TagSet
from modelyard_constructs.target import Target

LOG_KEEP_DAYS = 30


class EventFunction(Resource):
    """Runs `lambdas/<function>/handler.py` on events; its name is `modelyard-<environment>-<function>`.

    `grants` are the statements of its role by policy name; writing its own logs is always among them.
    """

    accepted_findings: ClassVar = {
        "AwsSolutions-L1": "Python 3.13 is supported as long as 3.14, until 2029-06-30, and the code was run with it",
    }

    def __init__(
        self,
        scope: Scope,
        logical_id: str,
        *,
        target: Target,
        tags: TagSet,
        function: str,
        description: str,
        memory_mb: int,
        timeout_seconds: int,
        variables: Mapping[str, str | Reference],
        grants: Mapping[str, Sequence[Statement]],
        key_arn: str | Reference,
    ) -> None:
        self.name = f"{target.stack_name(function.replace('_', '-'))}"
        component = function.replace("_", "-")
        log_group = Resource(
            scope,
            f"{logical_id}LogGroup",
            type="AWS::Logs::LogGroup",
            properties={
                "LogGroupName": f"/aws/lambda/{self.name}",
                "RetentionInDays": LOG_KEEP_DAYS,
                "KmsKeyId": key_arn,
                "Tags": tags.listing(component),
            },
        )
        # A group's own ARN ends in `:*` and so covers its streams.
        write_logs = allow(["logs:CreateLogStream", "logs:PutLogEvents"], [log_group.attribute("Arn")])
        self.role = Resource(
            scope,
            f"{logical_id}Role",
            type="AWS::IAM::Role",
            properties={
                "AssumeRolePolicyDocument": policy_document(
                    [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "lambda.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                            # No aws:SourceAccount: Lambda's documentation names no such key of its call, and
                            # a function gets roles of its own account alone, by iam:PassRole
                            # (https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html).
                        }
                    ]
                ),
                "Policies": [
                    {"PolicyName": name, "PolicyDocument": policy_document(statements)}
                    for name, statements in {"logs": [write_logs], **grants}.items()
                ],
                "Tags": tags.listing(component),
            },
        )
        properties: dict[str, Any] = {
            "FunctionName": self.name,
            "Description": description,
            "Runtime": RUNTIME,
            "Architectures": [ARCHITECTURE],
            "Handler": f"lambdas.{function}.handler.handle",
            "Code": function_code(function),
            "MemorySize": memory_mb,
            "Timeout": timeout_seconds,
            "Role": self.role.attribute("Arn"),
            "Environment": {"Variables": dict(variables)},
            "LoggingConfig": {"LogFormat": "JSON", "LogGroup": log_group.reference},
            "Tags": tags.listing(component),
        }
        super().__init__(scope, logical_id, type="AWS::Lambda::Function", properties=properties)

    @property
    def arn(self) -> Reference:
        """The function's ARN."""
        return self.attribute("Arn")
