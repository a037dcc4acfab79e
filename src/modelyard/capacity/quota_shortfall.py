"""Where an account's quotas are too small for its catalog, and how to ask for more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from modelyard.capacity.quota_need import QuotaNeed
from modelyard.catalog.account_quotas import AccountQuota, AccountQuotas

# From bad to bearable: endpoints at their largest do not fit; an update of the largest one does not; updates of all of
# them at once do not; they fit until those that list the type as a fallback need it.
Occasion = Literal["steady", "one update", "all updates", "fallback"]


@dataclass(frozen=True, kw_only=True)
class Shortfall:
    """A quota that is too small: for what, how much of it there is, and how much to ask for."""

    need: QuotaNeed
    quota: AccountQuota
    occasion: Occasion
    have: int
    wanted: int
    region: str

    @property
    def request(self) -> str | None:
        """The command that asks AWS for as much as is wanted; None where AWS grants no more of it to anybody."""
        if not self.quota.adjustable:
            return None
        return (
            f"aws service-quotas request-service-quota-increase --service-code sagemaker --quota-code "
            f"{self.quota.code} --desired-value {self.wanted} --region {self.region}"
        )

    @property
    def way_out(self) -> str:
        """What to do about it, in one clause."""
        return self.request or "AWS grants no more of it to anybody, so lower the maxima"


def quota_of(need: QuotaNeed, quotas: AccountQuotas) -> AccountQuota | None:
    """The account's quota that a need is held against; None where the pulled list has none."""
    return quotas.by_name(need.name) if need.code is None else quotas.by_code(need.code)


def shortfalls(needs: Iterable[QuotaNeed], quotas: AccountQuotas) -> Iterator[Shortfall]:
    """Each need that its quota does not cover, on its worst occasion; a quota that nobody knows is passed over."""
    for need in needs:
        quota = quota_of(need, quotas)
        have = quota.have if quota else None
        if quota is None or have is None:
            continue
        for occasion, wanted in _occasions(need):
            if have < wanted:
                yield Shortfall(
                    need=need,
                    quota=quota,
                    occasion=occasion,
                    have=have,
                    # Who asks because the endpoints do not fit wants to be able to update them as well.
                    wanted=max(wanted, need.one_update),
                    region=quotas.region,
                )
                break


def _occasions(need: QuotaNeed) -> tuple[tuple[Occasion, int], ...]:
    return (
        ("steady", need.steady),
        ("one update", need.one_update),
        ("fallback", need.one_update + need.fallback),
        ("all updates", need.all_updates + need.fallback),
    )


def unknown_quotas(needs: Iterable[QuotaNeed], quotas: AccountQuotas) -> Iterator[QuotaNeed]:
    """Each need whose quota the pulled list does not have, or of which it states no figure."""
    for need in needs:
        quota = quota_of(need, quotas)
        if quota is None or quota.have is None:
            yield need
