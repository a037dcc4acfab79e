"""The quotas that embedded AWS plays, read from a file.

The file has the form of `modelyard quotas pull`, or of `aws service-quotas list-service-quotas --service-code
sagemaker`: a list under `quotas` (or `Quotas`), each with a name and a value. What it does not name stays as it is.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from localaws.sagemaker.quotas import (
    INSTANCES_IN_ALL,
    INSTANCES_PER_ENDPOINT,
    SERVERLESS_CONCURRENCY,
    SERVERLESS_ENDPOINTS,
    Quotas,
    instance_quota,
)
from localaws.settings import SettingsError

_OF_THE_ACCOUNT = {
    INSTANCES_IN_ALL: "instances_in_all",
    INSTANCES_PER_ENDPOINT: "instances_per_endpoint",
    SERVERLESS_ENDPOINTS: "serverless_endpoints",
    SERVERLESS_CONCURRENCY: "serverless_concurrency",
}
_OF_A_TYPE = instance_quota("")


def read_quotas(file: Path) -> Quotas:
    """The quotas of the file; `SettingsError` says what is wrong with it."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except OSError as problem:
        raise SettingsError(f"the quota file {file} cannot be read ({problem.strerror})") from problem
    except ValueError as problem:
        raise SettingsError(f"the quota file {file} is not JSON: {problem}") from problem
    listed = document.get("quotas", document.get("Quotas")) if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise SettingsError(f"the quota file {file} has no list under `quotas`; `modelyard quotas pull` writes one")
    by_type: dict[str, int] = {}
    of_the_account: dict[str, int] = {}
    for number, quota in enumerate(listed, start=1):
        name, value = _name_and_value(quota, where=f"the quota file {file}, quota {number}")
        if value is None:
            continue
        if name in _OF_THE_ACCOUNT:
            of_the_account[_OF_THE_ACCOUNT[name]] = value
        elif name.endswith(_OF_A_TYPE):
            by_type[name.removesuffix(_OF_A_TYPE)] = value
    return replace(Quotas(instances_by_type=by_type), **of_the_account)  # type: ignore[arg-type]


def _name_and_value(quota: Any, *, where: str) -> tuple[str, int | None]:
    """None where nobody knows the value."""
    if not isinstance(quota, dict):
        raise SettingsError(f"{where}: {quota!r} is no object with a name and a value")
    name = quota.get("name", quota.get("QuotaName"))
    applied = quota.get("applied", quota.get("Value"))
    value = quota.get("default") if applied is None else applied
    if not isinstance(name, str):
        raise SettingsError(f"{where}: the name {name!r} is no text")
    if value is None:
        return name, None
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0 or value != int(value):
        raise SettingsError(f"{where}: {name!r} is {value!r}; allowed is a whole number of 0 or more")
    return name, int(value)
