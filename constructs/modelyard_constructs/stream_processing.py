"""From the record stream on: the processor, the table it fills, and where what fails is kept."""

from __future__ import annotations

from typing import ClassVar

from modelyard.blueprint.construct import Construct, Scope
from modelyard.blueprint.resource import Reference
from modelyard.catalog.naming import VARIANT_NAME
from modelyard_constructs.event_function import EventFunction
from modelyard_constructs.key_use import READ, READ_AND_WRITE, through_kinesis, through_s3
from modelyard_constructs.policy_document import allow
from modelyard_constructs.private_bucket import PrivateBucket
from modelyard_constructs.record_stream import RecordStream
from modelyard_constructs.request_delivery import RequestDelivery
from modelyard_constructs.request_table import RequestTable
from modelyard_constructs.shared_storage import SIGNALS
from modelyard_constructs.signals_bucket import POISON_PREFIX
from modelyard_constructs.stream_mapping import GIVEN_UP_PREFIX, READ_STREAM, StreamMapping
from modelyard_constructs.tag_set import TagSet
from modelyard_constructs.target import Target

# One vCPU (https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html); less memory costs as much per
# record, since it only takes longer.
MEMORY_MB = 1769
TIMEOUT_SECONDS = 120
BATCHING_SECONDS = 60
# By what a function tells endpoints of the account from invented names (lambdas/shared/known_endpoints.py).
KNOW_ENDPOINTS = allow(["sagemaker:ListEndpoints"], ["*"])


class StreamProcessing(Construct):
    """Wires the processor to a stream. It is no construct itself: its parts lie in the stack, like all others."""

    accepted_findings: ClassVar = {
        "AwsSolutions-IAM5": "cloudwatch:PutMetricData knows no resources and is held to two namespaces, and "
        "sagemaker:ListEndpoints knows none and tells names; objects are named when they are written, below the "
        "prefixes that are granted; keys are held by what they encrypt",
    }

    def __init__(
        self,
        scope: Scope,
        *,
        target: Target,
        tags: TagSet,
        stream: RecordStream,
        key_arn: str | Reference,
        bucket: PrivateBucket,
        aggregates: bool,
    ) -> None:
        super().__init__(scope, "StreamProcessing")
        signals = target.environment.signals
        assert signals is not None, "records are processed where the environment has signals"
        table = RequestTable(self, "RequestTable", target=target, bucket=bucket)
        delivery = RequestDelivery(
            self, "RequestDelivery", target=target, tags=tags, bucket=bucket, table=table, key_arn=key_arn
        )
        written = [target.object_arn(bucket.name, f"{prefix}*") for prefix in (POISON_PREFIX, GIVEN_UP_PREFIX)]
        namespaces = ["modelyard/Requests", "modelyard/Processor"] if aggregates else ["modelyard/Processor"]
        grants = {
            "read-stream": [
                allow(READ_STREAM, [stream.arn]),
                through_kinesis(target, READ, stream.arn),
                through_s3(target, READ_AND_WRITE, SIGNALS),
            ],
            "write-results": [
                allow(["firehose:PutRecordBatch"], [delivery.arn]),
                allow(["s3:PutObject"], written),
                # Lambda looks whether the bucket of given-up batches is there.
                allow(["s3:ListBucket"], [target.object_arn(bucket.name)]),
                allow(
                    ["cloudwatch:PutMetricData"],
                    ["*"],
                    StringEquals={"cloudwatch:namespace": namespaces},
                ),
            ],
            "know-endpoints": [KNOW_ENDPOINTS],
        }
        processor = EventFunction(
            self,
            "StreamProcessor",
            target=target,
            tags=tags,
            function="stream_processor",
            description="records of requests: into the table, and as metrics into CloudWatch",
            memory_mb=MEMORY_MB,
            timeout_seconds=TIMEOUT_SECONDS,
            variables={
                "MODELYARD_ENVIRONMENT": target.environment_name,
                "MODELYARD_DELIVERY_STREAM": delivery.reference,
                "MODELYARD_SIGNALS_BUCKET": bucket.reference,
                "MODELYARD_VARIANTS": VARIANT_NAME,
                "MODELYARD_DELIVERY": signals.delivery,
                **({} if aggregates else {"MODELYARD_AGGREGATES": "false"}),
            },
            grants=grants,
            key_arn=key_arn,
        )
        self.function_name = processor.name
        self.delivery_name = delivery.name
        self.mapping = StreamMapping(
            self,
            "StreamProcessorMapping",
            stream_arn=stream.arn,
            function=processor,
            given_up=bucket,
            batching_seconds=BATCHING_SECONDS,
            tags=tags,
            component="stream-processor",
        )
