"""The role an endpoint's containers run under: exactly what this entry needs, nothing of another's."""

from __future__ import annotations

from typing import ClassVar

from modelyard.blueprint.construct import Scope
from modelyard.blueprint.generated_name import GeneratedNames
from modelyard.blueprint.resource import Reference, Resource
from modelyard.catalog import naming
from modelyard.catalog.schema import Rollout
from modelyard.catalog.standing_alarms import ROLLBACK_ALARMS, alarm_id
from modelyard_constructs.endpoint_log_group import EndpointLogGroup
from modelyard_constructs.endpoint_plan import EndpointPlan
from modelyard_constructs.key_use import READ, READ_AND_WRITE, through_s3, through_sns
from modelyard_constructs.network_grants import network_grants
from modelyard_constructs.notification_topics import NotificationTopics
from modelyard_constructs.policy_document import Statement, allow, policy_document
from modelyard_constructs.record_subscription import can_put_records, stream_grants
from modelyard_constructs.shared_storage import ARTIFACTS, ASYNC, CAPTURE


class ExecutionRole(Resource):
    """A role with inline policies only: a policy of its own would race the Model that needs it.

    A deployment changes the role in place before it changes the endpoint, whose former instances go on meanwhile and
    come back where the new ones fail. So the role holds what those write as well: whatever an entry may say of captures
    and records, and not only what this one says.

    The actions are those of https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html (CreateModel), held to
    the entry's own resources.
    """

    accepted_findings: ClassVar = {
        "AwsSolutions-IAM5": "the entry's own prefixes are granted as a whole, because SageMaker chooses the names of "
        "objects and streams; ecr:GetAuthorizationToken, cloudwatch:PutMetricData and ec2:Describe* know no resources; "
        "keys are held by what they encrypt; SageMaker takes the other EC2 actions of a VPC without resources only, "
        "and the states of composite alarms are read with none",
    }

    def __init__(
        self,
        scope: Scope,
        logical_id: str,
        *,
        plan: EndpointPlan,
        log_group: EndpointLogGroup,
        topics: NotificationTopics | None,
    ) -> None:
        policies = {
            "artifacts": _artifacts(plan),
            "image": _image(plan),
            "logs-and-metrics": _logs_and_metrics(log_group),
            "encryption": _encryption(plan, topics),
        }
        if plan.can_capture:
            policies["capture"] = [_captures(plan)]
        if plan.endpoint.kind == "async":
            policies["requests-and-answers"] = _requests_and_answers(plan, topics)
        if plan.rollout is not None and (plan.rollout.turn_back_on_errors or plan.rollout.alarms):
            policies["rollback-alarms"] = [_rollback_alarms(plan, plan.rollout, scope.stack.name)]
        if can_put_records(plan):
            policies["records"] = stream_grants(plan)
        if plan.network:
            policies["network"] = network_grants()
        trust = {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": plan.target.account}},
        }
        super().__init__(
            scope,
            logical_id,
            type="AWS::IAM::Role",
            properties={
                "AssumeRolePolicyDocument": policy_document([trust]),
                "Policies": [
                    {"PolicyName": name, "PolicyDocument": policy_document(statements)}
                    for name, statements in policies.items()
                ],
                "Tags": plan.tags.listing("permissions"),
            },
        )

    @property
    def arn(self) -> Reference:
        """The role's ARN."""
        return self.attribute("Arn")


def _rollback_alarms(plan: EndpointPlan, rollout: Rollout, stack_name: str) -> Statement:
    # https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html (note). CloudFormation
    # starts the names of a stack's alarms with the stack's name; the alarms themselves depend on this role.
    if rollout.alarms:
        # A name does not say whether the company's alarm is a composite one, and DescribeAlarms tells of those only to
        # who may ask for all: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
        return allow(["cloudwatch:DescribeAlarms"], ["*"])
    made = GeneratedNames(
        form=plan.target.arn("cloudwatch", "alarm:{name}"),
        stack_name=stack_name,
        logical_ids=tuple(alarm_id(name, ROLLBACK_ALARMS) for name in ROLLBACK_ALARMS),
        beginning="Rollback",
    )
    return allow(["cloudwatch:DescribeAlarms"], [made])


def _captures(plan: EndpointPlan) -> Statement:
    # Each folder by its name: a pattern of IAM crosses slashes, and other endpoints' folders lie beside these.
    folders = naming.capture_folders(plan.entry)
    return allow(
        ["s3:PutObject"], [plan.target.object_arn(plan.storage.capture_bucket, f"{folder}*") for folder in folders]
    )


def _artifacts(plan: EndpointPlan) -> list[Statement]:
    bucket, weights = plan.storage.artifacts_bucket, f"{plan.artifacts_prefix}*"
    return [
        allow(["s3:GetObject"], [plan.target.object_arn(bucket, weights)]),
        allow(["s3:ListBucket"], [plan.target.object_arn(bucket)], StringLike={"s3:prefix": [weights]}),
    ]


def _image(plan: EndpointPlan) -> list[Statement]:
    image = plan.image
    repository = f"arn:{plan.target.partition}:ecr:{image.region}:{image.account}:repository/{image.repository}"
    return [
        allow(["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], [repository]),
        allow(["ecr:GetAuthorizationToken"], ["*"]),
    ]


def _logs_and_metrics(log_group: EndpointLogGroup) -> list[Statement]:
    return [
        # The ARN comes from the log group, so that the group is there before anything can write to it. Nothing may make
        # it anew: instances that end after their stack's group would, without retention and key, and the next
        # deployment would find the name taken.
        allow(["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"], [log_group.attribute("Arn")]),
        allow(
            ["cloudwatch:PutMetricData"],
            ["*"],
            StringLike={"cloudwatch:namespace": ["/aws/sagemaker/*", "AWS/SageMaker"]},
        ),
    ]


def _encryption(plan: EndpointPlan, topics: NotificationTopics | None) -> list[Statement]:
    written = [CAPTURE] if plan.can_capture else []
    written += [ASYNC] if plan.endpoint.kind == "async" else []
    statements = [through_s3(plan.target, READ, ARTIFACTS)]
    if written:
        statements.append(through_s3(plan.target, READ_AND_WRITE, *written))
    if topics is not None:
        statements.append(through_sns(plan.target, READ_AND_WRITE, topics.success, topics.error))
    if plan.encrypts_volume:
        # https://docs.aws.amazon.com/sagemaker/latest/dg/key-management.html
        of_aws = {"kms:GrantIsForAWSResource": "true"}
        statements.append(allow(["kms:CreateGrant"], [plan.storage.key_arn], Bool=of_aws))
    return statements


def _requests_and_answers(plan: EndpointPlan, topics: NotificationTopics | None) -> list[Statement]:
    # https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-create-endpoint-prerequisites.html
    bucket = plan.storage.async_bucket
    requests = f"{plan.input_prefix}*"
    answers = [f"{plan.output_prefix}*", f"{plan.failure_prefix}*"]
    statements = [
        allow(["s3:GetObject"], [plan.target.object_arn(bucket, requests)]),
        allow(
            ["s3:AbortMultipartUpload", "s3:PutObject"], [plan.target.object_arn(bucket, answer) for answer in answers]
        ),
        allow(["s3:ListBucket"], [plan.target.object_arn(bucket)], StringLike={"s3:prefix": [requests, *answers]}),
    ]
    if topics is not None:
        statements.append(allow(["sns:Publish"], [topics.success, topics.error]))
    return statements
