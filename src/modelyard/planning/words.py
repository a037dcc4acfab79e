"""What a deploy will do, in the words of the person who types it."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.entry import Entry
from modelyard.catalog.naming import artifacts_prefix, bucket_name, stack_name
from modelyard.planning.changes import Change
from modelyard.planning.deployment import Deployment, fleet
from modelyard.planning.effects import Effects
from modelyard.planning.place import Place
from modelyard.planning.replacements import ONE_WAY, another_kind, in_other_buckets, moved, renamed
from modelyard.planning.resource_words import resource_sentences
from modelyard.planning.rollouts import exchange, extra_instances, rollout_of
from modelyard.pricing.band import cents
from modelyard.pricing.hosting import Hosting, InstanceHosting, ServerlessHosting
from modelyard.pricing.line import Rates
from modelyard.pricing.meters import instance_hour
from modelyard.pricing.prices import NOT_PRICED

# What each part of a stack is called when it changes without a new fleet, in the order of a sentence.
_PARTS = {
    "scaling": (
        "ScalableTarget", "ConcurrencyTracking", "InvocationsTracking", "BacklogTracking", "WakePolicy", "WakeAlarm"
    ),
    "alarms": (
        "ServerErrorsAlarm", "ClientErrorsAlarm", "ModelErrorsAlarm", "LostRequestsAlarm", "UntoldAnswersAlarm",
        "LatencyAlarm", "MedianLatencyAlarm", "TimeToFirstTokenAlarm", "RecordsDroppedAlarm", "ConcurrencyAlarm",
        "DiskAlarm", "GpuMemoryAlarm", "BacklogAgeAlarm", "BacklogSizeAlarm", "NoCapacityAlarm", "CaptureSilenceAlarm",
        "DriftAlarm", "AnyAlarm",
    ),
    "alarm recipients": ("AlarmTopic",),
    "dashboard": ("Dashboard",),
    "log group": ("LogGroup",),
    "notifications": ("SuccessTopic", "ErrorTopic"),
    "permissions": ("ExecutionRole",),
    "callers": ("InvokePolicy",),
    "roll-out": ("RollbackServerErrorsAlarm", "RollbackLatencyAlarm"),
    "records": ("RecordSubscription",),
}  # fmt: skip
_TOPICS = ("AlarmTopic", "SuccessTopic", "ErrorTopic")
# With these and what AlarmTopicSubscription begins, every logical id that an endpoint's stack may have.
_OURS = {
    "Model", "EndpointConfig", "Endpoint", *(name for names in _PARTS.values() for name in names),
    *(f"{topic}Policy" for topic in _TOPICS),
}  # fmt: skip
_EXTENSION = "extension"
_SUBSCRIPTION = "AlarmTopicSubscription"


def added(entry: Entry, place: Place, hosting: Hosting | None) -> Deployment:
    """An entry that the base does not have."""
    where = f"-c environment={place.name} {entry.name}"
    sentences = (
        f"A new stack {stack_name(place.name, entry.name)} with endpoint {entry.endpoint_name}, which starts "
        f"{fleet(hosting)}.",
        f"Its weights come first: `modelyard stage {entry.name} --environment {place.name}`, then "
        f"`modelyard cdk deploy {where}`.",
    )
    return Deployment(action="added", how="new stack", sentences=sentences)


def removed(entry: Entry, place: Place) -> Deployment:
    """An entry that only the base has."""
    sentences = (
        f"Removing its file deletes nothing: stack {stack_name(place.name, entry.name)} runs and is billed until "
        f"somebody deletes it.",
        f"Before the file goes: `modelyard cdk destroy -c environment={place.name} {entry.name}`; afterwards "
        f"`modelyard orphans --environment {place.name}` prints the command.",
    )
    return Deployment(action="removed", how="its stack must be destroyed", sentences=sentences)


def changed(
    before: Entry,
    after: Entry,
    *,
    places: tuple[Place, Place],
    hostings: tuple[Hosting | None, Hosting | None],
    effects: Effects,
    rates: Rates,
    keys: tuple[Change, ...],
) -> Deployment:
    """An entry that both have; `keys` are what differs in the catalog, `hostings` what each side's stack runs on."""
    old, new = (place.environment for place in places)
    if (old.account, old.region) != (new.account, new.region):
        return moved(after, places[1], hostings[1], (old.account, old.region), (new.account, new.region))
    if before.endpoint.kind != after.endpoint.kind and (before.endpoint.kind, after.endpoint.kind) != ONE_WAY:
        return another_kind(before, after, places[1])
    if effects.get("Endpoint") == "replace":
        return renamed(before, after, hostings[1])
    if old.bucket_names != new.bucket_names:
        return in_other_buckets()
    staging = tuple(_staging_sentences(before, after, places[1], keys))
    if not effects:
        return Deployment(action="unchanged", how="nothing is deployed" if keys else "", sentences=staging)
    sentences = [*_fleet_sentences(after, hostings, effects, rates), *_part_sentences(hostings[1], effects), *staging]
    if effects.get("EndpointConfig") != "replace" and effects.get("Endpoint") == "update":
        sentences.append(
            "CloudFormation updates the endpoint; AWS does not say whether that alone starts new instances."
        )
    return Deployment(
        action="updated",
        how=_how(before, after, hostings[1], effects),
        sentences=tuple(sentences),
        refused=_refused_type(*hostings),
    )


def _refused_type(before: Hosting | None, after: Hosting | None) -> str | None:
    # https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-scaling-update.html
    if not isinstance(before, InstanceHosting) or not isinstance(after, InstanceHosting):
        return None
    old, new = before.instances, after.instances
    if old == new or not before.scaled:
        return None
    count = max(before.fewest, 1)
    way_out = (
        f"deploy scaling.instances {{min: {count}, max: {count}}} with the old type first, which takes the endpoint "
        "out of scaling, and then this change"
    )
    if len(old) > 1 and len(new) > 1:
        return (
            f"AWS may refuse another list of instances while the endpoint is scaled (it documents one type): {way_out}."
        )
    return f"AWS refuses another instance type while Application Auto Scaling holds the endpoint: {way_out}."


def _fleet_sentences(
    entry: Entry, hostings: tuple[Hosting | None, Hosting | None], effects: Effects, rates: Rates
) -> Iterator[str]:
    before, after = hostings
    if effects.get("EndpointConfig") != "replace":
        return
    new = "A new Model and a new EndpointConfig" if effects.get("Model") == "replace" else "A new EndpointConfig"
    if not isinstance(after, InstanceHosting):
        yield f"{new}: the endpoint takes it without downtime, and its next requests meet cold starts."
        return
    if isinstance(before, ServerlessHosting):
        yield "The serverless endpoint becomes one on instances; AWS allows no way back under this name."
    # What the template says is what the update goes by: the roll-out of the new version.
    yield f"{new}: {exchange(rollout_of(entry), fleet(after, word='new'), _running(before))}"
    extra = extra_instances(rollout_of(entry), after.first)
    price = rates.price(instance_hour(after.instances[0], after.billed_kind))
    hourly = NOT_PRICED if price is None else f"${cents(price.usd * extra):,}"
    yield f"While both run, {extra} more instance{' is' if extra == 1 else 's are'} billed: {hourly} an hour."
    if isinstance(before, InstanceHosting) and before.scaled and after.scaled:
        yield f"It starts from {after.first}: instances that scaling has added since are taken back."


def _staging_sentences(before: Entry, after: Entry, place: Place, keys: tuple[Change, ...]) -> Iterator[str]:
    """Weights are copied by a command of their own, never by a deploy."""
    stage = f"`modelyard stage {after.name} --environment {place.name}`"
    archived = _archived(after)
    new = [name for name in after.models if name not in before.models or archived != _archived(before)]
    if new:
        form = "one archive each" if archived else "the files as they are"
        where = f" in another form ({form})" if archived != _archived(before) else ""
        yield f"The weights of {', '.join(new)} must lie in the bucket{where} before the deploy: {stage}."
    gone = [name for name in before.models if name not in after.models]
    if gone and after.endpoint.kind == before.endpoint.kind == "multi-model":
        # SageMaker loads whatever lies below the prefix that the Model names.
        bucket = bucket_name(place.name, place.environment, "artifacts")
        archives = ", ".join(f"`aws s3 rm s3://{bucket}/{artifacts_prefix(after)}{name}.tar.gz`" for name in gone)
        yield (
            f"No deploy removes an archive, so the endpoint goes on answering as {', '.join(gone)}. To end that: "
            f"{archives}; instances that have one loaded answer until they need its memory or are replaced."
        )
    if any(key.scope == "model" and key.key.split(".")[-2:-1] == ["weights"] for key in keys):
        yield f"No deploy copies other weights of the same model: {stage} does, and the next instance loads them."


def _archived(entry: Entry) -> bool:
    """Whether `modelyard stage` writes one archive for each model; the other kinds take the files as they are."""
    return entry.endpoint.kind in ("serverless", "multi-model")


def _running(hosting: Hosting | None) -> str:
    if not isinstance(hosting, InstanceHosting):
        return ""
    fewest, most = hosting.fewest, hosting.most
    return f" ({fewest} to {most} of them)" if fewest < most else f" ({most})"


def _part_sentences(after: Hosting | None, effects: Effects) -> Iterator[str]:
    in_place = [part for part in _parts(effects) if part not in ("scaling", "permissions", _EXTENSION)]
    if "scaling" in _parts(effects):
        yield from _scaling_sentence(after, effects)
    if in_place:
        words = in_place[0] if len(in_place) == 1 else f"{', '.join(in_place[:-1])} and {in_place[-1]}"
        yield f"{words[0].upper()}{words[1:]} change{'' if words.endswith('s') else 's'} in place."
    if any(effect in ("add", "replace") and name.startswith(_SUBSCRIPTION) for name, effect in effects.items()):
        yield "AWS sends each new address a mail or request to confirm; until then it hears no alarm."
    yield from resource_sentences("the resources that the extension adds to the stack", of_extension(effects))
    if "tags" in effects.values():
        count = sum(effect == "tags" for effect in effects.values())
        yield f"Tags of {count} resources change in place; the bill shows the new values from then on."


def of_extension(effects: Effects) -> Effects:
    """What happens to resources that no endpoint's stack has by itself."""
    return {
        name: effect
        for name, effect in effects.items()
        if name not in _OURS and not name.startswith(_SUBSCRIPTION) and effect != "tags"
    }


def _scaling_sentence(after: Hosting | None, effects: Effects) -> Iterator[str]:
    target = effects.get("ScalableTarget")
    if target == "add":
        yield "The endpoint is put under scaling once it is in service."
    elif target == "remove":
        yield "The endpoint is taken out of scaling and keeps the instances that it has."
    elif target == "update" and isinstance(after, InstanceHosting):
        yield f"Scaling moves between {after.fewest} and {after.most} instances from then on, changed in place."
    else:
        yield "What scaling holds changes in place."


def _parts(effects: Effects) -> list[str]:
    """The parts that change by more than their tags."""
    touched = {name for name, effect in effects.items() if effect != "tags"}
    ours = [
        part
        for part, names in _PARTS.items()
        if any(one == name or (name == "AlarmTopic" and one.startswith(name)) for name in names for one in touched)
    ]
    return [*ours, *([_EXTENSION] if of_extension(effects) else [])]


def _how(before: Entry, after: Entry, hosting: Hosting | None, effects: Effects) -> str:
    if effects.get("EndpointConfig") == "replace":
        serverless = isinstance(hosting, ServerlessHosting)
        return "new configuration" if serverless else "new instances beside the old ones"
    if set(before.models) != set(after.models) and set(effects.values()) == {"tags"}:
        return "other models behind it, tags"
    parts = _parts(effects) or (["roll-out"] if effects.get("Endpoint") == "update" else ["tags"])
    return f"{', '.join(parts)} only" if len(parts) == 1 else f"{', '.join(parts)} in place"
