"""The resources that watch an endpoint: scaling, alarms, and whoever hears them."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.capacity.instances import Instance, instance
from modelyard.capacity.serving_image import instances_of
from modelyard.catalog.entry import Entry
from modelyard.catalog.objectives import Objective, objectives, writes_records
from modelyard.catalog.schema import AsyncScaling, RealTimeScaling, Rollout
from modelyard.catalog.standing_alarms import ROLLBACK_ALARMS, alarm_id
from modelyard.planning.resource import Place, Resource, Values


def first_instances(entry: Entry) -> int:
    """How many instances a deployment starts: the fewest of the band, but one at least; none without instances."""
    return 0 if entry.endpoint.kind == "serverless" else max(entry.endpoint.scaling.instances.min, 1)


def is_scaled(entry: Entry) -> bool:
    """Whether Application Auto Scaling holds the endpoint's variant."""
    if entry.endpoint.kind == "serverless":
        return False
    band = entry.endpoint.scaling.instances
    return band.min < band.max


def rollout_of(entry: Entry) -> Rollout | None:
    """How a new version takes over; None leaves it to AWS, all at once."""
    return None if entry.endpoint.kind == "serverless" else entry.endpoint.rollout


def watched(entry: Entry) -> object:
    """What the execution role must be let see, so that it can turn a roll-out back."""
    rollout = rollout_of(entry)
    if rollout is None:
        return None
    # A company's own alarm may be a composite one, which is shown only to who may see all.
    return "all" if rollout.alarms else "own" if rollout.turn_back_on_errors else None


def rollback_alarms(entry: Entry) -> tuple[str, ...]:
    """The alarms on the new version that turn it back."""
    rollout = rollout_of(entry)
    if rollout is None or not rollout.turn_back_on_errors:
        return ()
    return tuple(alarm_id(name, ROLLBACK_ALARMS) for name in ROLLBACK_ALARMS)


def scaling_resources(entry: Entry, tags: Values) -> Iterator[tuple[str, Resource]]:
    """What keeps the number of instances in step with the load; nothing where it is fixed."""
    endpoint = entry.endpoint
    if endpoint.kind == "serverless" or not is_scaled(entry):
        return
    scaling = endpoint.scaling
    band = {"min": scaling.instances.min, "max": scaling.instances.max}
    yield "ScalableTarget", Resource(changeable=band, tags=tags, needs=("Endpoint",))
    cooldowns = (scaling.scale_out_cooldown_seconds, scaling.scale_in_cooldown_seconds)
    held: dict[str, object] = {}
    if isinstance(scaling, AsyncScaling):
        held["BacklogTracking"] = (scaling.target_backlog_per_instance, entry.endpoint_name)
        name = {"name": entry.endpoint_name}
        yield "WakePolicy", Resource(needs=("ScalableTarget",))
        yield "WakeAlarm", Resource(changeable=name, tags=tags, knows=("WakePolicy",))
    else:
        if isinstance(scaling, RealTimeScaling) and scaling.target_concurrency_per_instance is not None:
            held["ConcurrencyTracking"] = scaling.target_concurrency_per_instance
        if scaling.target_invocations_per_minute_per_instance is not None:
            held["InvocationsTracking"] = scaling.target_invocations_per_minute_per_instance
    for logical_id, target in held.items():
        yield logical_id, Resource(changeable={"target": target, "cooldowns": cooldowns}, needs=("ScalableTarget",))


def alarm_resources(entry: Entry, place: Place, tags: Values) -> Iterator[tuple[str, Resource]]:
    """The alarms, the topic that hears them and who listens to it; the alarms that turn a roll-out back."""
    said = {"name": entry.endpoint_name, "runbooks": place.environment.runbooks}
    watched = objectives(entry.endpoint, place.environment)
    for objective in watched:
        changeable = {**said, "threshold": _compared(objective, entry)}
        yield objective.logical_id, Resource(changeable=changeable, tags=tags, knows=("AlarmTopic",))
    ids = tuple(objective.logical_id for objective in watched)
    yield "AnyAlarm", Resource(changeable={**said, "of": ids}, tags=tags)
    if entry.endpoint.dashboard:
        records = place.environment.signals is not None and writes_records(entry.endpoint)
        shown = {"of": ids, "kind": entry.endpoint.kind, "team": entry.endpoint.team, "model": entry.model_label}
        yield (
            "Dashboard",
            Resource(changeable={**said, **shown, "gpus": _has_gpus(entry), "records": records}, tags=tags),
        )
    for rollback in rollback_alarms(entry):
        threshold = entry.endpoint.slo.latency_p99_seconds if rollback == "RollbackLatencyAlarm" else None
        changeable = {"threshold": threshold, "name": entry.endpoint_name}
        yield rollback, Resource(changeable=changeable, tags=tags, knows=("EndpointConfig",))
    yield "AlarmTopic", Resource(tags=tags)
    yield "AlarmTopicPolicy", Resource(changeable={"of": tuple(sorted(ids))}, knows=("AlarmTopic",))
    recipients = entry.team.alarms
    addresses = [*(("email", one) for one in recipients.email), *(("https", one) for one in recipients.https)]
    for number, address in enumerate(addresses, start=1):
        yield f"AlarmTopicSubscription{number}", Resource(fixed={"address": address}, needs=("AlarmTopic",))


def _compared(objective: Objective, entry: Entry) -> object:
    # AWS adds up the GPUs of an instance, and so does the threshold.
    if objective.name != "GpuMemory":
        return objective.threshold
    return objective.threshold, max((one.accelerators or 1 for one in _types(entry)), default=1)


def _has_gpus(entry: Entry) -> bool:
    return any(one.processor == "gpu" for one in _types(entry))


def _types(entry: Entry) -> list[Instance]:
    return [found for name in instances_of(entry.endpoint) if (found := instance(name)) is not None]
