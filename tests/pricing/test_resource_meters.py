"""From resources to lines: what each type runs by standing there, and that no type is passed over in silence."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from modelyard.catalog.loader import load
from modelyard.catalog.schema import Shards, Signals
from modelyard.pricing.band import Band
from modelyard.pricing.endpoint_cost import endpoint_cost
from modelyard.pricing.line import Line
from modelyard.pricing.meters import (
    ALARM_MONTH,
    COMPOSITE_ALARM_MONTH,
    DASHBOARD_MONTH,
    EXTENDED_SHARD_HOUR,
    HIGH_RESOLUTION_ALARM_MONTH,
    KEY_MONTH,
    NOTICES_BY_MAIL,
    SHARD_HOUR,
    STREAM_HOUR,
)
from modelyard.pricing.month import Month
from modelyard.pricing.resource_meters import BILLED_ELSEWHERE, METERS, resource_lines
from modelyard.pricing.resources import Resources, UnreadableResource, keep_days
from modelyard.pricing.usage import Traffic
from tests.fixtures.priced_months import RATES, foundation_of, shared_month, stack_of

CATALOGS = Path(__file__).parents[1] / "catalogs"
FOUR_KINDS = CATALOGS / "four-kinds"
ASKED = Traffic.model_validate({"requests_per_month": 1_000_000, "seconds_per_request": 1, "request_kib": 4,
                                "response_kib": 3})  # fmt: skip


def made_of(*resources: tuple[str, dict[str, Any]]) -> Resources:
    return {f"R{number}": {"Type": type_, "Properties": one} for number, (type_, one) in enumerate(resources)}


def standing(stack: Resources) -> list[Line]:
    return list(resource_lines(Month(stack=stack, foundation={}, rates=RATES)))


def stat(period: int) -> dict[str, Any]:
    return {"Id": "one", "MetricStat": {"Period": period}}


def tracking(metric: str) -> dict[str, Any]:
    specification = {"PredefinedMetricSpecification": {"PredefinedMetricType": metric}}
    return {"TargetTrackingScalingPolicyConfiguration": specification}


@pytest.mark.parametrize(
    ("type_", "properties", "expected"),
    [
        ("AWS::CloudWatch::Alarm", {"Period": 300}, {ALARM_MONTH: 1}),
        ("AWS::CloudWatch::Alarm", {"Period": 10}, {HIGH_RESOLUTION_ALARM_MONTH: 1}),
        ("AWS::CloudWatch::Alarm", {"Metrics": [{"Expression": "a/b"}, stat(300), stat(300)]}, {ALARM_MONTH: 2}),
        ("AWS::CloudWatch::Alarm", {"Metrics": [stat(60), stat(10)]}, {HIGH_RESOLUTION_ALARM_MONTH: 2}),
        ("AWS::CloudWatch::CompositeAlarm", {}, {COMPOSITE_ALARM_MONTH: 1}),
        ("AWS::CloudWatch::Dashboard", {}, {DASHBOARD_MONTH: 1}),
        ("AWS::KMS::Key", {}, {KEY_MONTH: 1}),
        ("AWS::Kinesis::Stream", {"StreamModeDetails": {"StreamMode": "ON_DEMAND"}}, {STREAM_HOUR: 730}),
        ("AWS::Kinesis::Stream", {"ShardCount": 2}, {SHARD_HOUR: 1460}),
        (
            "AWS::Kinesis::Stream",
            {"ShardCount": 2, "RetentionPeriodHours": 48},
            {SHARD_HOUR: 1460, EXTENDED_SHARD_HOUR: 1460},
        ),
        ("AWS::ApplicationAutoScaling::ScalingPolicy", {"PolicyType": "StepScaling"}, {}),
        ("AWS::ApplicationAutoScaling::ScalingPolicy", tracking("Invocations"), {ALARM_MONTH: 2}),
        (
            "AWS::ApplicationAutoScaling::ScalingPolicy",
            tracking("ConcurrencyHighResolution"),
            {HIGH_RESOLUTION_ALARM_MONTH: 2},
        ),
        ("AWS::IAM::Role", {}, {}),
    ],
)
def test_a_resource_runs_the_meters_of_its_type_and_properties(type_, properties, expected):
    lines = standing(made_of((type_, properties)))
    assert {line.meter: line.quantity and line.quantity.expected for line in lines} == expected


def test_resources_of_one_type_are_one_line():
    lines = standing(made_of(("AWS::KMS::Key", {}), ("AWS::CloudWatch::Dashboard", {}), ("AWS::KMS::Key", {})))
    assert [line.what for line in lines] == ["2 encryption keys", "one dashboard, if the account has three"]
    assert lines[0].usd.expected == 2


def test_only_alarms_that_tell_a_topic_are_heard_by_those_who_subscribe_to_it():
    topics = [{"Ref": "Heard"}, {"Ref": "Other"}]
    stack = made_of(
        *(("AWS::CloudWatch::Alarm", {"Period": 60, "AlarmActions": [topic]}) for topic in (*topics, topics[0])),
        ("AWS::CloudWatch::Alarm", {"Period": 60}),
        ("AWS::SNS::Subscription", {"TopicArn": topics[0], "Protocol": "email"}),
        ("AWS::SNS::Subscription", {"TopicArn": topics[0], "Protocol": "lambda"}),
    )
    [mails] = [line for line in standing(stack) if line.meter == NOTICES_BY_MAIL]
    assert mails.quantity is not None and mails.quantity.expected == 2 * 2


def test_a_type_that_nobody_looked_at_is_not_priced():
    [line] = standing(made_of(("AWS::DynamoDB::Table", {}), ("AWS::DynamoDB::Table", {})))
    assert (line.state, line.what) == (
        "not priced",
        "2 of type AWS::DynamoDB::Table, of which nothing here knows what it is billed by",
    )


@pytest.mark.parametrize(
    ("type_", "properties"),
    [
        ("AWS::CloudWatch::Alarm", {}),
        ("AWS::CloudWatch::Alarm", {"Period": "often"}),
        ("AWS::CloudWatch::Alarm", {"Metrics": 1}),
        ("AWS::Kinesis::Stream", {}),
        ("AWS::SNS::Subscription", {"TopicArn": "a"}),
    ],
)
def test_a_resource_that_cloudformation_would_not_take_is_refused_in_a_sentence(type_, properties):
    with pytest.raises(UnreadableResource, match=f"a resource of type {type_} lacks what its type requires"):
        standing(made_of((type_, properties)))


def catalogs() -> list[tuple[str, str]]:
    found = CATALOGS.glob("*/environments/*.yaml")
    return sorted((one.parents[1].name, one.stem) for one in found if one.parents[1].name != "broken")


@pytest.mark.parametrize(("catalog", "environment"), catalogs())
def test_every_type_that_is_deployed_has_meters_or_is_known_to_need_none(catalog, environment):
    loaded = load(CATALOGS / catalog, environment)
    stacks = [stack_of(entry, loaded.environment) for entry in loaded.entries.values()]
    types = {one["Type"] for stack in (foundation_of(loaded.environment), *stacks) for one in stack.values()}
    assert types <= METERS.keys() | BILLED_ELSEWHERE


def expiring(prefix: str, days: int) -> dict[str, Any]:
    return {"Status": "Enabled", "ExpirationInDays": days, **({"Prefix": prefix} if prefix else {})}


@pytest.mark.parametrize(
    ("rules", "key", "days"),
    [
        ([expiring("", 30)], "a/b", 30),
        ([expiring("a/", 30), expiring("a/b/", 7), expiring("c/", 1)], "a/b/c", 7),
        ([expiring("a/", 30)], "b", None),
        ([{**expiring("", 30), "Status": "Disabled"}], "a", None),
        ([], "a", None),
    ],
)
def test_what_lies_in_a_bucket_is_kept_as_long_as_the_first_rule_that_reaches_it_says(rules, key, days):
    assert keep_days({"LifecycleConfiguration": {"Rules": rules}}, key) == days


# What follows changes a resource and nothing of the catalog: the estimate goes by what is deployed.


@pytest.fixture(scope="module")
def catalog():
    return load(FOUR_KINDS, "local")


def with_property(resources: Resources, logical_id: str, **changed: Any) -> Resources:
    one = resources[logical_id]
    return {**resources, logical_id: {**one, "Properties": {**one["Properties"], **changed}}}


def bucket_with(resources: Resources, logical_id: str, *rules: dict[str, Any]) -> Resources:
    return with_property(resources, logical_id, LifecycleConfiguration={"Rules": list(rules)})


def priced(catalog, name: str, *, stack: Resources | None = None, foundation: Resources | None = None) -> list[Line]:
    entry = catalog.entries[name]
    described = stack or stack_of(entry, catalog.environment)
    shared = foundation or foundation_of(catalog.environment)
    return list(endpoint_cost(entry, described, shared, ASKED, RATES).lines)


def test_instances_are_those_of_the_variant_and_of_what_scales_it(catalog):
    stack = stack_of(catalog.entries["chat"], catalog.environment)
    moved = with_property(stack, "ScalableTarget", MinCapacity=2, MaxCapacity=9)
    assert priced(catalog, "chat", stack=moved)[0].what == "2 to 9 x ml.g5.2xlarge"
    fixed = {key: one for key, one in stack.items() if key not in ("ScalableTarget", "ConcurrencyTracking")}
    [variant] = fixed["EndpointConfig"]["Properties"]["ProductionVariants"]
    other = {**variant, "InstanceType": "ml.g5.4xlarge", "InitialInstanceCount": 3}
    lines = priced(catalog, "chat", stack=with_property(fixed, "EndpointConfig", ProductionVariants=[other]))
    assert lines[0].what == "3 x ml.g5.4xlarge"
    assert not [line for line in lines if "scaling policy" in line.what]


def test_requests_and_answers_are_kept_as_long_as_their_bucket_keeps_them(catalog):
    shared = foundation_of(catalog.environment)
    shorter = priced(catalog, "summaries", foundation=bucket_with(shared, "Async", expiring("", 3)))
    assert "requests and answers, kept 3 days" in [line.what for line in shorter]
    never = priced(catalog, "summaries", foundation=bucket_with(shared, "Async"))
    assert [line.what for line in never if line.state == "not priced"] == ["requests and answers, kept without an end"]


def test_the_log_is_kept_as_long_as_its_group_says(catalog):
    stack = with_property(stack_of(catalog.entries["chat"], catalog.environment), "LogGroup", RetentionInDays=7)
    assert "kept 7 days" in [line.what for line in priced(catalog, "chat", stack=stack)]


def test_processing_goes_by_the_size_of_the_function_that_is_deployed():
    environment = load(FOUR_KINDS, "signals").environment
    shared = foundation_of(environment)
    asked = {"chat": Band.of(1_000_000)}
    twice = with_property(
        shared, "StreamProcessor", MemorySize=2 * shared["StreamProcessor"]["Properties"]["MemorySize"]
    )
    before, after = (work(resources, asked) for resources in (shared, twice))
    assert after.quantity is not None and before.quantity is not None
    assert after.quantity.expected == 2 * before.quantity.expected
    intel = work(with_property(shared, "StreamProcessor", Architectures=["x86_64"]), asked)
    assert intel.state == "not priced" and intel.meter is not None and intel.meter.usage_type == "Lambda-GB-Second"


def work(foundation: Resources, asked: dict[str, Any]) -> Line:
    lines = resource_lines(Month(stack=foundation, foundation=foundation, rates=RATES, asked=asked))
    [found] = [line for line in lines if "processor at work" in line.what]
    return found


def test_rows_are_converted_and_sorted_where_the_delivery_does_it_and_kept_as_its_bucket_says():
    loaded = load(FOUR_KINDS, "signals")
    shared = foundation_of(loaded.environment)
    logical_id = "RequestDelivery"
    destination = shared[logical_id]["Properties"]["ExtendedS3DestinationConfiguration"]
    plain = {key: one for key, one in destination.items() if key not in (
        "DataFormatConversionConfiguration", "DynamicPartitioningConfiguration")}  # fmt: skip
    changed = with_property(shared, logical_id, ExtendedS3DestinationConfiguration=plain)
    changed = bucket_with(changed, "Signals", expiring("requests/", 10))
    words = [line.what for line in priced(loaded, "shelf", foundation=changed)]
    assert "rows of the table, kept 10 days" in words
    assert [word for word in words if word.startswith("delivered")] == ["delivered to the table"]


def test_flink_starts_with_its_parallelism_and_stays_there_unless_it_scales():
    environment = load(FOUR_KINDS, "signals").environment
    environment = environment.model_copy(update={"signals": Signals(stream="on-demand", aggregation="flink")})
    shared = foundation_of(environment)
    properties = shared["Aggregation"]["Properties"]["ApplicationConfiguration"]
    parallel = {"Parallelism": 6, "ParallelismPerKPU": 4, "AutoScalingEnabled": False}
    flink = {**properties["FlinkApplicationConfiguration"], "ParallelismConfiguration": parallel}
    changed = with_property(
        shared, "Aggregation", ApplicationConfiguration={**properties, "FlinkApplicationConfiguration": flink}
    )
    asked = {"chat": Band.of(10**12)}
    lines = resource_lines(Month(stack=changed, foundation=changed, rates=RATES, asked=asked))
    [units] = [line.what for line in lines if "units of Flink" in line.what]
    assert units == "3 units of Flink, one of them for its orchestration"


def test_an_environments_own_stream_is_counted_by_its_shards():
    environment = load(FOUR_KINDS, "local").environment
    shards = environment.model_copy(update={"signals": Signals(stream=Shards(shards=2))})
    [stream] = [line for line in shared_month(shards, asked={}).lines if line.component == "records"]
    assert (stream.what, stream.quantity and stream.quantity.expected) == (
        "2 shards of the record stream",
        Decimal(1460),
    )


def test_a_capture_that_no_function_is_told_of_is_written_once():
    loaded = load(FOUR_KINDS, "signals")
    entry = loaded.entries["chat"]
    shared = foundation_of(loaded.environment)
    told = [line.what for line in priced(loaded, "chat", foundation=shared)]
    assert "the capture processor at work" in told
    alone = with_property(shared, "Capture", NotificationConfiguration={})
    lines = endpoint_cost(entry, stack_of(entry, loaded.environment), alone, ASKED, RATES).lines
    assert [line.what for line in lines if line.component == "capture"][1:] == [
        "writes, at most one per captured request"
    ]


@pytest.mark.parametrize("environment", ["local", "signals", "flink"])
def test_every_line_names_the_type_of_a_resource_that_its_stack_has(environment):
    loaded = load(FOUR_KINDS, environment)
    for name, entry in loaded.entries.items():
        types = {one["Type"] for one in stack_of(entry, loaded.environment).values()}
        assert {line.resource_type for line in priced(loaded, name)} <= types
    shared = {one["Type"] for one in foundation_of(loaded.environment).values()}
    lines = shared_month(loaded.environment, asked={"chat": Band.of(1000)}).lines
    assert {line.resource_type for line in lines} <= shared
    assert all(line.resource_type in METERS for line in lines)
