"""What Service Quotas says an account may host: every page of what it was granted, and of what accounts start with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from modelyard.capacity.quota_need import (
    FOR_ENDPOINT_USAGE,
    INSTANCES_IN_ALL,
    INSTANCES_PER_ENDPOINT,
    SERVERLESS_CONCURRENCY,
    SERVERLESS_ENDPOINTS,
)
from modelyard.catalog.account_quotas import AccountQuota, AccountQuotas
from modelyard.shell.failure import Failure

_OF_THE_ACCOUNT = {INSTANCES_IN_ALL, INSTANCES_PER_ENDPOINT, SERVERLESS_CONCURRENCY, SERVERLESS_ENDPOINTS}


def pulled_quotas(client: Any, *, account: str, region: str) -> AccountQuotas:
    """The hosting quotas of an account and region, of the day that AWS's answer carries.

    Raises:
        Failure: when AWS lists none of them.
    """
    # ListServiceQuotas leaves out what was never granted more than the default, so both lists are needed.
    # https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_ListServiceQuotas.html
    applied, answered_on = _listed(client, "list_service_quotas")
    default, _ = _listed(client, "list_aws_default_service_quotas")
    quotas = [
        AccountQuota(
            code=code,
            name=found["QuotaName"],
            applied=_whole(applied.get(code)),
            default=_whole(default.get(code)),
            adjustable=bool(found.get("Adjustable", False)),
        )
        for code, found in sorted({**default, **applied}.items())
    ]
    if not quotas:
        raise Failure(
            f"Service Quotas lists nothing about SageMaker endpoints in {region}, so nothing was written: "
            "does SageMaker exist in this region?"
        )
    return AccountQuotas(account=account, region=region, pulled_on=answered_on, quotas=tuple(quotas))


def _listed(client: Any, operation: str) -> tuple[dict[str, dict[str, Any]], date]:
    """The quotas that concern endpoints, by code, and the day of the answer."""
    found: dict[str, dict[str, Any]] = {}
    answered_on = datetime.now(UTC).date()
    for page in client.get_paginator(operation).paginate(ServiceCode="sagemaker"):
        answered_on = _day(page) or answered_on
        found.update({quota["QuotaCode"]: quota for quota in _of_endpoints(page.get("Quotas", ()))})
    return found, answered_on


def _of_endpoints(quotas: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for quota in quotas:
        if quota["QuotaName"].endswith(FOR_ENDPOINT_USAGE) or quota["QuotaCode"] in _OF_THE_ACCOUNT:
            yield quota


def _whole(quota: dict[str, Any] | None) -> int | None:
    """Service Quotas states every figure as a fraction; instances and invocations are whole."""
    return None if quota is None or quota.get("Value") is None else int(quota["Value"])


def _day(page: dict[str, Any]) -> date | None:
    stated = page.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    return parsedate_to_datetime(stated).date() if stated else None
