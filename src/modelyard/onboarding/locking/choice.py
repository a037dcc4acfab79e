"""Which instance an entry that says `instance: auto` gets, and what the lock writes down about it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from modelyard.capacity.engine_settings import SettingError
from modelyard.capacity.lock_inputs import lock_inputs
from modelyard.capacity.storage_fit import DEFAULT_VOLUME_GIB, volume_gib
from modelyard.catalog.entry import Catalog, Entry
from modelyard.catalog.instance_lock import LockedInstance, LockedPrice, Loser
from modelyard.onboarding.recommendation import recommendation
from modelyard.onboarding.recommendation_report import Recommendation
from modelyard.onboarding.sizing import entry_subjects
from modelyard.pricing.ranking import Choice
from modelyard.shell.failure import Failure

_DEARER_KEPT = 5
_UNFIT_KEPT = 3
_DECIMALS = 10
_TEN_DECIMALS = Decimal(1).scaleb(-_DECIMALS)


def choose(entry: Entry, catalog: Catalog, *, fallbacks: int, today: date) -> LockedInstance:
    """The cheapest instance that runs the entry as it stands, with up to so many others to fall back on.

    Raises:
        Failure: when nothing that is priced in the region fits, or the kind takes no fallbacks that were asked for.
    """
    stated = entry.as_stated
    try:
        told = recommendation(entry_subjects(stated, catalog), as_stated=True)
    except SettingError as wrong:
        raise Failure(f"{entry.name} in {catalog.environment_name}: {wrong}") from wrong
    first = told.ranking.first
    if first is None or first.price is None:
        raise Failure(f"nothing can be locked for {entry.name} in {catalog.environment_name}: {_why_nothing(told)}")
    if fallbacks and not told.subject.pools:
        raise Failure(
            f"{entry.name} is {stated.endpoint.kind}, and AWS documents fallbacks for real-time and async endpoints "
            "only: leave out --fallbacks"
        )
    locked = told.pool[: 1 + fallbacks]
    return LockedInstance(
        instance=locked,
        tensor_parallel_degree=first.fit.degree if first.fit.degree > 1 else None,
        volume_gib=_volume(told, first),
        price=LockedPrice(usd_per_hour=_recorded(first.price.usd), dated=first.price.dated, basis=first.price.basis),
        chosen_on=today,
        chosen_for=_asked(told),
        inputs=lock_inputs(stated, region=catalog.environment.region, locked=locked),
        fallbacks=told.pool[len(locked) :],
        lost=_lost(told, locked),
    )


def _volume(told: Recommendation, first: Choice) -> int | None:
    """The volume to ask for: none where the instance brings a disk or the default one does."""
    if first.fit.instance.has_local_nvme or first.fit.workload.volume_gib is not None:
        return None
    needed = volume_gib(told.subject.model, first.fit.workload, first.fit.instance)
    return needed if needed > DEFAULT_VOLUME_GIB else None


def _recorded(usd: Decimal) -> Decimal:
    """A price as a catalog file may hold it, with at most ten decimals: a discount can have more."""
    return usd.quantize(_TEN_DECIMALS) if -int(usd.as_tuple().exponent) > _DECIMALS else usd


def _asked(told: Recommendation) -> str:
    asked = told.subject.workload
    return (
        f"{told.subject.model_name} as {asked.dtype}, {asked.concurrency} at once of {asked.context_tokens} tokens "
        f"with {asked.engine} in {told.subject.region}"
    )


def _why_nothing(told: Recommendation) -> str:
    if told.ranking.unpriced:
        names = ", ".join(choice.fit.instance.name for choice in told.ranking.unpriced[:_DEARER_KEPT])
        return f"what fits ({names}) is NOT PRICED in {told.subject.region}: name an instance in the entry"
    return (
        f"no instance in {told.subject.region} holds {_asked(told)}: lower max_context_tokens or max_concurrency, or "
        "take smaller weights"
    )


def _lost(told: Recommendation, locked: tuple[str, ...]) -> tuple[Loser, ...]:
    """The next dearer ones, then the cheaper ones that do not fit, nearest to the chosen price first."""
    others = [choice for choice in told.ranking.priced if choice.fit.instance.name not in locked]
    first = told.ranking.first
    limit = first.price.usd if first and first.price else None
    cheaper = sorted(
        (choice for choice in told.ranking.unfit if choice.price and limit and choice.price.usd < limit),
        key=lambda choice: (-(choice.price.usd if choice.price else 0), choice.fit.instance.name),
    )
    return tuple(
        Loser(
            instance=choice.fit.instance.name,
            usd_per_hour=_recorded(choice.price.usd) if choice.price else None,
            because=choice.reason,
        )
        for choice in (*others[:_DEARER_KEPT], *cheaper[:_UNFIT_KEPT])
    )
