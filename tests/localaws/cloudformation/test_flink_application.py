"""What cannot run on a laptop is refused when it is deployed, with what to do instead."""

from typing import Any

APPLICATION = {
    "ApplicationName": "modelyard-local-aggregation",
    "RuntimeEnvironment": "FLINK-1_20",
    "ServiceExecutionRole": "arn:aws:iam::000000000000:role/aggregation",
}


def test_a_flink_application_is_refused_rather_than_never_run(embedded_aws: Any) -> None:
    template = {"Resources": {"Job": {"Type": "AWS::KinesisAnalyticsV2::Application", "Properties": APPLICATION}}}
    failed = embedded_aws.deploy("flink-application", template)
    assert failed["StackStatus"] == "ROLLBACK_COMPLETE"
    reason = embedded_aws.failures(failed["StackId"])["Job"]
    assert "embedded AWS runs no Apache Flink, so modelyard-local-aggregation would never start" in reason
    assert "take aggregation: flink back" in reason
