"""What a catalog needs of an account's SageMaker quotas: every endpoint at its largest, and while fleets are replaced.

    needs = quotas_needed([*catalog.entries.values(), *catalog.account_entries])

A quota holds for one account and region, so the entries of all environments that share both count together. Whether
the account has that much is `capacity.quota_shortfall`'s to say.

An update builds the new fleet beside the old one and ends the old one when traffic has moved, so while it lasts both
count: https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green.html. A rolling update adds one
batch instead: https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-rolling.html. Every endpoint has a
stack of its own, so how many are updated at once is up to who deploys: `cdk deploy` goes one by one, with
`--concurrency` it does several. Both ends are told. Asynchronous and multi-model endpoints count like real-time ones.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from modelyard.capacity.serving_image import instances_of
from modelyard.catalog.entry import Entry
from modelyard.catalog.schema import Rollout

# Codes of Service Quotas, the same in every account. https://docs.aws.amazon.com/general/latest/gr/sagemaker.html
INSTANCES_IN_ALL = "L-7A3DF611"
INSTANCES_PER_ENDPOINT = "L-ED8DEE9B"
SERVERLESS_ENDPOINTS = "L-99AD19BF"
SERVERLESS_CONCURRENCY = "L-96300102"
# What the name of an instance type's quota ends with; its code is in the quotas that were pulled from the account.
FOR_ENDPOINT_USAGE = " for endpoint usage"
_NAMED = 5


@dataclass(frozen=True, kw_only=True)
class QuotaNeed:
    """How much of one quota is needed.

    `steady` is every endpoint at the most instances it may scale to. `one_update` adds what the update of one endpoint
    takes at most beside it, `all_updates` what the updates of all take at once. `fallback` comes on top of each of them
    where all entries that list the type as a fallback have nothing else left; it is 0 for whatever is no instance type.
    `endpoints` are those that count, by the names that AWS sees, the largest first. `code` is None for instance types:
    it is found by `name`.
    """

    name: str
    code: str | None
    unit: str
    steady: int
    one_update: int
    all_updates: int
    fallback: int
    endpoints: tuple[str, ...]

    @property
    def named(self) -> str:
        """The endpoints in a sentence: the largest by name, the rest by number."""
        rest = len(self.endpoints) - _NAMED
        return ", ".join(self.endpoints[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")


@dataclass(frozen=True, kw_only=True)
class _Share:
    """What one entry takes of a quota, and how much more of it while the entry is updated."""

    endpoint: str
    steady: int
    added: int


def quotas_needed(entries: Iterable[Entry]) -> tuple[QuotaNeed, ...]:
    """What the entries need together: of instance types by name, then of what an account has in all."""
    every = list(entries)
    preferred: dict[str, list[_Share]] = defaultdict(list)
    fallback: dict[str, list[_Share]] = defaultdict(list)
    fleets, concurrencies, serverless = [], [], []
    for entry in every:
        endpoint = entry.endpoint
        if endpoint.kind == "serverless":
            serverless.append(_Share(endpoint=entry.endpoint_name, steady=1, added=0))
            most = endpoint.serving.max_concurrency
            concurrencies.append(_Share(endpoint=entry.endpoint_name, steady=most, added=most))
            continue
        most = endpoint.scaling.instances.max
        share = _Share(endpoint=entry.endpoint_name, steady=most, added=_added(endpoint.rollout, most))
        fleets.append(share)
        first, *others = instances_of(endpoint)
        preferred[first].append(share)
        for other in others:
            fallback[other].append(share)
    needs = [
        _need(f"{instance}{FOR_ENDPOINT_USAGE}", None, "instances", preferred[instance], fallback[instance])
        for instance in sorted({*preferred, *fallback})
    ]
    if fleets:
        needs.append(_need("Number of instances across active endpoints", INSTANCES_IN_ALL, "instances", fleets))
        needs.append(_largest("Maximum number of instances per endpoint", INSTANCES_PER_ENDPOINT, "instances", fleets))
    if serverless:
        needs.append(_need("Serverless endpoints", SERVERLESS_ENDPOINTS, "endpoints", serverless))
        needs.append(_need("Total serverless concurrency", SERVERLESS_CONCURRENCY, "invocations", concurrencies))
    return tuple(needs)


def _added(rollout: Rollout | None, instances: int) -> int:
    """How many instances an update puts beside those that run: as many again, or one batch."""
    if rollout is None or rollout.strategy != "rolling":
        return instances
    if rollout.step_percent is not None:
        return math.ceil(instances * rollout.step_percent / 100)
    return min(rollout.step_instances or instances, instances)


def _need(
    name: str, code: str | None, unit: str, shares: Iterable[_Share], fallback: Iterable[_Share] = ()
) -> QuotaNeed:
    own, others = list(shares), list(fallback)
    steady = sum(share.steady for share in own)
    added = [share.added for share in own]
    return QuotaNeed(
        name=name,
        code=code,
        unit=unit,
        steady=steady,
        one_update=steady + max(added, default=0),
        all_updates=steady + sum(added),
        fallback=sum(share.steady for share in others),
        endpoints=_names([*own, *others]),
    )


def _largest(name: str, code: str, unit: str, shares: list[_Share]) -> QuotaNeed:
    """Of a quota that each endpoint has for itself; the fleet that replaces another is not counted with it."""
    most = max(share.steady for share in shares)
    return QuotaNeed(
        name=name,
        code=code,
        unit=unit,
        steady=most,
        one_update=most,
        all_updates=most,
        fallback=0,
        endpoints=_names([share for share in shares if share.steady == most]),
    )


def _names(shares: list[_Share]) -> tuple[str, ...]:
    return tuple(share.endpoint for share in sorted(shares, key=lambda share: (-share.steady, share.endpoint)))
