"""On what a new endpoint runs, and how long and how many its sequences may be: what fits, and of that the cheapest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from modelyard.capacity.instances import instance, instance_names
from modelyard.capacity.memory_fit import Fit, fit
from modelyard.capacity.serverless import container
from modelyard.capacity.storage_fit import DEFAULT_VOLUME_GIB, volume_gib
from modelyard.capacity.workload import Workload, on_instance, workload
from modelyard.catalog.forms import Engine
from modelyard.catalog.images import ImageError, published_processors
from modelyard.catalog.schema import Model
from modelyard.catalog.suggestion import did_you_mean, one_of
from modelyard.onboarding.adding.facts import FoundModel
from modelyard.onboarding.recommendation import recommendation
from modelyard.onboarding.sizing import Subject
from modelyard.pricing.prices import Price, hourly_price
from modelyard.pricing.terms import Terms
from modelyard.rules.burstable_scaling import BURSTABLE
from modelyard.shell.failure import Failure

EndpointKind = Literal["real-time", "async", "serverless", "multi-model"]
# What an endpoint is sized for where nobody says more: long enough for a conversation, cheap enough to begin with.
_USUAL_CONTEXT, _SHORT_CONTEXT = 8192, 2048
_USUAL_CONCURRENCY = {"real-time": 8, "async": 4, "serverless": 1, "multi-model": 1}
_SERVERLESS_MB = range(1024, 6145, 1024)


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What the command line says about the endpoint; None leaves it to be found."""

    kind: EndpointKind
    region: str
    terms: Terms
    context: int | None = None
    concurrency: int | None = None
    engine: str | None = None
    image: str | None = None
    instance: str | None = None


@dataclass(frozen=True, kw_only=True)
class SizedModel:
    """An endpoint that fits: `choices` is how many instances were to choose from, 0 where one was named."""

    engine: Engine
    context: int
    concurrency: int
    fit: Fit
    price: Price | None
    pool: tuple[str, ...]
    choices: int
    volume_gib: int | None
    memory_mb: int | None = None

    @property
    def bursts(self) -> bool:
        """Whether the instance may not scale: AWS refuses scaling on burstable types."""
        return self.fit.instance.name.startswith(BURSTABLE)


def sized(found: FoundModel, wishes: Wishes) -> SizedModel:
    """The smallest sensible endpoint for a model.

    Raises:
        Failure: when nothing fits what was asked for, or what fits has no price.
    """
    engine = _engine(found, wishes)
    last: Failure | None = None
    for context, concurrency in _attempts(found.model, wishes):
        asked = workload(
            found.model,
            engine=engine,
            context_tokens=context,
            concurrency=concurrency,
            widest=True,
            any_volume=True,
            packed=wishes.kind in ("serverless", "multi-model"),
            serverless=wishes.kind == "serverless",
        )
        try:
            if wishes.kind == "serverless":
                return _serverless(found, asked, wishes)
            return _on_named(found, asked, wishes) if wishes.instance else _on_cheapest(found, asked, wishes)
        except Failure as failure:
            last = last or failure
    raise last or Failure("nothing was asked for")


def _attempts(model: Model, wishes: Wishes) -> Iterator[tuple[int, int]]:
    """Context and concurrency to try, the usual ones first, then less of what nobody asked for."""
    most = model.architecture.max_context_tokens
    if wishes.context and wishes.context > most:
        raise Failure(f"--max-context is {wishes.context}, but the model was made for {most} tokens: ask for less")
    usual = _USUAL_CONCURRENCY[wishes.kind]
    shorter = {min(size, most) for size in (_USUAL_CONTEXT, _SHORT_CONTEXT)}
    contexts = [wishes.context] if wishes.context else sorted(shorter, reverse=True)
    concurrencies = [wishes.concurrency] if wishes.concurrency else sorted({usual, 1}, reverse=True)
    for context in contexts:
        for concurrency in concurrencies:
            yield context, concurrency


def _engine(found: FoundModel, wishes: Wishes) -> Engine:
    if wishes.engine is None:
        return _usual_engine(found, wishes)
    for known in get_args(Engine):
        if wishes.engine == known:
            engine: Engine = known
            if engine == "custom" and wishes.image is None:
                raise Failure("--engine custom brings its own image: add --image repository:tag")
            return engine
    raise Failure(f"--engine is {wishes.engine[:40]}, allowed are {one_of(get_args(Engine))}")


def _usual_engine(found: FoundModel, wishes: Wishes) -> Engine:
    if wishes.image is not None:
        return "custom"
    if wishes.kind == "multi-model":
        raise Failure("a multi-model endpoint runs an image of your own that loads and unloads models: add --image")
    if found.model.task == "embedding":
        return "tei"
    if wishes.kind == "serverless":
        raise Failure(
            "a serverless endpoint has no GPU, and the engines for text want one: add --image with one of your own "
            "that runs on CPUs, or choose --kind real-time"
        )
    # vLLM dropped encoder-decoders; Text Generation Inference runs T5.
    # https://huggingface.co/docs/text-generation-inference/supported_models
    return "tgi" if found.encoder_decoder else "vllm"


def _serverless(found: FoundModel, asked: Workload, wishes: Wishes) -> SizedModel:
    if wishes.instance:
        raise Failure("a serverless endpoint has no instance: leave out --instance")
    if wishes.image is None and "cpu" not in published_processors(asked.engine):
        raise Failure(f"engine {asked.engine} has no image without a GPU, which serverless needs: add --image")
    for memory_mb in _SERVERLESS_MB:
        tried = fit(found.name, found.model, asked, container(memory_mb))
        if tried.fits:
            return _sized(asked, tried, memory_mb=memory_mb)
    raise Failure(
        f"{found.name} takes {tried.needed_bytes / 2**30:.1f} GiB and serverless ends at 6: choose --kind real-time, "
        "or smaller weights"
    )


def _on_named(found: FoundModel, asked: Workload, wishes: Wishes) -> SizedModel:
    name = str(wishes.instance)
    type_ = instance(name)
    if type_ is None:
        raise Failure(f"--instance is {name[:40]}, no hosting instance type{did_you_mean(name, instance_names())}")
    try:
        here = on_instance(asked, type_, region=wishes.region, image=wishes.image)
    except ImageError as none:
        raise Failure(str(none)) from none
    tried = fit(found.name, found.model, here, type_)
    if not tried.fits:
        raise Failure(
            f"{found.name} does not fit {name} at {asked.concurrency} x {asked.context_tokens} tokens"
            f"{': ' + tried.problems[0] if tried.problems else ''}: `modelyard recommend` shows what it fits, or ask "
            "for less with --max-context and --concurrency"
        )
    price = hourly_price(name, wishes.region, terms=wishes.terms)
    return _sized(here, tried, price=price, volume=_volume(found.model, here, tried))


def _on_cheapest(found: FoundModel, asked: Workload, wishes: Wishes) -> SizedModel:
    subject = Subject(
        title=found.name,
        model_name=found.name,
        model=found.model,
        workload=asked,
        region=wishes.region,
        image=wishes.image,
        kind=wishes.kind,
        scales=wishes.kind != "multi-model",
        terms=wishes.terms,
    )
    told = recommendation((subject,), as_stated=True)
    first = told.ranking.first
    what = f"{found.name} at {asked.concurrency} x {asked.context_tokens} tokens with {asked.engine} in {wishes.region}"
    if first is None and told.ranking.unpriced:
        names = one_of([choice.fit.instance.name for choice in told.ranking.unpriced], at_most=5)
        raise Failure(f"{what} fits {names}, and none of them is priced: choose one with --instance")
    if first is None:
        raise Failure(f"nothing holds {what}: ask for less with --max-context and --concurrency, or smaller weights")
    volume = _volume(found.model, first.fit.workload, first.fit)
    return _sized(
        first.fit.workload,
        first.fit,
        price=first.price,
        volume=volume,
        pool=told.pool,
        choices=len(told.ranking.priced),
    )


def _volume(model: Model, asked: Workload, tried: Fit) -> int | None:
    if tried.instance.has_local_nvme:
        return None
    needed = volume_gib(model, asked, tried.instance)
    return needed if needed > DEFAULT_VOLUME_GIB else None


def _sized(
    asked: Workload,
    tried: Fit,
    *,
    price: Price | None = None,
    volume: int | None = None,
    pool: tuple[str, ...] = (),
    choices: int = 0,
    memory_mb: int | None = None,
) -> SizedModel:
    return SizedModel(
        engine=asked.engine,
        context=asked.context_tokens,
        concurrency=asked.concurrency,
        fit=tried,
        price=price,
        pool=pool or (tried.instance.name,),
        choices=choices,
        volume_gib=volume,
        memory_mb=memory_mb,
    )
