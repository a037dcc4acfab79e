"""Let MiniStack's CloudWatch Logs deliver to Kinesis and read JSON patterns: it knows Lambda and plain terms only."""

import logging
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import cloudwatch_logs

from localaws.errors import AwsError
from localaws.log_subscriptions.envelope import LogEvents
from localaws.log_subscriptions.filter_pattern import JsonPattern, PatternNotKnown, is_json_pattern
from localaws.log_subscriptions.kinesis_destination import KinesisDestination
from localaws.role_session import RoleSessions

log = logging.getLogger(__name__)
_KINESIS = "arn:aws:kinesis:"
# Quota of a log group (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html).
_MOST_FILTERS = 2


def deliver_to_kinesis(*, endpoint_url: str) -> None:
    """From now on a subscription filter may have a stream as its destination."""
    roles = RoleSessions(endpoint_url=endpoint_url, service_principal="logs.amazonaws.com")
    put_filter = cloudwatch_logs._put_subscription_filter
    matches_terms = cloudwatch_logs._subscription_pattern_matches
    to_lambda = cloudwatch_logs._fanout_to_subscription_filters

    def put(request: dict[str, Any]) -> Any:
        try:
            _check(request, roles)
        except AwsError as refusal:
            return error_response_json(refusal.code, refusal.message, refusal.http_status)
        return put_filter(request)

    def matches(pattern: str | None, message: str | None) -> bool:
        if pattern and is_json_pattern(pattern):
            return JsonPattern.parse(pattern).matches(message or "")
        return bool(matches_terms(pattern, message))

    def deliver(group: str, stream: str, events: LogEvents) -> None:
        to_lambda(group, stream, events)
        stored = cloudwatch_logs._log_groups.get(group) or {}
        for one in list(stored.get("subscriptionFilters", {}).values()):
            if one["destinationArn"].startswith(_KINESIS):
                selected = [event for event in events if matches(one["filterPattern"], event["message"])]
                _deliver(one, group, stream, selected, roles)

    cloudwatch_logs._put_subscription_filter = put
    cloudwatch_logs._subscription_pattern_matches = matches
    cloudwatch_logs._fanout_to_subscription_filters = deliver


def _check(request: dict[str, Any], roles: RoleSessions) -> None:
    pattern, destination = request.get("filterPattern") or "", request.get("destinationArn") or ""
    group = cloudwatch_logs._log_groups.get(request.get("logGroupName"))
    if group is None:
        return
    try:
        if is_json_pattern(pattern):
            JsonPattern.parse(pattern)
    except PatternNotKnown as problem:
        raise AwsError("InvalidParameterException", f"Invalid filter pattern: {problem}") from problem
    others = set(group["subscriptionFilters"]) - {request.get("filterName")}
    if len(others) >= _MOST_FILTERS:
        raise AwsError("LimitExceededException", "Resource limit exceeded.")
    if destination.startswith(_KINESIS):
        if not request.get("roleArn"):
            raise AwsError("InvalidParameterException", "destinationArn for vendor kinesis requires a roleArn")
        _destination(request, roles).check()


def _destination(stored: dict[str, Any], roles: RoleSessions) -> KinesisDestination:
    return KinesisDestination(
        stream_arn=stored["destinationArn"],
        role_arn=stored["roleArn"],
        distribution=stored.get("distribution") or "ByLogStream",
        roles=roles,
    )


def _deliver(stored: dict[str, Any], group: str, stream: str, events: LogEvents, roles: RoleSessions) -> None:
    if not events:
        return
    try:
        _destination(stored, roles).deliver(group=group, stream=stream, filter_name=stored["filterName"], events=events)
    except AwsError as refusal:
        # CloudWatch Logs tries for a day and then gives up; whoever writes the log never hears of it.
        log.warning("subscription filter %s of %s lost log events: %s", stored["filterName"], group, refusal.message)
