"""Where each subject is sized: the instances of its entry, one that was named, or a serverless container."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.capacity.candidates import Neighbours, neighbours
from modelyard.capacity.headroom import longest_context, most_sequences
from modelyard.capacity.instances import Instance, instance, instance_names
from modelyard.capacity.memory_fit import fit
from modelyard.capacity.serverless import container, container_neighbours
from modelyard.capacity.start_time import StartLimits, start_limits
from modelyard.capacity.storage_fit import volume_gib
from modelyard.capacity.weights import weight_bytes
from modelyard.capacity.workload import Workload, on_instance
from modelyard.catalog.images import ImageError
from modelyard.catalog.suggestion import did_you_mean
from modelyard.onboarding.fit_report import SizedEntry
from modelyard.onboarding.sizing import Subject
from modelyard.shell.failure import Failure


def sized_subjects(asked: tuple[Subject, ...], *, instance: str | None) -> list[SizedEntry]:
    """Each subject on each of its places, the preferred instance first."""
    return [sized for subject in asked for sized in _sized(subject, named=instance)]


def _sized(subject: Subject, *, named: str | None) -> Iterator[SizedEntry]:
    for place in _places(subject, named):
        work = _work_on(subject, place)
        yield SizedEntry(
            title=subject.title,
            fit=fit(subject.model_name, subject.model, work, place),
            longest_context=longest_context(subject.model, work, place),
            most_sequences=most_sequences(subject.model, work, place),
            neighbours=_neighbours(subject, work, place),
            limits=_limits(subject, work, place),
        )


def _limits(subject: Subject, work: Workload, place: Instance) -> StartLimits | None:
    if subject.serverless_mb is not None:
        return None
    return start_limits(
        place,
        engine=work.engine,
        checkpoint_bytes=[weight_bytes(subject.model)],
        volume_gib=work.volume_gib or _volume(subject, work, place),
        packed=work.packed,
        # Only models that share an endpoint arrive as archives on an instance, each when it is first asked for.
        loads_on_request=work.packed,
    )


def _volume(subject: Subject, work: Workload, place: Instance) -> int | None:
    return volume_gib(subject.model, work, place) if work.any_volume else None


def _work_on(subject: Subject, place: Instance) -> Workload:
    if subject.serverless_mb is not None:
        return subject.workload
    try:
        return on_instance(subject.workload, place, region=subject.region, image=subject.image)
    except ImageError as none:
        raise Failure(str(none)) from none


def _neighbours(subject: Subject, work: Workload, place: Instance) -> Neighbours:
    if subject.serverless_mb is not None:
        return container_neighbours(subject.model_name, subject.model, work, subject.serverless_mb)
    return neighbours(subject.model_name, subject.model, work, place, region=subject.region, image=subject.image)


def _places(subject: Subject, named: str | None) -> tuple[Instance, ...]:
    if subject.serverless_mb is not None:
        if named:
            raise Failure(f"{subject.title} is serverless and runs on no instance: leave out --instance")
        return (container(subject.serverless_mb),)
    if not named and subject.undecided:
        raise Failure(
            f"the instance of {subject.title} is auto and not locked yet: run `modelyard lock {subject.title}`, "
            "or say --instance ml.<...>"
        )
    if not named and not subject.instances:
        raise Failure("on which instance? Say --instance ml.<...>, or ask `modelyard recommend`")
    return tuple(_known(name) for name in ((named,) if named else subject.instances))


def _known(name: str) -> Instance:
    found = instance(name)
    if found is None:
        raise Failure(f"{name} is no hosting instance type{did_you_mean(name, instance_names())}")
    return found
