"""The condition key `cloudwatch:namespace`, by which a role is held to the namespaces it may publish to.

MiniStack evaluates policies without it, so that a role with the condition could publish nothing.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/iam-cw-condition-keys-namespace.html
"""

import gzip
import json
from collections.abc import Callable
from typing import Any

from ministack.core import iam_actions

Context = dict[str, Any]


def know_metric_namespaces() -> None:
    """Tell the namespace of a PutMetricData request to whoever evaluates the caller's policies."""
    of_tags: Callable[[str, str, bytes, dict[str, Any]], Context] = iam_actions.request_tag_context

    def of_request(service: str, action: str, body: bytes, params: dict[str, Any]) -> Context:
        context = of_tags(service, action, body, params)
        if action == "cloudwatch:PutMetricData":
            context["cloudwatch:namespace"] = _namespace(body, params)
        return context

    iam_actions.request_tag_context = of_request


def _namespace(body: bytes, params: dict[str, Any]) -> str:
    """The namespace of a request in JSON or as a form, as SDKs and the AWS CLI send it; else none, which fails."""
    if named := params.get("Namespace"):
        return str(named[0] if isinstance(named, list) else named)
    content = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
    return str(json.loads(content).get("Namespace", "")) if content.startswith(b"{") else ""
