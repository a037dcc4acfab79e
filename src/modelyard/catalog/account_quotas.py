"""How much of SageMaker's hosting an account may use in a region: what `modelyard quotas pull` wrote down.

`quotas/<account>-<region>.json` in the catalog is written by a program and read strictly. A catalog may have none: then
nobody knows what the account may use, and nothing is said about it.
"""

from __future__ import annotations

import json
from pathlib import Path

from modelyard.catalog.forms import AccountId, Day, Region
from modelyard.catalog.problem import WRONG_VALUE, Problem
from modelyard.catalog.program_file import read_program_file
from modelyard.catalog.schema import Table

SHELF = "quotas"
_REPAIR = "write it anew with `modelyard quotas pull`"


class AccountQuota(Table):
    """One quota: what the account was granted (None where AWS tells only the default), and what accounts start with."""

    code: str
    name: str
    applied: int | None
    default: int | None
    adjustable: bool

    @property
    def have(self) -> int | None:
        """What holds for the account; None where AWS tells neither."""
        return self.default if self.applied is None else self.applied


class AccountQuotas(Table):
    """The hosting quotas of one account and region on the day they were asked for."""

    account: AccountId
    region: Region
    pulled_on: Day
    quotas: tuple[AccountQuota, ...]

    def by_code(self, code: str) -> AccountQuota | None:
        """The quota of a code."""
        return next((quota for quota in self.quotas if quota.code == code), None)

    def by_name(self, name: str) -> AccountQuota | None:
        """The quota of a name."""
        return next((quota for quota in self.quotas if quota.name == name), None)


def quotas_path(folder: Path, *, account: str, region: str) -> Path:
    """Where a catalog keeps the quotas of an account and region."""
    return folder / SHELF / f"{account}-{region}.json"


def read_account_quotas(folder: Path, *, account: str, region: str, problems: list[Problem]) -> AccountQuotas | None:
    """The quotas of an account and region; None where they were never pulled, or the file is wrong, which is told."""
    path = quotas_path(folder, account=account, region=region)
    try:
        found = read_program_file(path, AccountQuotas, what="these are no quotas", repair=_REPAIR, problems=problems)
    except FileNotFoundError:
        return None
    if found is None:
        return None
    if (found.account, found.region) != (account, region):
        message = f"these are the quotas of {found.account} in {found.region}, not of what the file is named after"
        problems.append(Problem.in_file(path, WRONG_VALUE, f"{message}: {_REPAIR}"))
        return None
    return found


def quotas_text(quotas: AccountQuotas) -> str:
    """The file as it is written: one quota on a line, by name, so that a review shows what has changed."""
    rows = [
        json.dumps(quota.model_dump()) for quota in sorted(quotas.quotas, key=lambda quota: (quota.name, quota.code))
    ]
    head = {"account": quotas.account, "region": quotas.region, "pulled_on": quotas.pulled_on.isoformat()}
    lines = [f" {json.dumps(key)}: {json.dumps(value)}," for key, value in head.items()]
    listed = ",\n".join(f"  {row}" for row in rows)
    return "\n".join(["{", *lines, ' "quotas": [', listed, " ]", "}"]) + "\n"
