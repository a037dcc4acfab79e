"""The instances for a subject: every one that its region offers, sized and ranked."""

from __future__ import annotations

from dataclasses import replace

from modelyard.capacity.candidates import candidates
from modelyard.capacity.instances import Instance, instance
from modelyard.capacity.memory_fit import Fit
from modelyard.capacity.workload import Workload
from modelyard.catalog.images import CpuArchitecture
from modelyard.onboarding.recommendation_report import Recommendation
from modelyard.onboarding.sizing import Subject
from modelyard.pricing.fallback_pool import fallback_pool
from modelyard.pricing.ranking import rank
from modelyard.rules.burstable_scaling import BURSTABLE
from modelyard.rules.multi_model_gpu import SINGLE_GPU_TYPES, TRITON
from modelyard.shell.failure import Failure


def recommendation(asked: tuple[Subject, ...], *, as_stated: bool = False) -> Recommendation:
    """The ranking for an entry or a model; an instance of several models must hold each of them.

    `as_stated` keeps what an entry says beside its instance: its engine, its split and its volume.
    """
    first = asked[0]
    if first.serverless_mb is not None:
        raise Failure(
            f"{first.title} is serverless and runs on no instance: `modelyard fit {first.title}` sizes its memory"
        )
    hardest: dict[str, tuple[Subject, Fit]] = {}
    for subject in asked:
        free = _as_stated(subject.workload) if as_stated else _anyhow(subject.workload)
        for found in candidates(
            subject.model_name,
            subject.model,
            free,
            region=subject.region,
            image=subject.image,
            architecture=_architecture(subject),
        ):
            if _refused(found.instance, subject) or (as_stated and not _suits(found, subject.workload)):
                continue
            known = hardest.get(found.instance.name)
            if known is None or _harder(found, known[1]):
                hardest[found.instance.name] = (subject, found)
    if not hardest:
        raise Failure(f"no instance in {first.region} runs the image of engine {first.workload.engine}")
    ranking = rank((found for _, found in hardest.values()), region=first.region, terms=first.terms)
    subject = first if ranking.first is None else hardest[ranking.first.fit.instance.name][0]
    pool = fallback_pool(subject.model, ranking)
    return Recommendation(subject=subject, ranking=ranking, pool=pool if first.pools else pool[:1])


def _refused(type_: Instance, subject: Subject) -> bool:
    """Whether AWS refuses the type whatever the model: for several of them, or for a count that changes."""
    if subject.kind == "multi-model" and type_.processor != "cpu":
        return type_.name not in SINGLE_GPU_TYPES or TRITON not in (subject.image or "")
    return subject.scales and type_.name.startswith(BURSTABLE)


def _anyhow(asked: Workload) -> Workload:
    return replace(asked, degree=None, widest=True, any_volume=True)


def _as_stated(asked: Workload) -> Workload:
    return replace(asked, widest=asked.degree is None, any_volume=asked.volume_gib is None)


def _suits(found: Fit, stated: Workload) -> bool:
    """Whether an instance takes the entry's engine, and its volume where it asks for one."""
    if stated.volume_gib is not None and found.instance.has_local_nvme:
        return False
    return found.workload.engine == stated.engine


def _harder(found: Fit, other: Fit) -> bool:
    return (found.fits, found.free_bytes) < (other.fits, other.free_bytes)


def _architecture(subject: Subject) -> CpuArchitecture | None:
    runs_on = instance(subject.instances[0]) if subject.instances else None
    return runs_on.architecture if runs_on else None
