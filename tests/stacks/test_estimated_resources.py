"""What the estimate counts, held against what the stacks deploy."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from catalog.loader import load
from pricing.endpoint_cost import QUEUE_KEEP_DAYS, STREAM_ALARMS, shared_cost
from pricing.line import Rates
from pricing.meters import DASHBOARD_MONTH
from pricing.monitoring_cost import AlarmCount, alarm_count, monitoring_lines
from pricing.terms import LIST_PRICES

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
            else shared_cost(catalog.environment, rates).lines
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
    lines = shared_cost(load(CATALOG, environment).environment, rates).lines
    assert len([one for one in lines if one.component == "key"]) == len(keys)


def test_every_stream_that_the_foundation_makes_is_a_line(tmp_path, run_app):
    folder = tmp_path / "catalog"
    shutil.copytree(CATALOG, folder)
    with (folder / "environments" / "local.yaml").open("a") as file:
        file.write("signals: {stream: {shards: 2}}\n")
    templates = run_app(tmp_path / "out", "local", catalog=folder)
    streams = templates.all("foundation", "AWS::Kinesis::Stream")
    assert counted(templates["foundation"]).standard == STREAM_ALARMS
    cost = shared_cost(load(folder, "local").environment, Rates(region="us-east-1", terms=LIST_PRICES))
    assert len(streams) == 1
    assert [line.what for line in cost.lines if line.component == "records"] == ["2 shards of the record stream"]
