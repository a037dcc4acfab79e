"""A model fits its instances: their accelerators, their host and their disk."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.capacity import accelerators
from modelyard.capacity.engine_settings import SettingError
from modelyard.capacity.instances import Instance, instance
from modelyard.capacity.memory_fit import GIB, Fit, fit
from modelyard.capacity.parallelism import split_refusal
from modelyard.capacity.serverless import container
from modelyard.capacity.storage_fit import storage_findings
from modelyard.capacity.workload import Workload, entry_workload, on_instance
from modelyard.catalog.document import Key
from modelyard.catalog.entry import Catalog, Entry
from modelyard.catalog.images import ImageError
from modelyard.catalog.schema import Model
from modelyard.rules.rule import Rule, Violation, instance_places

RULE = Rule(
    id="MY051",
    severity="warning",
    title="a model fits its instances, or its serverless container",
    reason="weights, the KV cache of max_concurrency sequences of max_context_tokens, activations and the engine's "
    "reserve must fit each device, the weights must pass through the host's memory, and image and weights lie on its "
    "disk. The sum is derived, not measured on your instance, so it warns.",
    source="docs/rules.md; the terms and their sources: capacity/memory_fit.py, capacity/storage_fit.py",
    fix="`modelyard fit <entry>` shows every term: lower max_context_tokens or max_concurrency, split the model, or "
    "choose a larger instance",
    fails="""\
# catalog/models/open-model.yaml
parameters: 70000000000
# catalog/endpoints/chat.yaml
kind: real-time
serving: {engine: vllm, instance: ml.g5.2xlarge}
""",
    passes="""\
# catalog/models/open-model.yaml
parameters: 7000000000
# catalog/endpoints/chat.yaml
kind: real-time
serving: {engine: vllm, instance: ml.g5.2xlarge}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    if entry.locked is not None:
        return  # MY055 says it, and how to lock anew
    for location, place in _places(entry):
        for name, model in entry.models.items():
            try:
                asked = entry_workload(entry, model)
                if entry.endpoint.kind != "serverless":
                    image = entry.endpoint.serving.image
                    asked = on_instance(asked, place, region=catalog.environment.region, image=image)
            except (ImageError, SettingError):
                continue  # MY017 and MY018 say what is wrong with an image, MY058 with a variable
            for said in _problems(name, model, asked, place):
                yield Violation(location, f"{said}; `modelyard fit {entry.name}` shows every term")


def _places(entry: Entry) -> Iterator[tuple[tuple[Key, ...], Instance]]:
    if entry.endpoint.kind == "serverless":
        yield ("serving", "memory_mb"), container(entry.endpoint.serving.memory_mb)
    for location, name in instance_places(entry):
        type_ = instance(name)
        if type_ is not None:
            yield location, type_


def _problems(name: str, model: Model, asked: Workload, place: Instance) -> Iterator[str]:
    refused = accelerators.refusal(place, asked.dtype, cuda_major=asked.cuda_major)
    if refused:
        yield f"{name} on {place.name}: {refused}"
    for problem in storage_findings(model, asked, place)[0]:
        yield f"{name} on {place.name}: {problem}"
    sized = fit(name, model, asked, place)
    # A split that the engine refuses is MY019's to tell.
    if (
        sized.terms
        and not sized.fits_memory
        and not split_refusal(model.architecture, sized.degree, devices=_most(place), pads=place.processor == "neuron")
    ):
        yield _too_large(sized)


def _most(place: Instance) -> int:
    return place.parallel_devices or 1


def _too_large(sized: Fit) -> str:
    return (
        f"{sized.model_name} takes {sized.needed_bytes / GIB:.1f} GiB on each {sized.device_word} of "
        f"{sized.instance.name}, which has {sized.device_bytes / GIB:.1f}"
    )
