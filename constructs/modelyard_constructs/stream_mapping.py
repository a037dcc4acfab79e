"""How a function reads a stream: in batches, halved where the function fails, and kept whole where it gives up."""

from __future__ import annotations

from modelyard.blueprint.construct import Scope
from modelyard.blueprint.resource import Reference, Resource
from modelyard_constructs.event_function import EventFunction
from modelyard_constructs.private_bucket import PrivateBucket
from modelyard_constructs.tag_set import TagSet

# Where Lambda writes batches that it gave up, whole, each below the mapping's id.
# https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
GIVEN_UP_PREFIX = "aws/lambda/"
BATCH_SIZE = 500
RETRIES = 30
READ_STREAM = tuple(
    f"kinesis:{action}"
    for action in ("DescribeStream", "DescribeStreamSummary", "GetRecords", "GetShardIterator", "ListShards")
)


class StreamMapping(Resource):
    """Hands the records of a stream to a function that answers which of a batch must come again."""

    def __init__(
        self,
        scope: Scope,
        logical_id: str,
        *,
        stream_arn: Reference,
        function: EventFunction,
        given_up: PrivateBucket,
        batching_seconds: int,
        tags: TagSet,
        component: str,
    ) -> None:
        super().__init__(
            scope,
            logical_id,
            type="AWS::Lambda::EventSourceMapping",
            properties={
                "EventSourceArn": stream_arn,
                "FunctionName": function.arn,
                # What was written before the mapping began to read counts as well.
                "StartingPosition": "TRIM_HORIZON",
                "BatchSize": BATCH_SIZE,
                "MaximumBatchingWindowInSeconds": batching_seconds,
                "FunctionResponseTypes": ["ReportBatchItemFailures"],
                "BisectBatchOnFunctionError": True,
                "MaximumRetryAttempts": RETRIES,
                "DestinationConfig": {"OnFailure": {"Destination": given_up.attribute("Arn")}},
                # Off unless asked for; what is answered with failures, and what is given up, is counted nowhere else.
                "MetricsConfig": {"Metrics": ["EventCount"]},
                "Tags": tags.listing(component),
            },
        )
