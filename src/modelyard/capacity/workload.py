"""What a model is asked to do at once: how long the sequences are, how many run, in which formats, on how many devices.

It is what an entry says, with the engine's own defaults where the entry is silent; each default taken is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from modelyard.capacity.engine_settings import EngineSettings, engine_settings
from modelyard.capacity.instances import Instance
from modelyard.catalog.entry import Entry
from modelyard.catalog.forms import Dtype, Engine
from modelyard.catalog.images import ImageError, resolve_image
from modelyard.catalog.schema import InstanceServing, Model, ServerlessServing

# Engines that split a model over every device there is unless told otherwise.
# https://docs.djl.ai/master/docs/serving/serving/docs/lmi/deployment_guide/configurations.html
_SPLITS_BY_DEFAULT: frozenset[Engine] = frozenset({"lmi"})
# https://docs.vllm.ai/en/latest/configuration/engine_args.html (--dtype auto), and so do those built like it
_HALVES_FLOAT32: frozenset[Engine] = frozenset({"vllm", "lmi", "sglang"})
# What they serve on GPUs, the neuron engine serves on Neuron chips.
_GPU_ENGINES: frozenset[Engine] = frozenset({"vllm", "lmi", "sglang", "tgi"})


@dataclass(frozen=True, kw_only=True)
class Workload:
    """One model under one engine.

    `degree` None leaves the split to the engine, `widest` takes all devices that divide the model; `sequences_given`
    says that the engine is told how many to run; `any_volume` asks for whatever volume the weights need. `packed`
    weights arrive as an archive. `cuda_major` is the image's, if any.
    """

    engine: Engine
    context_tokens: int
    concurrency: int
    dtype: Dtype
    settings: EngineSettings
    sequences_given: bool = True
    degree: int | None = None
    widest: bool = False
    volume_gib: int | None = None
    any_volume: bool = False
    packed: bool = False
    serverless: bool = False
    cuda_major: int | None = None
    assumptions: tuple[str, ...] = ()


def entry_workload(entry: Entry, model: Model) -> Workload:
    """What an entry asks of one of its models.

    Raises:
        SettingError: when a variable of the entry's environment cannot be read.
    """
    serving = entry.endpoint.serving
    serverless = isinstance(serving, ServerlessServing)
    context, concurrency, degree, volume = serving.max_context_tokens, serving.max_concurrency, None, None
    if isinstance(serving, InstanceServing):
        degree, volume = serving.tensor_parallel_degree, serving.volume_gib
        if serving.compiled is not None:
            # Where a key says something else, MY063 refuses the entry.
            context = context or serving.compiled.sequence_length
            concurrency = concurrency or serving.compiled.batch_size
            degree = degree or serving.compiled.tensor_parallel_degree
    return workload(
        model,
        engine=serving.engine,
        context_tokens=context,
        # Each container of a serverless endpoint answers one request at a time; AWS starts more of them.
        # https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html
        concurrency=1 if serverless else concurrency,
        degree=degree,
        environment=serving.environment,
        volume_gib=volume,
        packed=serverless or entry.endpoint.kind == "multi-model",
        serverless=serverless,
    )


def workload(
    model: Model,
    *,
    engine: Engine,
    context_tokens: int | None = None,
    concurrency: int | None = None,
    dtype: Dtype | None = None,
    degree: int | None = None,
    widest: bool = False,
    environment: Mapping[str, str] | None = None,
    volume_gib: int | None = None,
    any_volume: bool = False,
    packed: bool = False,
    serverless: bool = False,
) -> Workload:
    """A workload with the defaults told that it took.

    Raises:
        SettingError: when a variable of the environment cannot be read.
    """
    settings = engine_settings(engine, environment or {})
    assumptions = []
    context_tokens = settings.context_tokens or context_tokens
    concurrency = settings.sequences or concurrency
    degree = settings.degree or degree
    if context_tokens is None:
        context_tokens = model.architecture.max_context_tokens
        assumptions.append(f"max_context_tokens is not given: the model's own {context_tokens}")
    sequences_given = concurrency is not None
    if concurrency is None:
        concurrency = 1
        assumptions.append("max_concurrency is not given: one sequence of full length")
    dtype = dtype or settings.dtype
    if dtype is None and model.dtype == "float32" and engine in _HALVES_FLOAT32:
        dtype = "float16"
        assumptions.append(f"{engine} runs float32 weights as float16 unless it is told otherwise")
    return Workload(
        engine=engine,
        context_tokens=context_tokens,
        concurrency=concurrency,
        dtype=dtype or model.dtype,
        settings=settings,
        sequences_given=sequences_given,
        degree=degree,
        widest=widest or (degree is None and engine in _SPLITS_BY_DEFAULT),
        volume_gib=volume_gib,
        any_volume=any_volume,
        packed=packed,
        serverless=serverless,
        assumptions=tuple(assumptions),
    )


def on_instance(asked: Workload, type_: Instance, *, region: str, image: str | None) -> Workload:
    """The workload under the engine and image that an instance takes: Neuron has an engine of its own.

    `image` is the entry's own, which runs on what it was built for.

    Raises:
        ImageError: when no image of the engine runs on the instance in this region.
    """
    engine = asked.engine
    if image is None and type_.processor == "neuron" and engine in _GPU_ENGINES:
        engine = "neuron"
    elif image is None and type_.processor == "gpu" and engine == "neuron":
        engine = "vllm"
    resolved = resolve_image(
        engine=engine,
        processor=type_.processor,
        architecture=type_.architecture,
        region=region,
        # Whose registry an own image lies in does not matter to where it runs.
        account="000000000000",
        image=image,
    )
    if resolved.processor is not None and resolved.processor != type_.processor:
        raise ImageError(f"image {image} is built for {resolved.processor}, {type_.name} is {type_.processor}")
    return replace(asked, engine=engine, cuda_major=resolved.cuda_major)
