"""Captured requests become what people may read: raw files that only the processor reads, and their copies."""

from __future__ import annotations

from typing import Any, ClassVar

from modelyard.blueprint.construct import Construct, Scope
from modelyard.blueprint.resource import Reference, Resource
from modelyard.catalog.naming import RAW_CAPTURE_PREFIX
from modelyard_constructs.event_function import EventFunction
from modelyard_constructs.key_use import READ_AND_WRITE, through_s3
from modelyard_constructs.policy_document import Statement, allow, policy_document
from modelyard_constructs.private_bucket import PrivateBucket
from modelyard_constructs.raw_capture import nobody_reads_raw, raw_lifecycle, raw_objects
from modelyard_constructs.shared_storage import CAPTURE
from modelyard_constructs.tag_set import TagSet
from modelyard_constructs.target import Target

DRIFT_PREFIX = "drift/"
# Of chance alone PSI is then some 0.03, far below the 0.1 at which people look
# (lambdas/capture_processor/distribution.py).
BASELINE_RECORDS = 1000
WINDOW_RECORDS = 500
# One vCPU. A file is read whole, and its records take some ten times its size.
MEMORY_MB = 1769
# The most that Lambda has: redacting a text that is made for it takes five seconds for a megabyte.
TIMEOUT_SECONDS = 900
FAILURES_KEEP_SECONDS = 14 * 86_400


class FailureQueue(Resource):
    """Events that were given up: which file, and why. It holds keys of objects, and nothing of what is in them."""

    accepted_findings: ClassVar = {"AwsSolutions-SQS3": "it is itself the queue into which what failed goes"}

    def __init__(self, scope: Scope, logical_id: str, *, target: Target, tags: TagSet) -> None:
        self.name = target.stack_name("capture-failures")
        super().__init__(
            scope,
            logical_id,
            type="AWS::SQS::Queue",
            properties={
                "QueueName": self.name,
                "MessageRetentionPeriod": FAILURES_KEEP_SECONDS,
                "SqsManagedSseEnabled": True,
                "Tags": tags.listing("capture-processor"),
            },
        )
        self.arn = self.attribute("Arn")
        tls_only = {
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Action": ["sqs:*"],
            "Resource": [self.arn],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        Resource(
            scope,
            f"{logical_id}Policy",
            type="AWS::SQS::QueuePolicy",
            properties={"Queues": [self.reference], "PolicyDocument": policy_document([tls_only])},
        )


class CaptureProcessing(Construct):
    """The processor and what the capture bucket needs for it. It is no construct itself: its parts lie in the stack.

    No concurrency is reserved: that would take it from the account's other functions, and an account that starts with
    ten has none to give (https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html).
    """

    accepted_findings: ClassVar = {
        "AwsSolutions-IAM5": "cloudwatch:PutMetricData knows no resources and is held to one namespace; objects are "
        "named when they are written, below the prefixes that are granted; keys are held by what they encrypt",
    }

    def __init__(
        self, scope: Scope, *, target: Target, tags: TagSet, key_arn: str | Reference, raw_keep_days: int
    ) -> None:
        super().__init__(scope, "CaptureProcessing")
        self._target = target
        self._raw_keep_days = raw_keep_days
        self._bucket_arn = target.object_arn(target.bucket_name(CAPTURE))
        written = [target.object_arn(target.bucket_name(CAPTURE), prefix) for prefix in ("keep-*", f"{DRIFT_PREFIX}*")]
        failures = FailureQueue(self, "CaptureFailures", target=target, tags=tags)
        self._function = EventFunction(
            self,
            "CaptureProcessor",
            target=target,
            tags=tags,
            function="capture_processor",
            description="captured requests: paired and redacted for people, and watched for drift",
            memory_mb=MEMORY_MB,
            timeout_seconds=TIMEOUT_SECONDS,
            variables={
                "MODELYARD_CAPTURE_BUCKET": target.bucket_name(CAPTURE),
                "MODELYARD_BASELINE_RECORDS": str(BASELINE_RECORDS),
                "MODELYARD_WINDOW_RECORDS": str(WINDOW_RECORDS),
            },
            grants={
                "read-raw-capture": [
                    allow(["s3:GetObject"], [raw_objects(target)]),
                    # Without it S3 does not tell what is not there from what is forbidden.
                    allow(["s3:ListBucket"], [self._bucket_arn]),
                ],
                "write-copies": [
                    allow(["s3:GetObject", "s3:PutObject"], written),
                    through_s3(target, READ_AND_WRITE, CAPTURE),
                    allow(
                        ["cloudwatch:PutMetricData"],
                        ["*"],
                        StringEquals={"cloudwatch:namespace": "modelyard/Capture"},
                    ),
                    allow(["sqs:SendMessage"], [failures.arn]),
                ],
            },
            key_arn=key_arn,
        )
        self.function_name = self._function.name
        self.failures_name = failures.name
        self._permission = Resource(
            self,
            "CaptureProcessorPermission",
            type="AWS::Lambda::Permission",
            properties={
                "Action": "lambda:InvokeFunction",
                "FunctionName": self._function.arn,
                "Principal": "s3.amazonaws.com",
                "SourceAccount": target.account,
                "SourceArn": self._bucket_arn,
            },
        )
        Resource(
            self,
            "CaptureProcessorFailures",
            type="AWS::Lambda::EventInvokeConfig",
            properties={
                "FunctionName": self._function.reference,
                "Qualifier": "$LATEST",
                "MaximumRetryAttempts": 2,
                "DestinationConfig": {"OnFailure": {"Destination": failures.arn}},
            },
        )

    @property
    def lifecycle(self) -> list[dict[str, Any]]:
        """How long raw files are kept."""
        return [raw_lifecycle(keep_days=self._raw_keep_days)]

    @property
    def grants(self) -> list[Statement]:
        """Keeps everybody but the processor from reading raw files, administrators of the account included."""
        return [nobody_reads_raw(self._target, but=self._function.role.attribute("Arn"))]

    @property
    def notifications(self) -> dict[str, Any]:
        """S3 tells the processor of each new raw file, and of nothing that the processor writes itself."""
        rules = [{"Name": "prefix", "Value": RAW_CAPTURE_PREFIX}, {"Name": "suffix", "Value": ".jsonl"}]
        return {
            "LambdaConfigurations": [
                {
                    "Event": "s3:ObjectCreated:*",
                    "Function": self._function.arn,
                    "Filter": {"S3Key": {"Rules": rules}},
                }
            ]
        }

    def before(self, bucket: PrivateBucket) -> None:
        """S3 refuses a notification to a function that it may not invoke yet."""
        bucket.depend_on(self._permission)
