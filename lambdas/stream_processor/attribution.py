"""Whom a record may speak for: metrics, alarms and bills are made by the names that it states.

What came by a subscription was written to a log group, and only the endpoint's own containers write there. What a
container puts into the stream itself proves nothing, an envelope neither: whoever may put can make one. There a name
must be an endpoint of the account, and a container can still speak for a neighbour (docs/signals.md).
"""

from __future__ import annotations

from collections.abc import Container

from lambdas.stream_processor.envelope import Content
from lambdas.stream_processor.request_record import RequestRecord


class Attribution:
    """Judges by what is `known` of endpoints, and of `variants`.

    `log_groups_vouch` where nobody but CloudWatch Logs puts records into the stream.
    """

    def __init__(self, *, known: Container[str], variants: Container[str], log_groups_vouch: bool) -> None:
        self._known = known
        self._variants = variants
        self._log_groups_vouch = log_groups_vouch

    def refusal(self, record: RequestRecord, content: Content) -> str | None:
        """Why a record may not state the names it does; None where it may."""
        endpoint = record["endpoint"]
        if not content.may_name(endpoint):
            return "endpoint is not the one of its log group"
        if record["variant"] not in self._variants:
            return "variant is none that this environment deploys"
        if not (self._log_groups_vouch and content.log_group) and endpoint not in self._known:
            return "endpoint is none of this account"
        return None
