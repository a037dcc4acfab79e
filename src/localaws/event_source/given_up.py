"""What a mapping sends to its on-failure destination when it gives records up.

https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html: a queue and a topic are told where in
the stream the records were; a bucket gets the whole event as well.
"""

import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Client = Callable[[str], Any]


@dataclass(frozen=True)
class GivenUp:
    """Records of one shard that a mapping no longer tries, as the function got them."""

    condition: str
    mapping_id: str
    function_arn: str
    stream_arn: str
    shard_id: str
    attempts: int
    records: Sequence[dict[str, Any]]

    def send(self, destination: str, *, client: Client, now: datetime) -> None:
        """Send to a bucket, queue or topic by its ARN; `client` gives a boto3 client of the function's role."""
        service, name = destination.split(":", 5)[2], destination.split(":", 5)[5]
        record = self._invocation_record(now)
        if service == "s3":
            record["payload"] = json.dumps({"Records": list(self.records)})
            key = f"aws/lambda/{self.mapping_id}/{self.shard_id}/{now:%Y/%m/%d/%Y-%m-%dT%H.%M.%S}-{uuid.uuid4()}"
            client("s3").put_object(Bucket=name, Key=key, Body=json.dumps(record).encode())
        elif service == "sqs":
            queues = client("sqs")
            url = queues.get_queue_url(QueueName=name)["QueueUrl"]
            queues.send_message(QueueUrl=url, MessageBody=json.dumps(record))
        elif service == "sns":
            client("sns").publish(TopicArn=destination, Message=json.dumps(record))
        else:
            raise ValueError(
                f"embedded AWS sends no failed batches to {destination}: a bucket, queue or topic is known"
            )

    def _invocation_record(self, now: datetime) -> dict[str, Any]:
        first, last = self.records[0]["kinesis"], self.records[-1]["kinesis"]
        return {
            "requestContext": {
                "requestId": str(uuid.uuid4()),
                "functionArn": self.function_arn,
                "condition": self.condition,
                "approximateInvokeCount": self.attempts,
            },
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
            "version": "1.0",
            "timestamp": f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z",
            "KinesisBatchInfo": {
                "shardId": self.shard_id,
                "startSequenceNumber": first["sequenceNumber"],
                "endSequenceNumber": last["sequenceNumber"],
                "approximateArrivalOfFirstRecord": _moment(first),
                "approximateArrivalOfLastRecord": _moment(last),
                "batchSize": len(self.records),
                "streamArn": self.stream_arn,
            },
        }


def _moment(kinesis: dict[str, Any]) -> str:
    return f"{datetime.fromtimestamp(kinesis['approximateArrivalTimestamp']):%Y-%m-%dT%H:%M:%SZ}"
