"""What all endpoints of an account need of its quotas: computed once for a catalog, however many rules ask."""

from __future__ import annotations

from weakref import ReferenceType, ref

from modelyard.capacity.quota_need import QuotaNeed, quotas_needed
from modelyard.catalog.entry import Catalog

_last: tuple[ReferenceType[Catalog], tuple[QuotaNeed, ...]] | None = None


def account_need(catalog: Catalog) -> tuple[QuotaNeed, ...]:
    """The needs of every environment that shares the account and region; the last catalog's are remembered."""
    global _last
    if _last is None or _last[0]() is not catalog:
        # A catalog is never changed once it is loaded, and is compared by identity: it has no hash.
        _last = ref(catalog), quotas_needed([*catalog.entries.values(), *catalog.account_entries])
    return _last[1]
