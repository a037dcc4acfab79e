"""The quotas that Service Quotas lists for embedded SageMaker: those that it enforces, by AWS's names and codes."""

import functools
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from localaws.sagemaker import service_model
from localaws.sagemaker.quotas import (
    INSTANCES_IN_ALL,
    INSTANCES_PER_ENDPOINT,
    SERVERLESS_CONCURRENCY,
    SERVERLESS_ENDPOINTS,
    Quotas,
    instance_quota,
)


def quota_list(quotas: Quotas, *, region: str, account: str) -> list[dict[str, Any]]:
    """Every quota as ListServiceQuotas describes it, ordered by code."""
    listed = [_described(name, value, region=region, account=account) for name, value in _values(quotas)]
    return sorted(listed, key=lambda quota: str(quota["QuotaCode"]))


def _values(quotas: Quotas) -> Iterator[tuple[str, int]]:
    for instance_type in service_model.load("sagemaker").shapes["ProductionVariantInstanceType"]["enum"]:
        yield instance_quota(instance_type), quotas.instances_of_type(instance_type)
    yield INSTANCES_IN_ALL, quotas.instances_in_all
    yield INSTANCES_PER_ENDPOINT, quotas.instances_per_endpoint
    yield SERVERLESS_ENDPOINTS, quotas.serverless_endpoints
    yield SERVERLESS_CONCURRENCY, quotas.serverless_concurrency


def _described(name: str, value: int, *, region: str, account: str) -> dict[str, Any]:
    code = _code(name)
    return {
        "ServiceCode": "sagemaker",
        "ServiceName": "Amazon SageMaker",
        "QuotaArn": f"arn:aws:servicequotas:{region}:{account}:sagemaker/{code}",
        "QuotaCode": code,
        "QuotaName": name,
        "Value": float(value),
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
        "QuotaAppliedAtLevel": "ACCOUNT",
    }


def _code(name: str) -> str:
    """AWS's code where it is known; for every other type one of the same form, made of the name and not AWS's."""
    return _known_codes().get(name) or f"L-{zlib.crc32(name.encode()):08X}"


@functools.cache
def _known_codes() -> dict[str, str]:
    codes: dict[str, str] = json.loads(Path(__file__).with_name("quota_codes.json").read_text("utf-8"))["codes"]
    return codes
