"""What the estimate counts, held against what the stacks deploy."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from modelyard.catalog.loader import load
from modelyard.catalog.standing_alarms import AGGREGATION_ALARMS, SIGNALS_ALARMS, UndeclaredAlarm, alarm_id
from modelyard.pricing.aggregation_cost import PARALLELISM, PUBLISHER_MEMORY_MB
from modelyard.pricing.endpoint_cost import QUEUE_KEEP_DAYS
from modelyard.pricing.line import Rates
from modelyard.pricing.meters import DASHBOARD_MONTH, STREAM_HOUR
from modelyard.pricing.monitoring_cost import AlarmCount, alarm_count, monitoring_lines
from modelyard.pricing.processing_cost import BATCH_RECORDS, DELIVERY_MB, DELIVERY_MINUTES, FUNCTION_MEMORY_MB
from modelyard.pricing.record_cost import TABLE_KEEP_DAYS
from modelyard.pricing.shared_cost import shared_cost
from modelyard.pricing.terms import LIST_PRICES

ROOT = Path(__file__).parents[2]
CATALOG = ROOT / "tests" / "catalogs" / "four-kinds"


def counted(template: dict[str, Any]) -> AlarmCount:
    """Metrics of the stack's alarms, and of the two alarms that each target-tracking policy makes for itself."""
    standard = high = composite = 0
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::CloudWatch::Alarm":
            period = properties.get("Period", 60)
            metrics = sum("MetricStat" in one for one in properties.get("Metrics", [])) or 1
            assert period >= 60
            standard += metrics
        composite += resource["Type"] == "AWS::CloudWatch::CompositeAlarm"
        tracking = properties.get("TargetTrackingScalingPolicyConfiguration")
        if tracking is not None:
            predefined = tracking.get("PredefinedMetricSpecification", {}).get("PredefinedMetricType", "")
            if predefined.endswith("HighResolution"):
                high += 2
            else:
                standard += 2
    return AlarmCount(standard=standard, high_resolution=high, composite=composite)


@pytest.mark.parametrize("environment", ["local", "signals"])
@pytest.mark.parametrize("entry", ["chat", "chat-neuron", "answers", "shelf", "summaries"])
def test_as_many_metrics_are_billed_as_the_stack_has_in_alarms(entry, environment, synthesised):
    catalog = load(CATALOG, environment)
    assert alarm_count(catalog.entries[entry].endpoint, catalog.environment) == counted(synthesised(environment)[entry])


def test_every_dashboard_that_somebody_asks_for_is_a_line(tmp_path, run_app):
    folder = tmp_path / "catalog"
    shutil.copytree(CATALOG, folder)
    with (folder / "environments" / "local.yaml").open("a", encoding="utf-8") as environment:
        environment.write("fleet_dashboard: true\ndefaults: {real-time: {dashboard: true}}\n")
    templates = run_app(tmp_path / "out", "local", catalog=folder)
    catalog = load(folder, "local")
    rates = Rates(region="us-east-1", terms=LIST_PRICES)
    for stack in (*catalog.entries, "foundation"):
        entry = catalog.entries.get(stack)
        lines = (
            monitoring_lines(entry, catalog.environment, None, None, rates)
            if entry
            else shared_cost(catalog.environment, rates, asked={}).lines
        )
        counted = [one.quantity for one in lines if one.meter == DASHBOARD_MONTH]
        assert len(counted) == len(templates.all(stack, "AWS::CloudWatch::Dashboard"))


def test_requests_and_answers_are_kept_as_long_as_the_foundation_keeps_them(local):
    bucket = local.all("foundation", "AWS::S3::Bucket")["Async"]
    days = [
        rule["ExpirationInDays"] for rule in bucket["LifecycleConfiguration"]["Rules"] if "ExpirationInDays" in rule
    ]
    assert days == [QUEUE_KEEP_DAYS]


@pytest.mark.parametrize("environment", ["local", "guarded"])
def test_the_key_is_billed_where_the_foundation_makes_one(environment, request):
    template = request.getfixturevalue(environment)
    keys = template.all("foundation", "AWS::KMS::Key")
    rates = Rates(region="us-east-1", terms=LIST_PRICES)
    lines = shared_cost(load(CATALOG, environment).environment, rates, asked={}).lines
    assert len([one for one in lines if one.component == "key"]) == len(keys)


def test_every_stream_that_the_foundation_makes_is_a_line(tmp_path, run_app):
    folder = tmp_path / "catalog"
    shutil.copytree(CATALOG, folder)
    with (folder / "environments" / "local.yaml").open("a") as file:
        file.write("signals: {stream: {shards: 2}}\n")
    templates = run_app(tmp_path / "out", "local", catalog=folder)
    streams = templates.all("foundation", "AWS::Kinesis::Stream")
    cost = shared_cost(load(folder, "local").environment, Rates(region="us-east-1", terms=LIST_PRICES), asked={})
    assert len(streams) == 1
    assert [line.what for line in cost.lines if line.component == "records"] == ["2 shards of the record stream"]


def test_the_alarms_of_signals_are_those_that_are_declared(synthesised):
    template = synthesised("signals")["foundation"]
    assert counted(template).standard == sum(SIGNALS_ALARMS.values())
    alarms = {key for key, resource in template["Resources"].items() if resource["Type"] == "AWS::CloudWatch::Alarm"}
    assert alarms == {alarm_id(name, SIGNALS_ALARMS) for name in SIGNALS_ALARMS}


def test_an_alarm_that_nobody_declared_is_not_deployed():
    with pytest.raises(
        UndeclaredAlarm, match="no alarm Another is declared in src/modelyard/catalog/standing_alarms.py"
    ):
        alarm_id("Another", SIGNALS_ALARMS)


def test_what_processing_is_counted_by_is_what_the_foundation_deploys(synthesised):
    foundation = synthesised("signals")
    functions = foundation.all("foundation", "AWS::Lambda::Function").values()
    assert {one["MemorySize"] for one in functions} == {FUNCTION_MEMORY_MB}
    # The price of functions is that of this architecture.
    assert {tuple(one["Architectures"]) for one in functions} == {("arm64",)}
    assert foundation.only("foundation", "AWS::Lambda::EventSourceMapping")["BatchSize"] == BATCH_RECORDS
    delivery = foundation.only("foundation", "AWS::KinesisFirehose::DeliveryStream")
    hints = delivery["ExtendedS3DestinationConfiguration"]["BufferingHints"]
    assert hints == {"SizeInMBs": DELIVERY_MB, "IntervalInSeconds": DELIVERY_MINUTES * 60}
    rules = foundation.all("foundation", "AWS::S3::Bucket")["Signals"]["LifecycleConfiguration"]["Rules"]
    assert [rule["ExpirationInDays"] for rule in rules if rule.get("Prefix") == "requests/"] == [TABLE_KEEP_DAYS]


def test_flink_is_counted_as_it_is_deployed(synthesised):
    foundation = synthesised("flink")
    job = foundation.only("foundation", "AWS::KinesisAnalyticsV2::Application")["ApplicationConfiguration"]
    parallel = job["FlinkApplicationConfiguration"]["ParallelismConfiguration"]
    assert (parallel["Parallelism"], parallel["ParallelismPerKPU"]) == (PARALLELISM, 1)
    functions = foundation.all("foundation", "AWS::Lambda::Function")
    assert functions["WindowPublisher"]["MemorySize"] == PUBLISHER_MEMORY_MB
    alarms = {**SIGNALS_ALARMS, **AGGREGATION_ALARMS}
    assert counted(foundation["foundation"]).standard == sum(alarms.values())
    assert set(foundation.all("foundation", "AWS::CloudWatch::Alarm")) == {alarm_id(name, alarms) for name in alarms}
    streams = foundation.all("foundation", "AWS::Kinesis::Stream")
    cost = shared_cost(load(CATALOG, "flink").environment, Rates(region="us-east-1", terms=LIST_PRICES), asked={})
    assert sum(one.meter == STREAM_HOUR for one in cost.lines) == len(streams)
