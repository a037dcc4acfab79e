"""The file of a new endpoint: sized, and saying beside each number where it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from modelyard.capacity.memory_fit import GIB
from modelyard.catalog.schema import Model
from modelyard.onboarding.adding.facts import FoundModel
from modelyard.onboarding.adding.licence import UNKNOWN
from modelyard.onboarding.adding.sizing import EndpointKind, SizedModel
from modelyard.onboarding.adding.yaml_text import remark, scalar
from modelyard.pricing.prices import MARKED

_SCHEMA = "# yaml-language-server: $schema=../schema/endpoint.schema.json"


@dataclass(frozen=True, kw_only=True)
class NewEndpoint:
    """What is decided about an endpoint beside its size."""

    name: str
    kind: EndpointKind
    team: str
    region: str
    image: str | None
    source: str
    day: str
    open_instance: bool = False


def endpoint_text(new: NewEndpoint, found: FoundModel, size: SizedModel, *, with_schema: bool) -> str:
    """The whole file."""
    return "\n".join(_lines(new, found, size, with_schema=with_schema)) + "\n"


def licence_version(model: Model) -> str | None:
    """The version that somebody must accept; None where nobody must."""
    licence = model.licence
    return (licence.version or licence.name) if licence.acceptance == "explicit" else None


def _lines(new: NewEndpoint, found: FoundModel, size: SizedModel, *, with_schema: bool) -> Iterator[str]:
    if with_schema:
        yield _SCHEMA
    yield from remark(f"Written by `modelyard add {new.source}` on {new.day}. It is yours to change.")
    yield f"kind: {new.kind}"
    yield f"team: {new.team}"
    yield f"models: [{found.name}]" if new.kind == "multi-model" else f"model: {found.name}"
    yield from _acceptance(found.model)
    yield "serving:"
    yield f"  engine: {size.engine}"
    if new.image:
        yield f"  image: {scalar(new.image)}"
    yield from _place(new, size)
    yield f"  max_context_tokens: {size.context}{_goes_up_to(found.model, size)}"
    if new.kind == "serverless":
        yield "  max_concurrency: 2"
    else:
        yield f"  max_concurrency: {size.concurrency}"
        yield from _scaling(new.kind, size)


def _acceptance(model: Model) -> Iterator[str]:
    version = licence_version(model)
    if version is None:
        return
    if model.licence.name == UNKNOWN:
        yield from remark(
            "Nobody here says under which licence it may be used: find out, and write that into the model's file. "
            "Where it must be accepted, who did so goes here; `modelyard check` fails until then."
        )
        return
    yield from remark(
        f"Its licence ({model.licence.name}, {model.licence.url}) must be accepted before it is used. Whoever has "
        "read it and may accept it fills in this line and takes the # away; `modelyard check` fails until then."
    )
    yield f'# licence_accepted: {{by: WHO, on: "YYYY-MM-DD", version: {scalar(version)}}}'


def _place(new: NewEndpoint, size: SizedModel) -> Iterator[str]:
    needed, whole = size.fit.needed_bytes / GIB, size.fit.device_bytes / GIB
    if size.memory_mb is not None:
        yield from remark(f"The least of AWS's sizes that holds it: {needed:.1f} of {whole:.1f} GiB.", indent=2)
        yield f"  memory_mb: {size.memory_mb}"
        return
    if new.open_instance:
        yield from remark("What `modelyard lock` chose for it stands in instances.lock.json.", indent=2)
        yield "  instance: auto"
        return
    device = "the host" if size.fit.instance.processor == "cpu" else f"each {size.fit.device_word}"
    yield from remark(
        f"{_why(new, size)}: {needed:.1f} of {whole:.1f} GiB on {device} are used{_cost(size)}. "
        f"`modelyard recommend {new.name}` shows the others.",
        indent=2,
    )
    if len(size.pool) > 1:
        yield from remark(f"When capacity is short: instance: [{', '.join(size.pool)}]", indent=2)
    yield f"  instance: {size.fit.instance.name}"
    if size.fit.degree > 1:
        yield f"  tensor_parallel_degree: {size.fit.degree}"
    if size.volume_gib is not None:
        yield f"  volume_gib: {size.volume_gib}"


def _why(new: NewEndpoint, size: SizedModel) -> str:
    return f"The cheapest of {size.choices} that fit in {new.region}" if size.choices else "As asked for"


def _cost(size: SizedModel) -> str:
    if size.price is None:
        return ", and nobody states a price"
    rests = MARKED.get(size.price.basis)
    return f", for ${size.price.usd} an hour ({f'{rests}, ' if rests else ''}{size.price.dated})"


def _goes_up_to(model: Model, size: SizedModel) -> str:
    most = model.architecture.max_context_tokens
    return f"  # the model goes up to {most}" if most > size.context else ""


def _scaling(kind: EndpointKind, size: SizedModel) -> Iterator[str]:
    yield "scaling:"
    if size.bursts or kind == "multi-model":
        yield "  instances: {min: 1, max: 1}"
    elif kind == "async":
        yield "  instances: {min: 0, max: 1}  # none runs while the queue is empty"
    else:
        yield "  instances: {min: 1, max: 2}"
        yield f"  target_concurrency_per_instance: {max(1, size.concurrency // 2)}"
