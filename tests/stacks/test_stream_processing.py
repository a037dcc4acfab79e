"""What fails between stream and table is tried again in halves, then kept, and holds no shard up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SOAK = Path(__file__).parents[2] / "benchmarks" / "soak" / "run.py"


@pytest.fixture(scope="module")
def foundation(synthesised: Callable[[str], Any]) -> Any:
    return synthesised("signals")


@pytest.fixture(scope="module")
def mapping(foundation: Any) -> dict[str, Any]:
    found: dict[str, Any] = foundation.only("foundation", "AWS::Lambda::EventSourceMapping")
    return found


def test_a_batch_that_fails_comes_again_in_halves_and_ends_in_a_bucket(mapping: dict[str, Any]) -> None:
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["BisectBatchOnFunctionError"] is True
    assert mapping["MaximumRetryAttempts"] == 30
    # A queue would be told only where in the stream the records were, and the stream forgets them.
    assert mapping["DestinationConfig"] == {"OnFailure": {"Destination": {"Fn::GetAtt": ["Signals", "Arn"]}}}
    assert mapping["MetricsConfig"] == {"Metrics": ["EventCount"]}


def test_nothing_that_was_written_before_the_processor_is_passed_over(mapping: dict[str, Any]) -> None:
    assert mapping["StartingPosition"] == "TRIM_HORIZON"
    # It would drop records that are too old before anybody tried them.
    assert "MaximumRecordAgeInSeconds" not in mapping


def test_the_soak_runs_by_the_rules_that_are_deployed(mapping: dict[str, Any]) -> None:
    rules = f"BATCH_SIZE, RETRIES = {mapping['BatchSize']}, {mapping['MaximumRetryAttempts']}"
    assert rules in SOAK.read_text("utf-8").splitlines()


def test_what_failed_is_kept_for_a_month_and_the_processor_may_write_it(foundation: Any) -> None:
    bucket = foundation.all("foundation", "AWS::S3::Bucket")["Signals"]
    rules = {rule.get("Prefix"): rule.get("ExpirationInDays") for rule in bucket["LifecycleConfiguration"]["Rules"]}
    kept = {prefix: rules[prefix] for prefix in ("poison/", "errors/", "aws/lambda/")}
    assert kept == {"poison/": 30, "errors/": 30, "aws/lambda/": 30}
    role = foundation["foundation"]["Resources"]["StreamProcessorRole"]["Properties"]
    statements = [one for policy in role["Policies"] for one in policy["PolicyDocument"]["Statement"]]
    (puts,) = [one["Resource"] for one in statements if one["Action"] == ["s3:PutObject"]]
    assert [arn.rsplit(":::", 1)[1].split("/", 1)[1] for arn in puts] == ["poison/*", "aws/lambda/*"]


def test_the_processor_can_tell_endpoints_from_invented_names_and_knows_who_vouches_for_records(
    foundation: Any,
) -> None:
    resources = foundation["foundation"]["Resources"]
    variables = resources["StreamProcessor"]["Properties"]["Environment"]["Variables"]
    assert (variables["MODELYARD_VARIANTS"], variables["MODELYARD_DELIVERY"]) == ("AllTraffic", "logs")
    role = resources["StreamProcessorRole"]["Properties"]
    statements = [one for policy in role["Policies"] for one in policy["PolicyDocument"]["Statement"]]
    (listing,) = [one for one in statements if one["Action"] == ["sagemaker:ListEndpoints"]]
    assert (listing["Effect"], listing["Resource"]) == ("Allow", ["*"])
