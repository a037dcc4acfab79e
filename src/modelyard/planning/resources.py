"""What an entry's stack consists of, as far as a change of the catalog can reach it.

It says of each resource what only a replacement can change and what CloudFormation changes in place, by the resource
schemas' createOnlyProperties (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/): everything of a
Model and an EndpointConfig but their tags, the name of an Endpoint, and so on. No CDK is needed for it; a test holds it
against the templates that the stacks write.
"""

from __future__ import annotations

from modelyard.capacity.instances import instance
from modelyard.capacity.serving_image import host_image, instances_of
from modelyard.capacity.start_time import timeouts
from modelyard.catalog.entry import Entry
from modelyard.catalog.images import Image, ImageError
from modelyard.catalog.naming import raw_capture_folder
from modelyard.catalog.objectives import writes_records
from modelyard.catalog.schema import AsyncEndpoint, InstanceServing, MultiModelServing, Network, RealTimeEndpoint
from modelyard.planning.published_images import image_by
from modelyard.planning.resource import Place, Resource, Resources, Values
from modelyard.planning.watching_resources import (
    alarm_resources,
    first_instances,
    rollback_alarms,
    rollout_of,
    scaling_resources,
    watched,
)

# Two kinds that callers are granted the same for: neither can stream.
_WITHOUT_STREAM = {"serverless": "without stream", "multi-model": "without stream"}


def resources_of(entry: Entry, place: Place) -> Resources:
    """The resources of an entry's stack by logical id."""
    tags = _tags(entry, place)
    name = {"name": entry.endpoint_name}
    resources = {
        "LogGroup": Resource(
            fixed=name, changeable={"keep": entry.endpoint.log_keep_days, "key": place.key()}, tags=tags
        ),
        "ExecutionRole": Resource(
            changeable=_permissions(entry, place), tags=tags, knows=("LogGroup", *_topics(entry))
        ),
        "Model": Resource(fixed=_model(entry, place), tags=tags, needs=("ExecutionRole",)),
        "EndpointConfig": Resource(fixed=_configuration(entry, place), tags=tags, needs=("Model", *_topics(entry))),
        "Endpoint": Resource(
            fixed=name,
            changeable={"rollout": rollout_of(entry)},
            tags=tags,
            knows=("EndpointConfig", *rollback_alarms(entry)),
        ),
        "InvokePolicy": Resource(
            fixed=name,
            changeable={
                "callers": entry.endpoint.callers,
                "invoked": _WITHOUT_STREAM.get(entry.endpoint.kind, entry.endpoint.kind),
            },
        ),
    }
    for topic in _topics(entry):
        resources[topic] = Resource(changeable={"key": place.key()}, tags=tags)
        resources[f"{topic}Policy"] = Resource(knows=(topic,))
    if place.environment.signals is not None:
        resources["RecordSubscription"] = Resource(needs=("LogGroup",))
    resources.update(scaling_resources(entry, tags))
    resources.update(alarm_resources(entry, place, tags))
    return resources


def _tags(entry: Entry, place: Place) -> Values:
    keys = place.environment.tag_keys
    values = {
        "llm:endpoint": entry.name,
        "llm:model": entry.model_label,
        "llm:team": entry.endpoint.team,
        "llm:cost-center": entry.team.cost_center,
        "llm:owner": entry.owner,
        "llm:kind": entry.endpoint.kind,
    }
    return {"keys": sorted(keys.items()), **values}


def _topics(entry: Entry) -> tuple[str, ...]:
    endpoint = entry.endpoint
    return ("SuccessTopic", "ErrorTopic") if isinstance(endpoint, AsyncEndpoint) and endpoint.queue.notify else ()


def _network(entry: Entry, place: Place) -> Network | None:
    # Serverless endpoints run in no network of the company's.
    return None if entry.endpoint.kind == "serverless" else place.environment.network


def _joined(network: Network | None) -> object:
    return None if network is None else (network.subnets, network.security_groups)


def _encrypts_volume(entry: Entry) -> bool:
    types = [instance(name) for name in instances_of(entry.endpoint)]
    return bool(types) and all(found is not None and not found.has_local_nvme for found in types)


def image_of(entry: Entry, place: Place) -> Image | None:
    """The image; None where none can be named, which the check refuses and AWS has therefore never seen."""
    try:
        return image_by(place.images, entry, place.environment)
    except ImageError:
        return None


def _permissions(entry: Entry, place: Place) -> Values:
    image = image_of(entry, place)
    endpoint = entry.endpoint
    return {
        "image": image and (image.account, image.region, image.repository),
        "capture": _capture_folder(entry, place),
        "kind": endpoint.kind == "async",
        "names": entry.endpoint_name,
        "network": _network(entry, place) is not None,
        # Whichever key a bucket, a stream or a topic has is a role's too; only a volume's is granted by its name.
        "volume key": place.key() if _encrypts_volume(entry) else None,
        "topics": _topics(entry),
        "rollback": watched(entry),
        "records": _puts_records(entry, place),
    }


def _capture_folder(entry: Entry, place: Place) -> str | None:
    """Where SageMaker writes captured requests: before the processor's copy where there is a processor."""
    capture = None if entry.endpoint.kind == "serverless" else entry.endpoint.capture
    if capture is None:
        return None
    before = raw_capture_folder(redact=capture.redact) if place.environment.signals is not None else ""
    return f"{before}{capture.keep_days}"


# Which engines are told how wide to split, and which by which name they serve their one model.
_SPLIT_ENGINES = {"vllm", "neuron", "lmi", "sglang", "tgi"}
_NAMED_ENGINES = {"vllm", "sglang", "llama-cpp"}


def _model(entry: Entry, place: Place) -> Values:
    endpoint = entry.endpoint
    serving = endpoint.serving
    split = serving.tensor_parallel_degree if isinstance(serving, InstanceServing) else None
    image = image_of(entry, place)
    return {
        "image": image and image.uri,
        "buckets": place.environment.name_prefix,
        "engine": serving.engine,
        "context": serving.max_context_tokens,
        "at once": 1 if endpoint.kind == "serverless" else serving.max_concurrency,
        "split": split if serving.engine in _SPLIT_ENGINES else None,
        "served as": tuple(entry.models) if serving.engine in _NAMED_ENGINES and len(entry.models) == 1 else None,
        "environment": serving.environment,
        "form": {"async": "files", "real-time": "files"}.get(endpoint.kind, endpoint.kind),
        "weights": None if endpoint.kind == "multi-model" else endpoint.model,
        "cache": serving.keep_models_in_memory if isinstance(serving, MultiModelServing) else None,
        "network": _joined(_network(entry, place)),
        "isolated": endpoint.kind != "serverless" and place.environment.isolates,
        "records": _records(entry, place),
    }


def _records(entry: Entry, place: Place) -> object:
    """What a container is told about the records that it writes."""
    if place.environment.signals is None:
        return None
    model = None if entry.endpoint.kind == "multi-model" else entry.endpoint.model
    return entry.endpoint_name, model, _puts_records(entry, place)


def _puts_records(entry: Entry, place: Place) -> bool:
    """Whether containers put their records into the stream themselves, and may."""
    signals = place.environment.signals
    return signals is not None and signals.delivery == "put-records" and writes_records(entry.endpoint)


def _configuration(entry: Entry, place: Place) -> Values:
    endpoint = entry.endpoint
    shared = {"observability": endpoint.detailed_observability}
    if endpoint.kind == "serverless":
        started = endpoint.serving
        return {**shared, "serverless": (started.memory_mb, started.max_concurrency, started.provisioned_concurrency)}
    serving = endpoint.serving
    image = image_of(entry, place)
    encrypted = _encrypts_volume(entry)
    recorded = endpoint.capture is not None or endpoint.kind == "async"
    return {
        **shared,
        "instances": serving.instances,
        "count": first_instances(entry),
        "timeouts": timeouts(entry),
        "host": image and host_image(entry, image),
        "volume": serving.volume_gib,
        "capture": endpoint.capture and (endpoint.capture.sample_percent, _capture_folder(entry, place)),
        "routing": endpoint.routing if isinstance(endpoint, RealTimeEndpoint) else None,
        "queue": endpoint.queue if isinstance(endpoint, AsyncEndpoint) else None,
        "names": entry.endpoint_name if isinstance(endpoint, AsyncEndpoint) else None,
        "key": place.key() if encrypted or recorded else None,
        "encrypted": encrypted,
    }
