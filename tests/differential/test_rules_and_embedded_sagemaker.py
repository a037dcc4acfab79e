"""What the rules refuse because AWS would, embedded SageMaker refuses; what it refuses, the rules have told before."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest

from modelyard.rules.catalogue import explained_rules

# Rules about something that stands in a request of CreateModel, CreateEndpointConfig or CreateEndpoint, where AWS
# answers it. The types' ranges (MY006) are the API's own in the generated cases.
IN_A_REQUEST = {"MY006", "MY010", "MY013", "MY014", "MY015", "MY016", "MY017", "MY021", "MY022", "MY023", "MY030"} | {
    "MY035",
    "MY048",
    "MY050",
    "MY060",
    "MY061",
}
# All others are answered elsewhere, or by nobody before the endpoint is broken.
ELSEWHERE = {
    "MY001": "a file, before there is any request",
    "MY002": "a file, before there is any request",
    "MY003": "a file, before there is any request",
    "MY004": "a file, before there is any request",
    "MY005": "a file, before there is any request",
    "MY007": "a file, before there is any request",
    "MY008": "a file, before there is any request",
    "MY011": "two environments; the second CreateEndpoint meets a name that exists",
    "MY012": "two environments; the second CreateEndpoint meets a name that exists",
    "MY018": "the container finds no device, after CreateEndpoint",
    "MY019": "the engine stops at start-up, after CreateEndpoint",
    "MY020": "the container stops at start-up, after CreateEndpoint",
    "MY024": "a quota, which embedded AWS grants generously",
    "MY025": "what is inside an image, which no request tells",
    "MY026": "Application Auto Scaling",
    "MY027": "the entry's own decision",
    "MY028": "Application Auto Scaling",
    "MY029": "what is inside an image, which no request tells",
    "MY031": "AWS is silent",
    "MY032": "one archive would be written over the other",
    "MY033": "AWS is silent",
    "MY034": "the download inside the container, after CreateEndpoint",
    "MY036": "a decision of ours",
    "MY037": "the container, after CreateEndpoint",
    "MY038": "the licensor",
    "MY039": "the engine, after CreateEndpoint",
    "MY040": "no service answers in such a region",
    "MY041": "KMS",
    "MY042": "the entry's own decision",
    "MY043": "CloudFormation",
    "MY044": "S3",
    "MY045": "a decision of ours",
    "MY046": "a decision of ours",
    "MY047": "a decision of ours",
    "MY049": "AWS is silent",
    "MY052": "nobody: it works until the tag moves",
    "MY051": "the engine runs out of memory, after CreateEndpoint",
    "MY053": "a quota, which embedded AWS grants generously",
    "MY054": "a quota, which embedded AWS grants generously",
    "MY009": "the lock file, before there is any request",
    "MY055": "the lock file, before there is any request",
    "MY056": "the lock file, before there is any request",
    "MY057": "the endpoint's own time limit, after CreateEndpoint",
    "MY058": "the engine stops at start-up, after CreateEndpoint",
    "MY059": "the entry's own decision",
    "MY062": "the entry's own decision",
    "MY063": "the engine stops at start-up, after CreateEndpoint",
    "MY068": "the container compiles at each start, after CreateEndpoint",
    "MY069": "the engine runs out of memory, after CreateEndpoint",
    "MY070": "SNS, which delivers to nobody without a word",
    "MY071": "the licensor",
    "MY072": "the engine stops at start-up, after CreateEndpoint",
    "MY066": "AWS captures whatever the requests hold",
    "MY064": "a decision of ours",
    "MY065": "CloudWatch has no such metric, or another sum",
    "MY067": "CloudWatch has no such metric",
    "MY080": "a file, before there is any request",
    "MY081": "two environments; CloudFormation and S3 meet a name that exists",
    "MY082": "a file, before there is any request",
    "MY083": "the container, after CreateEndpoint",
    "MY084": "the container, after CreateEndpoint",
    "MY085": "the container, after CreateEndpoint",
    "MY090": "IAM, when the policy is attached",
    "MY091": "IAM, when the policy is attached, by the account's quota",
    "MY092": "a network, which embedded AWS does not play",
    "MY093": "CloudWatch has no such metric, or never sees such a value",
}


ACCOUNT = "111122223333"
KINDS = ("real-time", "async", "serverless", "multi-model")
NETWORK = {"subnets": ["subnet-0a1b2c3d4e5f60001"], "security_groups": ["sg-0a1b2c3d4e5f60003"]}
INSTANCES = (
    "ml.m5.xlarge",
    "ml.m5d.large",
    "ml.g5.2xlarge",
    "ml.g6e.2xlarge",
    "ml.p3.2xlarge",
    "ml.inf2.xlarge",
    "ml.g5.3xlarge",  # no such type
    "ml.t3.medium",  # EC2 has it, hosting has not
    ["ml.g5.2xlarge", "ml.g5.4xlarge"],
    ["ml.g5.2xlarge", "ml.g5.2xlarge"],
    ["ml.m5.large", "ml.m5.xlarge", "ml.m5.2xlarge", "ml.m5.4xlarge", "ml.m5.12xlarge", "ml.m5.24xlarge"],
)


def case(kind, entry, environment=None):
    """One entry of a kind in one environment, by what is not ordinary about it."""
    return kind, entry, environment or {}


def generated():
    """Every combination of what meets in one request, and single values around each limit."""
    for kind, instance, volume in itertools.product(("real-time", "async"), INSTANCES, (None, 30, 513)):
        yield case(kind, {"serving": {"instance": instance, **({"volume_gib": volume} if volume else {})}})
    for instance, image in itertools.product(INSTANCES[:8], ("own/engine:1", "own/sagemaker-tritonserver:1")):
        yield case("multi-model", {"serving": {"instance": instance, "image": image}})
    sizes, provisioned = (512, 1024, 1500, 6144, 7168), (None, 1, 5, 6, 201)
    for memory, ready in itertools.product(sizes, provisioned):
        extra = {"provisioned_concurrency": ready} if ready else {}
        yield case("serverless", {"serving": {"memory_mb": memory, **extra}})
    for kind, region in itertools.product(KINDS, ("us-west-2", "ap-south-2", "eu-south-2")):
        yield case(kind, {}, {"region": region})
    for instance, region in itertools.product(("ml.g6e.2xlarge", "ml.inf2.xlarge", "ml.m5.large"), ("eu-west-3",)):
        yield case("real-time", {"serving": {"instance": instance}}, {"region": region})
    for kind in KINDS:
        yield from around_limits(kind)
    for count in (2, 6):
        yield case("multi-model", {"models": [f"{number}{'m' * 49}" for number in range(count)]})
    for most in (0, 1, 1000, 1001):
        yield case("async", {"queue": {"max_concurrent_per_instance": most}})
    for most in (0, 1, 200, 201):
        yield case("serverless", {"serving": {"max_concurrency": most}})
    for kind, key in itertools.product(("real-time", "async", "multi-model"), (59, 60, 3600, 3601)):
        yield case(kind, {"serving": {"startup_timeout_seconds": key}})
        yield case(kind, {"serving": {"download_timeout_seconds": key}})
    for kind in ("real-time", "async", "multi-model"):
        yield from roll_outs(kind)
    for percent in (1, 100, 101):
        yield case("real-time", {"capture": {"sample_percent": percent}})


def roll_outs(kind):
    """Each strategy with steps around AWS's limits on one, two and eight instances, and waits around its own."""
    for strategy, instances, count in itertools.product(("canary", "linear", "rolling"), (1, 2, 8), (1, 2, 5)):
        yield roll_out(kind, instances, strategy=strategy, step_instances=count)
    for strategy, percent in itertools.product(("canary", "linear", "rolling"), (4, 5, 9, 10, 50, 51)):
        yield roll_out(kind, 8, strategy=strategy, step_percent=percent)
    for limit in (599, 600, 601, 28_800, 28_801):
        yield roll_out(kind, 8, strategy="all-at-once", keep_old_seconds=600, time_limit_seconds=limit)
        yield roll_out(kind, 8, strategy="canary", step_instances=1, wait_seconds=600, time_limit_seconds=limit)
    yield roll_out(kind, 8, strategy="canary", step_instances=1, wait_seconds=3601)


def roll_out(kind, instances, **keys):
    return case(kind, {"scaling": {"instances": {"min": instances, "max": instances}}, "rollout": keys})


def around_limits(kind):
    """What every kind has: its image, its variables, its name, its tags, its network, its key."""
    for image in (
        f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/own/engine:1",
        f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/own/engine:1",
        "docker.io/vllm/vllm-openai:v0.11",
        "own/" + "e" * 260 + ":1",
    ):
        yield case(kind, {"serving": {"image": image}})
    for variables in (
        {f"V{number}": "x" for number in range(80)},
        {f"V{number}": "x" for number in range(101)},
        {f"V{number}": "x" * 1000 for number in range(40)},
        {"V": "x" * 1024},
        {"V": "x" * 1025},
        {"1V": "x"},
        {"V-W": "x"},
        {"V" * 1025: "x"},
    ):
        yield case(kind, {"serving": {"environment": variables}})
    for length in (40, 60, 70):
        yield case(kind, {}, {"name_prefix": "p" * length})
    for owner in ("crew", "crew!", "c" * 256, "c" * 257):
        yield case(kind, {"owner": owner})
    yield case(kind, {}, {"tag_keys": {"llm:team": "aws:team"}})
    yield case(kind, {}, {"kms_key_arn": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd"})
    if kind == "serverless":
        return  # it has no network
    for changes in ({}, {"subnets": [f"subnet-{number:08x}" for number in range(17)]}, {"subnets": []}):
        yield case(kind, {}, {"network": {**NETWORK, **changes}})
    yield case(kind, {}, {"network": {**NETWORK, "security_groups": [f"sg-{n:08x}" for n in range(6)]}})


@pytest.fixture(scope="module")
def outcomes(judged):
    return judged(list(generated()))


def table(outcomes):
    return "\n".join(["", *map(str, outcomes)])


def test_every_id_is_either_in_a_request_or_answered_elsewhere():
    assert set(explained_rules()) == IN_A_REQUEST | set(ELSEWHERE)
    assert not IN_A_REQUEST & set(ELSEWHERE)


def test_what_the_rules_refuse_because_aws_would_is_refused(outcomes):
    accepted = [one for one in outcomes if one.errors & IN_A_REQUEST and one.refused_by is None]
    assert not accepted, table(accepted)


def test_what_is_refused_the_rules_have_told_before(outcomes):
    untold = [one for one in outcomes if one.refused_by and not (one.errors | one.warnings) & IN_A_REQUEST]
    assert not untold, table(untold)


def test_the_cases_break_every_rule_that_a_request_can_break(outcomes):
    broken = Counter(rule for one in outcomes for rule in one.errors | one.warnings)
    assert set(broken) >= IN_A_REQUEST
    refused = sum(one.refused_by is not None for one in outcomes)
    assert refused > 50 and len(outcomes) - refused > 50
