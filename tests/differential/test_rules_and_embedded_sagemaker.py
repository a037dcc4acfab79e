"""What the rules refuse because AWS would, embedded SageMaker refuses; what it refuses, the rules have told before."""

from __future__ import annotations

from collections import Counter

from rules.catalogue import explained_rules

# Rules about something that stands in a request of CreateModel, CreateEndpointConfig or CreateEndpoint, where AWS
# answers it. The types' ranges (MY006) are the API's own in the generated cases.
IN_A_REQUEST = {"MY006", "MY010", "MY013", "MY014", "MY015", "MY016", "MY017", "MY021", "MY022", "MY023", "MY030"} | {
    "MY035",
    "MY048",
    "MY050",
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
}


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
