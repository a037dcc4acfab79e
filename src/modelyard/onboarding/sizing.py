"""What `fit` and `recommend` are asked about: an entry of the catalog, or a model and numbers on the command line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

from modelyard.capacity.engine_settings import SettingError
from modelyard.capacity.instances import hosting_regions
from modelyard.capacity.serving_image import instances_of
from modelyard.capacity.workload import Workload, entry_workload, workload
from modelyard.catalog.entry import Catalog, Entry
from modelyard.catalog.forms import Dtype, Engine
from modelyard.catalog.instance_lock import undecided
from modelyard.catalog.model_file import read_model
from modelyard.catalog.problem import CatalogErrors
from modelyard.catalog.schema import Model, ServerlessServing
from modelyard.catalog.suggestion import did_you_mean, one_of
from modelyard.pricing.terms import LIST_PRICES, Terms
from modelyard.shell.agreed_prices import terms_of_folder, terms_today
from modelyard.shell.catalog_files import chosen, environment_names, read
from modelyard.shell.failure import Failure


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One model to size; an entry has as many as it serves. `serverless_mb` is set where AWS starts it per request.

    `kind` is the endpoint's, None where only a model is asked about; `scales` says whether its count may change.
    """

    title: str
    model_name: str
    model: Model
    workload: Workload
    region: str
    image: str | None = None
    instances: tuple[str, ...] = ()
    serverless_mb: int | None = None
    undecided: bool = False
    kind: str | None = None
    scales: bool = False
    terms: Terms = LIST_PRICES

    @property
    def pools(self) -> bool:
        """Whether AWS documents an ordered list of instance types for the kind.

        https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-heterogeneous.html
        """
        return self.kind in (None, "real-time", "async")


@dataclass(frozen=True, kw_only=True)
class Wish:
    """The numbers on the command line; None leaves what the entry or the model says."""

    context: int | None = None
    concurrency: int | None = None
    dtype: str | None = None
    engine: str | None = None
    degree: int | None = None
    region: str | None = None


NOTHING_ELSE = Wish()


def subjects(
    endpoint: str | None, model: str | None, *, folder: Path, environment: str | None, wish: Wish
) -> tuple[Subject, ...]:
    """What a command line asks about, one subject for each model.

    Raises:
        Failure: when it names neither an entry nor a model, or both, or none that exists.
    """
    if (endpoint is None) == (model is None):
        raise Failure("which one? Name an entry of the catalog, or a model with --model")
    try:
        if endpoint is not None:
            return _of_entry(endpoint, folder=folder, environment=environment, wish=wish)
        return (_of_model(str(model), folder=folder, environment=environment, wish=wish),)
    except SettingError as wrong:
        raise Failure(str(wrong)) from wrong


def _of_entry(name: str, *, folder: Path, environment: str | None, wish: Wish) -> tuple[Subject, ...]:
    if wish.engine or wish.region:
        raise Failure("--engine and --region go with --model: an entry and its environment say both")
    catalog = read(folder, environment, allow_undecided=True)
    (entry,) = chosen(catalog, [name], every=False)
    return entry_subjects(entry, catalog, wish=wish)


def entry_subjects(entry: Entry, catalog: Catalog, *, wish: Wish = NOTHING_ELSE) -> tuple[Subject, ...]:
    """The models of an entry, each with what it is asked to do.

    Raises:
        SettingError: when a variable of the entry's environment cannot be read.
    """
    serving = entry.endpoint.serving
    return tuple(
        Subject(
            title=entry.name,
            model_name=model_name,
            model=model,
            workload=_wished(entry_workload(entry, model), wish),
            region=catalog.environment.region,
            image=serving.image,
            instances=instances_of(entry.endpoint),
            serverless_mb=serving.memory_mb if isinstance(serving, ServerlessServing) else None,
            undecided=undecided(serving),
            kind=entry.endpoint.kind,
            scales=_scales(entry),
            terms=terms_today(catalog.organisation),
        )
        for model_name, model in entry.models.items()
    )


def _scales(entry: Entry) -> bool:
    endpoint = entry.endpoint
    return endpoint.kind != "serverless" and endpoint.scaling.instances.max > endpoint.scaling.instances.min


def _of_model(name: str, *, folder: Path, environment: str | None, wish: Wish) -> Subject:
    try:
        model = read_model(folder, name)
    except CatalogErrors as errors:
        raise Failure(
            f"the model {name} cannot be read:", details=tuple(str(problem) for problem in errors.problems)
        ) from errors
    engine = _engine(wish.engine or ("tei" if model.task == "embedding" else "vllm"))
    asked = workload(
        model,
        engine=engine,
        context_tokens=wish.context,
        concurrency=wish.concurrency,
        dtype=_dtype(wish.dtype),
        degree=wish.degree,
        # Without an entry nobody has said how to split, nor how large a volume: the model gets what it needs.
        widest=wish.degree is None,
        any_volume=True,
    )
    region = wish.region or _shared_region(folder, environment)
    if region not in hosting_regions():
        raise Failure(f"no region {region} hosts endpoints{did_you_mean(region, hosting_regions())}")
    terms = terms_of_folder(folder)
    return Subject(title=name, model_name=name, model=model, workload=asked, region=region, terms=terms)


def _wished(asked: Workload, wish: Wish) -> Workload:
    return replace(
        asked,
        context_tokens=wish.context or asked.context_tokens,
        concurrency=wish.concurrency or asked.concurrency,
        dtype=_dtype(wish.dtype) or asked.dtype,
        degree=wish.degree or asked.degree,
        assumptions=() if wish.context and wish.concurrency else asked.assumptions,
    )


def _dtype(text: str | None) -> Dtype | None:
    for known in get_args(Dtype):
        if text == known:
            dtype: Dtype = known
            return dtype
    if text is not None:
        raise Failure(f"--dtype is {text}, allowed are {one_of(get_args(Dtype))}")
    return None


def _engine(text: str) -> Engine:
    for known in get_args(Engine):
        if text == known:
            engine: Engine = known
            return engine
    raise Failure(f"--engine is {text}, allowed are {one_of(get_args(Engine))}")


def _shared_region(folder: Path, environment: str | None) -> str:
    names = environment_names(folder)
    catalog = read(folder, environment or names[0])
    regions = {catalog.environment.region}
    if environment is None:
        regions |= {other.region for other in catalog.environments.values()}
    if len(regions) > 1:
        raise Failure(f"which region? The environments have {one_of(sorted(regions))}: say --region or --environment")
    return regions.pop()
