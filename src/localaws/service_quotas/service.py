"""Service Quotas, as far as it is asked what an account may host: it lists, and grants nothing."""

import base64
import binascii
from typing import Any

from localaws.botocore_model import botocore_model
from localaws.errors import AwsError
from localaws.sagemaker.quotas import Quotas
from localaws.sagemaker.request_validation import require_valid
from localaws.service_quotas.quota_list import quota_list

SERVICE = "service-quotas"
TARGET = "ServiceQuotasV20190624."
_SAGEMAKER = "sagemaker"
# https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_ListServiceQuotas.html
_MOST_ON_A_PAGE = 100


class ServiceQuotas:
    """Answers API operations by name; safe to call from any thread.

    Nobody was ever granted more than what accounts start with here, so applied and default quotas are the same.
    """

    def __init__(self, *, quotas: Quotas) -> None:
        self._quotas = quotas

    def call(self, operation: str, request: dict[str, Any], *, region: str, account: str) -> dict[str, Any]:
        """Answer `operation`; raises `AwsError` with AWS's code and words for what AWS refuses."""
        if operation not in ("ListServiceQuotas", "ListAWSDefaultServiceQuotas"):
            raise AwsError("UnknownOperationException", f"embedded AWS does not know the operation {operation}")
        require_valid(botocore_model(SERVICE), operation, request)
        if request["ServiceCode"] != _SAGEMAKER:
            raise AwsError(
                "NoSuchResourceException", "The request failed because the specified service does not exist."
            )
        quotas = quota_list(self._quotas, region=region, account=account)
        if "QuotaCode" in request:
            quotas = [quota for quota in quotas if quota["QuotaCode"] == request["QuotaCode"]]
        start = _place(request.get("NextToken"), most=len(quotas))
        end = start + request.get("MaxResults", _MOST_ON_A_PAGE)
        page: dict[str, Any] = {"Quotas": quotas[start:end]}
        if end < len(quotas):
            page["NextToken"] = base64.b64encode(str(end).encode()).decode()
        return page


def _place(token: str | None, *, most: int) -> int:
    """Where a page begins."""
    if token is None:
        return 0
    try:
        place = int(base64.b64decode(token, validate=True))
    except (ValueError, binascii.Error):
        place = -1
    if not 0 < place <= most:
        raise AwsError("InvalidPaginationTokenException", "Invalid NextToken was provided.")
    return place
