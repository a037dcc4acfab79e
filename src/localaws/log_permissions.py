"""A permission about logs is held against a log stream of a group, not against the group's bare name.

CloudWatch Logs user guide, "Identity and access management": policies name a group as `log-group:NAME:*`, for all but
tags; AWS's refusals name `log-group:NAME:log-stream:STREAM`. MiniStack asks about the bare name, so that a role that
may write on AWS could not write here.
"""

from typing import Any

from ministack.core import iam_actions

_STREAM = ":log-stream:"
_OF_TAGS = ("TagLogGroup", "UntagLogGroup", "ListTagsLogGroup")


def restrict_logs_to_streams() -> None:
    """From now on a policy that names a log group as AWS's guide says is enough, and one without the end is not."""
    resource_of, context_of = iam_actions.extract_resource_arn, iam_actions.logs_service_context

    def resource_with_stream(
        service: str, method: str, path: str, headers: dict[str, str], body: bytes, *rest: Any
    ) -> str:
        arn: str = resource_of(service, method, path, headers, body, *rest)
        action = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
        if service != "logs" or action in _OF_TAGS or not iam_actions._safe_json_field(body, "logGroupName"):
            return arn
        return f"{arn}{_STREAM}{iam_actions._safe_json_field(body, 'logStreamName') or ''}"

    def context_of_group(action: str, body: bytes, resource_arn: str, region: str, account_id: str) -> Any:
        # Tags lie on the group.
        return context_of(action, body, resource_arn.partition(_STREAM)[0], region, account_id)

    iam_actions.extract_resource_arn, iam_actions.logs_service_context = resource_with_stream, context_of_group
