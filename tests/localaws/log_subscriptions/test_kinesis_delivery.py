"""Log events reach a Kinesis stream through a subscription filter, in AWS's envelope and as the filter's role."""

import gzip
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

RECORD = json.dumps({"record": "modelyard.request/1", "record_id": "a" * 32})
PATTERN = '{ $.record = "modelyard.request/1" }'
PUT = {"Effect": "Allow", "Action": "kinesis:PutRecord", "Resource": "*"}


@dataclass
class Subscription:
    aws: Any
    name: str

    @property
    def group(self) -> str:
        return f"/aws/sagemaker/Endpoints/{self.name}"

    @property
    def stream_arn(self) -> str:
        return f"arn:aws:kinesis:us-east-1:000000000000:stream/{self.name}"

    def make_stream(self, shards: int = 1) -> None:
        self.aws.client("kinesis").create_stream(StreamName=self.name, ShardCount=shards)
        self.aws.client("kinesis").get_waiter("stream_exists").wait(StreamName=self.name)

    def role(self, *statements: dict[str, Any], service: str = "logs.amazonaws.com") -> str:
        iam = self.aws.client("iam")
        trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        made = iam.create_role(RoleName=self.name, AssumeRolePolicyDocument=document)
        self.allow(*statements)
        return str(made["Role"]["Arn"])

    def allow(self, *statements: dict[str, Any]) -> None:
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        self.aws.client("iam").put_role_policy(RoleName=self.name, PolicyName="only", PolicyDocument=document)

    def subscribe(self, role: str, **options: Any) -> None:
        given = {"filterName": "records", "filterPattern": PATTERN, "destinationArn": self.stream_arn, **options}
        self.aws.client("logs").put_subscription_filter(logGroupName=self.group, roleArn=role, **given)

    def write(self, stream: str, *messages: str) -> None:
        logs = self.aws.client("logs")
        logs.create_log_stream(logGroupName=self.group, logStreamName=stream)
        now = int(time.time() * 1000)
        events = [{"timestamp": now + number, "message": message} for number, message in enumerate(messages)]
        logs.put_log_events(logGroupName=self.group, logStreamName=stream, logEvents=events)

    def records(self) -> list[tuple[str, dict[str, Any]]]:
        """Partition key and envelope of all records of all shards."""
        kinesis = self.aws.client("kinesis")
        found = []
        for shard in kinesis.list_shards(StreamName=self.name)["Shards"]:
            iterator = kinesis.get_shard_iterator(
                StreamName=self.name, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            for record in kinesis.get_records(ShardIterator=iterator)["Records"]:
                found.append((record["PartitionKey"], json.loads(gzip.decompress(record["Data"]))))
        return found

    def data(self) -> list[tuple[str, dict[str, Any]]]:
        return [(key, one) for key, one in self.records() if one["messageType"] == "DATA_MESSAGE"]


@pytest.fixture
def subscription(embedded_aws: Any) -> Subscription:
    """A log group without a stream."""
    name = f"logs-{uuid.uuid4().hex[:12]}"
    made = Subscription(embedded_aws, name)
    embedded_aws.client("logs").create_log_group(logGroupName=made.group)
    return made


def refusal(act: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        act()
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def test_selected_events_arrive_in_awss_envelope_after_a_control_message(subscription: Subscription) -> None:
    subscription.make_stream()
    subscription.subscribe(subscription.role(PUT))
    subscription.write("AllTraffic/i-1", "listening on port 8080", RECORD, '{"record": "other"}', RECORD)
    (_, control), (_, data) = subscription.records()
    assert (control["messageType"], control["owner"]) == ("CONTROL_MESSAGE", "CloudwatchLogs")
    assert {key: value for key, value in data.items() if key != "logEvents"} == {
        "messageType": "DATA_MESSAGE",
        "owner": "000000000000",
        "logGroup": subscription.group,
        "logStream": "AllTraffic/i-1",
        "subscriptionFilters": ["records"],
    }
    assert [event["message"] for event in data["logEvents"]] == [RECORD, RECORD]
    assert all(set(event) == {"id", "timestamp", "message"} for event in data["logEvents"])
    first, second = (event["id"] for event in data["logEvents"])
    assert len(first) == 56 and first.isdigit() and first != second


@pytest.mark.parametrize(("distribution", "keys"), [("ByLogStream", 1), ("Random", 3)])
def test_a_random_distribution_gives_every_delivery_its_own_partition_key(
    subscription: Subscription, distribution: str, keys: int
) -> None:
    subscription.make_stream(shards=2)
    subscription.subscribe(subscription.role(PUT), distribution=distribution)
    subscription.write("AllTraffic/i-1", RECORD)
    logs = subscription.aws.client("logs")
    for _ in range(2):
        event = {"timestamp": int(time.time() * 1000), "message": RECORD}
        logs.put_log_events(logGroupName=subscription.group, logStreamName="AllTraffic/i-1", logEvents=[event])
    assert len({key for key, _ in subscription.data()}) == keys


def test_more_than_a_record_holds_comes_in_several(subscription: Subscription) -> None:
    subscription.make_stream()
    subscription.subscribe(subscription.role(PUT))
    wide = json.dumps({"record": "modelyard.request/1", "text": "x" * 200_000})
    subscription.write("AllTraffic/i-1", wide, wide, wide, wide, wide)
    assert [len(one["logEvents"]) for _, one in subscription.data()] == [4, 1]


def test_without_a_stream_there_is_no_filter(subscription: Subscription) -> None:
    code, message = refusal(lambda: subscription.subscribe(subscription.role(PUT)))
    assert code == "InvalidParameterException"
    assert message.startswith("Could not deliver test message to specified Kinesis stream.")


@pytest.mark.parametrize(
    ("statement", "service"),
    [
        ({**PUT, "Action": "kinesis:GetRecords"}, "logs.amazonaws.com"),
        (PUT, "sagemaker.amazonaws.com"),
    ],
    ids=["no-permission", "no-trust"],
)
def test_a_role_that_may_not_put_records_gets_no_filter(
    subscription: Subscription, statement: dict[str, Any], service: str
) -> None:
    subscription.make_stream()
    role = subscription.role(statement, service=service)
    assert refusal(lambda: subscription.subscribe(role))[0] == "InvalidParameterException"
    assert subscription.records() == []


def test_an_encrypted_stream_needs_leave_to_use_its_key(subscription: Subscription) -> None:
    subscription.make_stream()
    key = subscription.aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    subscription.aws.client("kinesis").start_stream_encryption(
        StreamName=subscription.name, EncryptionType="KMS", KeyId=key
    )
    role = subscription.role(PUT)
    _, message = refusal(lambda: subscription.subscribe(role))
    assert message.startswith("Could not deliver test message to specified destination.")
    condition = {"StringLike": {"kms:ViaService": "kinesis.us-east-1.*"}}
    use_key = {"Effect": "Allow", "Action": "kms:GenerateDataKey", "Resource": key, "Condition": condition}
    subscription.allow(PUT, use_key)
    subscription.subscribe(role)
    subscription.write("AllTraffic/i-1", RECORD)
    assert len(subscription.data()) == 1


def test_writing_a_log_goes_on_when_the_role_loses_its_permission(subscription: Subscription) -> None:
    subscription.make_stream()
    subscription.subscribe(subscription.role(PUT))
    subscription.allow({**PUT, "Action": "kinesis:GetRecords"})
    subscription.write("AllTraffic/i-1", RECORD)
    assert subscription.data() == []


def test_a_pattern_that_is_not_known_and_a_third_filter_are_refused(subscription: Subscription) -> None:
    subscription.make_stream()
    role = subscription.role(PUT)
    code, message = refusal(lambda: subscription.subscribe(role, filterPattern="{ $.a IS NULL }"))
    assert (code, message.split(":")[0]) == ("InvalidParameterException", "Invalid filter pattern")
    for name in ("one", "two", "one"):
        subscription.subscribe(role, filterName=name)
    assert refusal(lambda: subscription.subscribe(role, filterName="three"))[0] == "LimitExceededException"
