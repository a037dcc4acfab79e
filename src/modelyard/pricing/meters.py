"""What AWS counts and bills: the names by which price list, bill and cost report know each usage.

A usage type carries its region on a bill (`USE1-Host:ml.g5.2xlarge`); here it stands without, because the region is
asked for beside it. The same pair of service and usage type joins an estimate with the cost and usage report.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SAGEMAKER = "AmazonSageMaker"
_MB_PER_GB = 1024

# The kinds of endpoints that run on instances, as the catalog names them.
InstanceKind = Literal["real-time", "async", "multi-model"]


@dataclass(frozen=True)
class Meter:
    """One usage that has a price: the service's code in the price list, the usage type, and what one unit of it is."""

    service: str
    usage_type: str
    unit: str

    @property
    def instance(self) -> str | None:
        """The instance type whose hours it counts; None for every other usage."""
        kind, _, type_ = self.usage_type.partition(":")
        return type_ if self.service == SAGEMAKER and kind in (_HOSTING, _ASYNC) and type_.startswith("ml.") else None

    @property
    def is_serverless(self) -> bool:
        """Whether it counts the seconds of serverless endpoints."""
        return self.service == SAGEMAKER and self.usage_type.startswith((_SERVERLESS, _PROVISIONED))


_HOSTING, _ASYNC = "Host", "AsyncInf"
_SERVERLESS, _PROVISIONED = "ServerlessInf:", "ProvisionedConcurrency:"


def instance_hour(instance: str, kind: InstanceKind = "real-time") -> Meter:
    """An hour of one instance of an endpoint; asynchronous ones are billed under a name of their own."""
    return Meter(SAGEMAKER, f"{_ASYNC if kind == 'async' else _HOSTING}:{instance}", "Hrs")


def serverless_second(memory_mb: int) -> Meter:
    """A second in which a serverless endpoint works on a request."""
    return Meter(SAGEMAKER, f"{_SERVERLESS}Mem-{_memory(memory_mb)}", "seconds")


def provisioned_second(memory_mb: int) -> Meter:
    """A second for which one provisioned concurrency of a serverless endpoint is kept warm."""
    return Meter(SAGEMAKER, f"{_PROVISIONED}Usage-{_memory(memory_mb)}", "seconds")


def provisioned_serving_second(memory_mb: int) -> Meter:
    """A second in which provisioned concurrency works on a request, on top of being kept warm."""
    return Meter(SAGEMAKER, f"{_PROVISIONED}Mem-{_memory(memory_mb)}", "seconds")


def _memory(memory_mb: int) -> str:
    """AWS sells whole GB; of any other size it knows no price, and neither does the price file."""
    return f"{memory_mb // _MB_PER_GB}GB" if memory_mb % _MB_PER_GB == 0 else f"{memory_mb}MB"


ENDPOINT_STORAGE = Meter(SAGEMAKER, "Host:VolumeUsage.gp2", "GB-Mo")
ENDPOINT_DATA_IN = Meter(SAGEMAKER, "Hst:Data-Bytes-In", "GB")
ENDPOINT_DATA_OUT = Meter(SAGEMAKER, "Hst:Data-Bytes-Out", "GB")
ALARM_MONTH = Meter("AmazonCloudWatch", "CW:AlarmMonitorUsage", "Alarms")
HIGH_RESOLUTION_ALARM_MONTH = Meter("AmazonCloudWatch", "CW:HighResAlarmMonitorUsage", "Alarms")
COMPOSITE_ALARM_MONTH = Meter("AmazonCloudWatch", "CW:CompositeAlarmMonitorUsage", "Alarms")
DASHBOARD_MONTH = Meter("AmazonCloudWatch", "DashboardsUsageHour", "Dashboards")
METRIC_MONTH = Meter("AmazonCloudWatch", "CW:MetricMonitorUsage", "Metrics")
METRIC_REQUESTS = Meter("AmazonCloudWatch", "CW:Requests", "Requests")
LOGS_INGESTED = Meter("AmazonCloudWatch", "DataProcessing-Bytes", "GB")
LOGS_STORED = Meter("AmazonCloudWatch", "TimedStorage-ByteHrs", "GB-Mo")
STREAM_HOUR = Meter("AmazonKinesis", "OnDemand-StreamHour", "StreamHr")
STREAM_DATA_IN = Meter("AmazonKinesis", "OnDemand-BilledIncomingBytes", "GB")
SHARD_HOUR = Meter("AmazonKinesis", "Storage-ShardHour", "ShardHour")
SHARD_WRITES = Meter("AmazonKinesis", "PutRequestPayloadUnits", "PayloadUnits")
EXTENDED_SHARD_HOUR = Meter("AmazonKinesis", "Extended-ShardHour", "ShardHour")
STREAM_DATA_OUT = Meter("AmazonKinesis", "OnDemand-BilledOutgoingBytes", "GB")
OBJECTS_STORED = Meter("AmazonS3", "TimedStorage-ByteHrs", "GB-Mo")
OBJECT_WRITES = Meter("AmazonS3", "Requests-Tier1", "Requests")
OBJECT_READS = Meter("AmazonS3", "Requests-Tier2", "Requests")
KEY_MONTH = Meter("awskms", "KMS-Keys", "Keys")
# Functions run on arm64, which has usage types of its own.
FUNCTION_GB_SECOND = Meter("AWSLambda", "Lambda-GB-Second-ARM", "Lambda-GB-Second")
FUNCTION_REQUESTS = Meter("AWSLambda", "Request-ARM", "Requests")
DELIVERY_INGESTED = Meter("AmazonKinesisFirehose", "BilledBytes", "GB")
DELIVERY_CONVERTED = Meter("AmazonKinesisFirehose", "DFCBilledBytes", "GB")
DELIVERY_PARTITIONED = Meter("AmazonKinesisFirehose", "DPBytesDelivered", "GB")
DELIVERY_OBJECTS = Meter("AmazonKinesisFirehose", "S3DeliveryObjectCount", "Count")
DELIVERY_QUERY_HOURS = Meter("AmazonKinesisFirehose", "MetadataProcessingDuration", "Hours")
FLINK_UNIT_HOUR = Meter("AmazonKinesisAnalytics", "KPU-Hour-Java", "KPU-Hour")
FLINK_STORAGE = Meter("AmazonKinesisAnalytics", "RunningApplicationStorage", "GB-Mo")
NOTICES_BY_HTTPS = Meter("AmazonSNS", "DeliveryAttempts-HTTP", "Notifications")
NOTICES_BY_MAIL = Meter("AmazonSNS", "DeliveryAttempts-SMTP", "Notifications")
NOTICES_PUBLISHED = Meter("AmazonSNS", "Requests-Tier1", "Requests")
