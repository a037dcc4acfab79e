"""How far two distributions over the same bins lie apart.

Kullback-Leibler divergence, in nats, of what is seen now from the baseline: KL = sum p ln(p/q) with p now and q then
(Kullback and Leibler, "On Information and Sufficiency", 1951). Population stability index: PSI = sum (p - q) ln(p/q),
which is KL in both directions added (Siddiqi, "Credit Risk Scorecards", 2006).

Both are infinite where a bin is empty on one side only, so half a count is added to each bin that either side has
(Jeffreys' prior). Without any drift PSI is then about (bins - 1) (1/n + 1/m) for samples of n and m.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

SMOOTHING = 0.5
# Lower ends of the bins of lengths in characters: short questions and whole documents need equal attention.
LENGTH_BINS = (0, 1, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536)

Counts = Mapping[str, int]


@dataclass(frozen=True)
class Divergence:
    """Both measures, 0 for equal distributions; neither has an upper bound."""

    psi: float
    kl: float


def divergence(now: Counts, then: Counts) -> Divergence | None:
    """How far `now` lies from `then`; None where one of them is empty."""
    if not sum(now.values()) or not sum(then.values()):
        return None
    bins = sorted(set(now) | set(then))
    p, q = _shares(now, bins), _shares(then, bins)
    logs = [math.log(one / other) for one, other in zip(p, q, strict=True)]
    return Divergence(
        psi=sum((one - other) * log for one, other, log in zip(p, q, logs, strict=True)),
        kl=sum(one * log for one, log in zip(p, logs, strict=True)),
    )


def length_bin(characters: int) -> str:
    """The bin of a length: its lower end."""
    return str(max(start for start in LENGTH_BINS if start <= characters))


def _shares(counts: Counts, bins: list[str]) -> list[float]:
    total = sum(counts.values()) + SMOOTHING * len(bins)
    return [(counts.get(one, 0) + SMOOTHING) / total for one in bins]
