"""The instances for a subject: every one that its region offers, sized and ranked."""

from __future__ import annotations

from dataclasses import replace

from capacity.candidates import candidates
from capacity.instances import instance
from capacity.memory_fit import Fit
from catalog.images import CpuArchitecture
from cli.failure import Failure
from cli.recommendation_report import Recommendation
from cli.sizing import Subject
from pricing.fallback_pool import fallback_pool
from pricing.ranking import rank


def recommendation(asked: tuple[Subject, ...]) -> Recommendation:
    """The ranking for an entry or a model; an instance of several models must hold each of them."""
    first = asked[0]
    if first.serverless_mb is not None:
        raise Failure(
            f"{first.title} is serverless and runs on no instance: `modelyard fit {first.title}` sizes its memory"
        )
    hardest: dict[str, tuple[Subject, Fit]] = {}
    for subject in asked:
        free = replace(subject.workload, degree=None, widest=True, any_volume=True)
        for found in candidates(
            subject.model_name,
            subject.model,
            free,
            region=subject.region,
            image=subject.image,
            architecture=_architecture(subject),
        ):
            known = hardest.get(found.instance.name)
            if known is None or _harder(found, known[1]):
                hardest[found.instance.name] = (subject, found)
    if not hardest:
        raise Failure(f"no instance in {first.region} runs the image of engine {first.workload.engine}")
    ranking = rank((found for _, found in hardest.values()), region=first.region)
    subject = first if ranking.first is None else hardest[ranking.first.fit.instance.name][0]
    return Recommendation(subject=subject, ranking=ranking, pool=fallback_pool(subject.model, ranking))


def _harder(found: Fit, other: Fit) -> bool:
    return (found.fits, found.free_bytes) < (other.fits, other.free_bytes)


def _architecture(subject: Subject) -> CpuArchitecture | None:
    runs_on = instance(subject.instances[0]) if subject.instances else None
    return runs_on.architecture if runs_on else None
