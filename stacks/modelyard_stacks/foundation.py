"""What all endpoints of an environment share: the key and the buckets, and where to find them."""

from __future__ import annotations

from typing import get_args

from modelyard.blueprint.resource import Reference
from modelyard.blueprint.stack import StackBlueprint
from modelyard.catalog.forms import KeepDays
from modelyard.catalog.naming import CATALOG_NAME, FOUNDATION
from modelyard.catalog.standing_alarms import AGGREGATION_ALARMS, SIGNALS_ALARMS, alarm_id
from modelyard_constructs.alarm_topic import AlarmTopic
from modelyard_constructs.capture_processing import CaptureProcessing
from modelyard_constructs.encryption_key import EncryptionKey
from modelyard_constructs.fleet_dashboard import FleetDashboard
from modelyard_constructs.flink_aggregation import FlinkAggregation
from modelyard_constructs.private_bucket import PrivateBucket, access_log_delivery, expire, forget_old_versions
from modelyard_constructs.processing_alarms import ProcessingAlarms
from modelyard_constructs.published_value import PublishedValue
from modelyard_constructs.raw_capture import nobody_reads_raw, raw_lifecycle
from modelyard_constructs.record_stream import RecordStream
from modelyard_constructs.shared_storage import ARTIFACTS, ASYNC, CAPTURE
from modelyard_constructs.signals_bucket import SignalsBucket
from modelyard_constructs.stream_processing import StreamProcessing
from modelyard_constructs.tag_set import TagSet
from modelyard_constructs.target import Target

# How long an asynchronous request and its answer can be fetched, and who read what can be looked up.
ASYNC_KEEP_DAYS = 30
ACCESS_LOG_KEEP_DAYS = 90


class FoundationStack(StackBlueprint):
    """Long-lived, and nothing in it belongs to one entry: entries come and go without touching it."""

    def __init__(self, *, target: Target, protected: bool = False, catalog_name: str | None = None) -> None:
        tags = TagSet.shared(environment_name=target.environment_name, environment=target.environment)
        super().__init__(
            FOUNDATION,
            name=target.stack_name(FOUNDATION),
            account=target.account,
            region=target.region,
            description=f"modelyard: what all endpoints of {target.environment_name} share",
            tags=tags.mapping(FOUNDATION),
            # Endpoints read, write and encrypt with what lies here: it goes only when somebody says so twice. Not so
            # before it stands: a creation that failed must be deleted before the next.
            termination_protection=protected and target.environment.termination_protection,
        )
        if catalog_name is not None:
            self.output(CATALOG_NAME, catalog_name)
        signals = target.environment.signals
        flink = signals is not None and signals.aggregation == "flink"
        key_arn: str | Reference | None = target.environment.kms_key_arn
        if target.environment.foundation_key:
            key = EncryptionKey(self, "Key", target=target, tags=tags, functions=signals is not None, flink=flink)
            key_arn = key_arn or key.arn
        assert key_arn is not None, "an environment without a key of the foundation's names another"
        access_logs = PrivateBucket(
            self,
            "AccessLogs",
            target=target,
            purpose="access-logs",
            tags=tags,
            # S3 delivers access logs only to buckets that use its own key.
            key_arn=None,
            lifecycle=[expire("access-logs", days=ACCESS_LOG_KEEP_DAYS)],
            grants=[access_log_delivery(target, "access-logs")],
        )
        processing = None
        if signals is not None:
            raw_keep_days = signals.raw_capture_keep_days
            processing = CaptureProcessing(self, target=target, tags=tags, key_arn=key_arn, raw_keep_days=raw_keep_days)
        lifecycles = {
            "Artifacts": (ARTIFACTS, [forget_old_versions(days=30)], True),
            "Capture": (CAPTURE, [_keep(days) for days in get_args(KeepDays)], False),
            "Async": (ASYNC, [expire("requests-and-answers", days=ASYNC_KEEP_DAYS)], False),
        }
        for logical_id, (purpose, lifecycle, versioned) in lifecycles.items():
            processed = processing if purpose == CAPTURE else None
            if processed:
                lifecycle = [*lifecycle, *processed.lifecycle]
                grants = processed.grants
            elif purpose == CAPTURE:
                lifecycle = [*lifecycle, raw_lifecycle()]
                grants = [nobody_reads_raw(target)]
            else:
                grants = []
            bucket = PrivateBucket(
                self,
                logical_id,
                target=target,
                purpose=purpose,
                tags=tags,
                key_arn=key_arn,
                lifecycle=lifecycle,
                versioned=versioned,
                access_logs=access_logs,
                grants=grants,
                notifications=processed.notifications if processed else None,
            )
            if processed:
                processed.before(bucket)
            PublishedValue(
                self,
                f"{logical_id}BucketName",
                target=target,
                what=f"{purpose}-bucket",
                value=bucket.reference,
                tags=tags,
            )
        signals_bucket = SignalsBucket(
            self, "Signals", target=target, tags=tags, key_arn=key_arn, access_logs=access_logs
        )
        if signals is not None:
            stream = RecordStream(self, "RecordStream", target=target, signals=signals, key_arn=key_arn, tags=tags)
            records = StreamProcessing(
                self,
                target=target,
                tags=tags,
                stream=stream,
                key_arn=key_arn,
                bucket=signals_bucket,
                aggregates=not flink,
            )
            watched = (*SIGNALS_ALARMS, *(AGGREGATION_ALARMS if flink else ()))
            topic = AlarmTopic(
                self,
                "AlarmTopic",
                target=target,
                tags=tags,
                recipients=signals.alarms,
                alarms=[alarm_id(name, watched) for name in watched],
            )
            alarms = ProcessingAlarms(self, target=target, tags=tags, topic=topic)
            alarms.watch_stream(stream)
            alarms.watch_processor(records)
            alarms.watch_table(records.delivery_name)
            if flink:
                aggregation = FlinkAggregation(
                    self, target=target, tags=tags, stream=stream, key_arn=key_arn, signals_bucket=signals_bucket
                )
                alarms.watch_aggregation(aggregation, records)
            if processing is not None:
                alarms.watch_capture(processing)
        if target.environment.fleet_dashboard:
            FleetDashboard(self, "FleetDashboard", target=target, tags=tags)
        PublishedValue(self, "KeyArn", target=target, what="key-arn", value=key_arn, tags=tags)


def _keep(days: int) -> dict[str, object]:
    return expire(f"keep-{days}-days", days=days, prefix=f"keep-{days}-days/")
