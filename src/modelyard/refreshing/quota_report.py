"""How quotas are told: what has changed since they were last pulled, and what the catalog needs of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.table import Table

from modelyard.capacity.quota_need import QuotaNeed
from modelyard.capacity.quota_shortfall import quota_of, shortfalls
from modelyard.catalog.account_quotas import AccountQuotas

_UNKNOWN = "?"


def changes(before: AccountQuotas | None, after: AccountQuotas) -> Iterator[str]:
    """One line for each quota that is not what it was."""
    if before is None:
        return
    known = {quota.code: quota for quota in before.quotas}
    for quota in after.quotas:
        old = known.pop(quota.code, None)
        if old is None:
            yield f"new: {quota.name} ({quota.code}) {_figure(quota.have)}"
        elif old.have != quota.have:
            yield f"changed: {quota.name} ({quota.code}) {_figure(old.have)} -> {_figure(quota.have)}"
    for gone in known.values():
        yield f"gone: {gone.name} ({gone.code})"


def table(needs: Iterable[QuotaNeed], quotas: AccountQuotas) -> Table:
    """What is needed beside what there is."""
    rows = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("quota", "code", "have", "needed", "one update", "all updates", "with fallbacks", "endpoints"):
        rows.add_column(heading, justify="left" if heading in ("quota", "code", "endpoints") else "right")
    for need in needs:
        quota = quota_of(need, quotas)
        rows.add_row(
            quota.name if quota else need.name,
            quota.code if quota else _UNKNOWN,
            _figure(quota.have if quota else None),
            str(need.steady),
            str(need.one_update),
            str(need.all_updates),
            str(need.all_updates + need.fallback) if need.fallback else "",
            need.named,
        )
    return rows


def requests(needs: Iterable[QuotaNeed], quotas: AccountQuotas) -> Iterator[str]:
    """The commands that ask AWS for what is lacking."""
    for short in shortfalls(needs, quotas):
        yield short.request or f"# {short.quota.name} ({short.quota.code}): {short.way_out}"


def _figure(number: int | None) -> str:
    return _UNKNOWN if number is None else str(number)
