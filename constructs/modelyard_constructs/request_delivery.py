"""Records to Parquet: a Firehose delivery stream that converts lines by the table's columns and sorts them by hour."""

from __future__ import annotations

from typing import ClassVar

from modelyard.blueprint.construct import Scope
from modelyard.blueprint.resource import Reference, Resource
from modelyard_constructs.key_use import READ_AND_WRITE, through_s3
from modelyard_constructs.policy_document import allow, policy_document
from modelyard_constructs.private_bucket import PrivateBucket
from modelyard_constructs.request_columns import PREFIX
from modelyard_constructs.request_table import RequestTable
from modelyard_constructs.shared_storage import SIGNALS
from modelyard_constructs.tag_set import TagSet
from modelyard_constructs.target import Target

ERRORS_PREFIX = "errors/"
# Few large files: a file is written per hour of records when 128 MB or 5 minutes are full.
BUFFER_MB = 128
BUFFER_SECONDS = 300
_LOG_KEEP_DAYS = 30


class RequestDelivery(Resource):
    """Takes records from the stream processor, many lines in each, and writes `date=.../hour=.../*.parquet`.

    https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning.html
    """

    accepted_findings: ClassVar = {}

    def __init__(
        self,
        scope: Scope,
        logical_id: str,
        *,
        target: Target,
        tags: TagSet,
        bucket: PrivateBucket,
        table: RequestTable,
        key_arn: str | Reference,
    ) -> None:
        self.name = target.stack_name("requests")
        log_group = Resource(
            scope,
            f"{logical_id}LogGroup",
            type="AWS::Logs::LogGroup",
            properties={
                "LogGroupName": f"/aws/kinesisfirehose/{self.name}",
                "RetentionInDays": _LOG_KEEP_DAYS,
                "KmsKeyId": key_arn,
                "Tags": tags.listing("request-delivery"),
            },
        )
        log_stream = Resource(
            scope,
            f"{logical_id}LogStream",
            type="AWS::Logs::LogStream",
            properties={"LogGroupName": log_group.reference, "LogStreamName": "delivery"},
        )
        role = DeliveryRole(
            scope,
            f"{logical_id}Role",
            target=target,
            tags=tags,
            bucket=bucket,
            table=table,
            log_group=log_group,
        )
        destination = {
            "BucketARN": bucket.attribute("Arn"),
            "RoleARN": role.attribute("Arn"),
            "Prefix": f"{PREFIX}date=!{{partitionKeyFromQuery:date}}/hour=!{{partitionKeyFromQuery:hour}}/",
            "ErrorOutputPrefix": f"{ERRORS_PREFIX}!{{firehose:error-output-type}}/date=!{{timestamp:yyyy-MM-dd}}/",
            "BufferingHints": {"SizeInMBs": BUFFER_MB, "IntervalInSeconds": BUFFER_SECONDS},
            # Parquet compresses inside.
            "CompressionFormat": "UNCOMPRESSED",
            "EncryptionConfiguration": {"KMSEncryptionConfig": {"AWSKMSKeyARN": key_arn}},
            "CloudWatchLoggingOptions": {
                "Enabled": True,
                "LogGroupName": log_group.reference,
                "LogStreamName": log_stream.reference,
            },
            "DynamicPartitioningConfiguration": {"Enabled": True, "RetryOptions": {"DurationInSeconds": 300}},
            "ProcessingConfiguration": {
                "Enabled": True,
                "Processors": [
                    {
                        "Type": "RecordDeAggregation",
                        "Parameters": [{"ParameterName": "SubRecordType", "ParameterValue": "JSON"}],
                    },
                    {
                        "Type": "MetadataExtraction",
                        "Parameters": [
                            {
                                "ParameterName": "MetadataExtractionQuery",
                                "ParameterValue": "{date: .time[0:10], hour: .time[11:13]}",
                            },
                            {"ParameterName": "JsonParsingEngine", "ParameterValue": "JQ-1.6"},
                        ],
                    },
                ],
            },
            "DataFormatConversionConfiguration": {
                "Enabled": True,
                "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
                "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {"Compression": "SNAPPY"}}},
                "SchemaConfiguration": {
                    "CatalogId": target.account,
                    "DatabaseName": table.database,
                    "TableName": table.name,
                    "Region": target.region,
                    "RoleARN": role.attribute("Arn"),
                    "VersionId": "LATEST",
                },
            },
        }
        super().__init__(
            scope,
            logical_id,
            type="AWS::KinesisFirehose::DeliveryStream",
            properties={
                "DeliveryStreamName": self.name,
                "DeliveryStreamType": "DirectPut",
                "DeliveryStreamEncryptionConfigurationInput": {"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": key_arn},
                "ExtendedS3DestinationConfiguration": destination,
                "Tags": tags.listing("request-delivery"),
            },
        )

    @property
    def arn(self) -> Reference:
        """The delivery stream's ARN."""
        return self.attribute("Arn")


class DeliveryRole(Resource):
    """https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html#using-iam-s3"""

    accepted_findings: ClassVar = {
        "AwsSolutions-IAM5": "Firehose chooses the names of objects below the two prefixes that are granted, and "
        "of its log group the streams are granted; keys are held by what they encrypt",
    }

    def __init__(
        self,
        scope: Scope,
        logical_id: str,
        *,
        target: Target,
        tags: TagSet,
        bucket: PrivateBucket,
        table: RequestTable,
        log_group: Resource,
    ) -> None:
        objects = [target.object_arn(bucket.name, f"{prefix}*") for prefix in (PREFIX, ERRORS_PREFIX)]
        catalog = [
            target.arn("glue", "catalog"),
            target.arn("glue", f"database/{table.database}"),
            target.arn("glue", f"table/{table.database}/requests"),
        ]
        statements = [
            allow(["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"], objects),
            allow(
                ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
                [target.object_arn(bucket.name)],
            ),
            allow(["glue:GetTable", "glue:GetTableVersion", "glue:GetTableVersions"], catalog),
            through_s3(target, READ_AND_WRITE, SIGNALS),
            allow(["logs:PutLogEvents"], [log_group.attribute("Arn")]),
        ]
        super().__init__(
            scope,
            logical_id,
            type="AWS::IAM::Role",
            properties={
                "AssumeRolePolicyDocument": policy_document(
                    [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "firehose.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                            # Firehose tells whom it works for by an external id, the account
                            # (https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html), and nothing
                            # says that it sends aws:SourceAccount as well: a condition on it could refuse Firehose.
                            "Condition": {"StringEquals": {"sts:ExternalId": target.account}},
                        }
                    ]
                ),
                "Policies": [{"PolicyName": "deliver", "PolicyDocument": policy_document(statements)}],
                "Tags": tags.listing("request-delivery"),
            },
        )
