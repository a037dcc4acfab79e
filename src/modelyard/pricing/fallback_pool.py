"""An ordered list of instances for when capacity is short: the settings of an entry must hold on each of them."""

from __future__ import annotations

from dataclasses import replace

from modelyard.capacity.memory_fit import fit
from modelyard.catalog.schema import Model
from modelyard.pricing.ranking import Ranking

# InstancePools of a production variant: 1 to 5 types. botocore 1.44.5 sagemaker model
_MOST_INSTANCES = 5


def fallback_pool(model: Model, ranking: Ranking) -> tuple[str, ...]:
    """The cheapest instance and others to fall back on, cheapest first; empty where nothing priced fits.

    All have the same kind of processor, because they share an image, and hold the model at the first one's degree of
    tensor parallelism, because they share the engine's settings. Types with a disk of their own do not mix with others:
    a volume's size is refused for the former and needed for the latter.
    """
    first = ranking.first
    if first is None:
        return ()
    chosen = first.fit
    pool = []
    for choice in ranking.priced:
        type_ = choice.fit.instance
        if type_.processor != chosen.instance.processor or type_.has_local_nvme != chosen.instance.has_local_nvme:
            continue
        shared = replace(choice.fit.workload, degree=chosen.degree, widest=False)
        if fit(chosen.model_name, model, shared, type_).fits:
            pool.append(type_.name)
    return tuple(pool[:_MOST_INSTANCES])
