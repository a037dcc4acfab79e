"""Whether a model fits an instance: what each device must hold, term by term, beside what it has.

Every term is bytes on one device, a GPU or a NeuronCore; on a CPU instance the host is the one device.
"""

from __future__ import annotations

from dataclasses import dataclass

from modelyard.capacity import accelerators
from modelyard.capacity.activations import decoder_peak_bytes, encoder_peak_bytes
from modelyard.capacity.device_weights import device_weight_bytes
from modelyard.capacity.instances import Instance
from modelyard.capacity.kv_cache import sequence_bytes
from modelyard.capacity.parallelism import split_refusal, widest_degree
from modelyard.capacity.parameter_count import understated
from modelyard.capacity.storage_fit import storage_findings
from modelyard.capacity.weights import activation_bytes
from modelyard.capacity.workload import Workload
from modelyard.catalog.schema import Model

GIB = 1 << 30
# CUDA's or the Neuron runtime's own allocations. Published logs range from 0.1 to 1.8 GiB; the buffers of collective
# operations come on top where devices talk. https://github.com/vllm-project/vllm/pull/10511
_RUNTIME_BYTES = GIB // 2
_COLLECTIVES_BYTES = GIB // 2
# How many prompt tokens one pass reads, and how many sequences its sampler is profiled with where no number is given:
# vLLM's defaults for its server, larger from 70 GiB on, but not on A100s.
# https://github.com/vllm-project/vllm/blob/main/vllm/engine/arg_utils.py (get_batch_defaults)
_BATCHED_TOKENS, _BATCHED_TOKENS_LARGE, _LARGE_GIB = 2048, 8192, 70
_SEQUENCES, _SEQUENCES_LARGE = 256, 1024
_PROFILES_ITS_SAMPLER = frozenset({"vllm", "lmi"})
# llama.cpp's physical batch, https://github.com/ggml-org/llama.cpp/tree/master/tools/server (--ubatch-size)
_BATCHED_TOKENS_CPU = 512


@dataclass(frozen=True, kw_only=True)
class Term:
    """One part of the memory of a device; `note` says how it came about."""

    name: str
    size_bytes: int
    note: str


@dataclass(frozen=True, kw_only=True)
class Fit:
    """One model on one instance: it fits if it is not refused and its terms fill no device."""

    model_name: str
    instance: Instance
    workload: Workload
    degree: int
    device_bytes: int
    terms: tuple[Term, ...]
    problems: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def needed_bytes(self) -> int:
        """What one device must hold, the engine's reserve included."""
        return sum(term.size_bytes for term in self.terms)

    @property
    def fits_memory(self) -> bool:
        """Whether the terms fit the device, whatever else speaks against the instance."""
        return bool(self.terms) and self.needed_bytes <= self.device_bytes

    @property
    def fits(self) -> bool:
        """Whether the engine can start and serve the workload."""
        return self.fits_memory and not self.problems

    @property
    def free_bytes(self) -> int:
        """What is left on each device; negative where it does not fit."""
        return self.device_bytes - self.needed_bytes

    @property
    def device_word(self) -> str:
        """What one device is called."""
        return {"neuron": "NeuronCore", "cpu": "host"}.get(self.instance.processor, "GPU")


def fit(model_name: str, model: Model, workload: Workload, instance: Instance) -> Fit:
    """What each device of an instance would hold."""
    device_gib = _device_gib(instance)
    problems, warnings = storage_findings(model, workload, instance)
    if device_gib is None:
        problems.append(f"the memory of {instance.accelerator or instance.name} is not known")
    refused = accelerators.refusal(instance, workload.dtype, cuda_major=workload.cuda_major)
    if refused:
        problems.append(refused)
    most = model.architecture.max_context_tokens
    if workload.context_tokens > most:
        problems.append(f"the model was made for {most} tokens, not {workload.context_tokens}")
    degree = _degree(model, workload, instance)
    devices = instance.parallel_devices or 1
    split = split_refusal(model.architecture, degree, devices=devices, pads=_pads(instance))
    if split:
        problems.append(split)
    elif degree < devices:
        warnings.append(_unused(degree, devices, model, pads=_pads(instance)))
    if understated(model):
        warnings.append("parameters is less than the shapes alone add up to: a mixture of experts needs the total")
    if instance.processor != "cpu" and device_gib is not None and not _reported(instance):
        warnings.append(f"no report of what a program sees on {instance.accelerator}: 1.5 % less than EC2 states")
    return Fit(
        model_name=model_name,
        instance=instance,
        workload=workload,
        degree=degree,
        device_bytes=int((device_gib or 0) * GIB),
        terms=() if device_gib is None else _terms(model, workload, instance, degree=degree, device_gib=device_gib),
        problems=tuple(problems),
        warnings=tuple(warnings),
    )


def _reported(instance: Instance) -> bool:
    return instance.processor == "neuron" or accelerators.memory_is_reported(instance)


def _device_gib(instance: Instance) -> float | None:
    return instance.memory_gib if instance.processor == "cpu" else accelerators.device_memory_gib(instance)


def _degree(model: Model, workload: Workload, instance: Instance) -> int:
    if workload.degree is not None:
        return workload.degree
    if not workload.widest:
        return 1
    return widest_degree(model.architecture, devices=instance.parallel_devices or 1, pads=_pads(instance))


def _pads(instance: Instance) -> bool:
    return instance.processor == "neuron"


def _unused(degree: int, devices: int, model: Model, *, pads: bool) -> str:
    widest = widest_degree(model.architecture, devices=devices, pads=pads)
    advice = f": tensor_parallel_degree may be {widest}" if widest > degree else ""
    return f"{degree} of {devices} devices {'is' if degree == 1 else 'are'} used{advice}"


def _terms(model: Model, workload: Workload, instance: Instance, *, degree: int, device_gib: float) -> tuple[Term, ...]:
    utilisation = 1.0 if workload.serverless else workload.settings.utilisation
    split = f", split {degree} ways" if degree > 1 else ""
    runtime = _RUNTIME_BYTES + (_COLLECTIVES_BYTES if degree > 1 else 0)
    return (
        Term(
            name="weights",
            size_bytes=device_weight_bytes(model, workload.dtype, degree=degree, processor=instance.processor),
            note=f"{model.parameters:,} parameters as {workload.dtype}{split}",
        ),
        _cache_term(model, workload, instance, degree=degree),
        _activation_term(model, workload, instance, degree=degree, device_gib=device_gib),
        Term(name="runtime", size_bytes=runtime, note="the driver's and libraries' own allocations, assumed"),
        Term(
            name="engine reserve",
            size_bytes=int((1 - utilisation) * device_gib * GIB),
            note=f"the engine plans with {utilisation:.0%} of the device",
        ),
    )


def _cache_term(model: Model, workload: Workload, instance: Instance, *, degree: int) -> Term:
    if model.task == "embedding":
        return Term(name="KV cache", size_bytes=0, note="an embedding keeps nothing between requests")
    element = workload.settings.kv_element_bytes or activation_bytes(workload.dtype)
    one = sequence_bytes(
        model.architecture,
        context_tokens=workload.context_tokens,
        element_bytes=element,
        degree=degree,
        # Compiled Neuron graphs reserve the full length of every sequence.
        windows=instance.processor != "neuron",
        pads=_pads(instance),
    )
    return Term(
        name="KV cache",
        size_bytes=one * workload.concurrency,
        note=f"{workload.concurrency} x {workload.context_tokens} tokens at {8 * element} bits",
    )


def _activation_term(model: Model, workload: Workload, instance: Instance, *, degree: int, device_gib: float) -> Term:
    element = activation_bytes(workload.dtype)
    tokens = workload.context_tokens * workload.concurrency
    if model.task == "embedding":
        peak = encoder_peak_bytes(
            model.architecture,
            context_tokens=workload.context_tokens,
            sequences=workload.concurrency,
            element_bytes=element,
        )
        return Term(name="activations", size_bytes=peak, note=f"a batch of {tokens} tokens")
    batched = min(tokens, workload.settings.batched_tokens or _batched_tokens(instance, workload, device_gib))
    sequences = _sampled_sequences(instance, workload, device_gib)
    peak = decoder_peak_bytes(
        model.architecture,
        batched_tokens=batched,
        sequences=sequences,
        element_bytes=element,
        degree=degree,
    )
    profiled = f", room to sample {sequences} sequences at once" if sequences > workload.concurrency else ""
    return Term(name="activations", size_bytes=peak, note=f"{batched} prompt tokens a pass{profiled}")


def _batched_tokens(instance: Instance, workload: Workload, device_gib: float) -> int:
    if instance.processor == "neuron":
        return workload.context_tokens
    if instance.processor == "cpu":
        return _BATCHED_TOKENS_CPU
    return _BATCHED_TOKENS_LARGE if _is_large(instance, device_gib) else _BATCHED_TOKENS


def _sampled_sequences(instance: Instance, workload: Workload, device_gib: float) -> int:
    """The sequences that the sampler has room for: what was asked, or as many as the engine allows by itself."""
    if workload.sequences_given or instance.processor != "gpu" or workload.engine not in _PROFILES_ITS_SAMPLER:
        return workload.concurrency
    return max(workload.concurrency, _SEQUENCES_LARGE if _is_large(instance, device_gib) else _SEQUENCES)


def _is_large(instance: Instance, device_gib: float) -> bool:
    return device_gib >= _LARGE_GIB and instance.accelerator != "A100"
