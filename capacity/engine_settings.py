"""What an entry tells its engine about memory, by environment variables in each engine's own words.

Names: https://aws.github.io/deep-learning-containers/vllm/configuration/ and /sglang/configuration/,
https://docs.djl.ai/master/docs/serving/serving/docs/lmi/user_guides/vllm_user_guide.html,
https://huggingface.co/docs/text-generation-inference/reference/launcher,
https://huggingface.co/docs/optimum-neuron/en/guides/vllm_plugin
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from catalog.forms import Dtype, Engine

# vLLM's long-time default (0.92 in its latest releases), assumed of the other engines as well: the rest is for CUDA
# graphs and fragments. https://docs.vllm.ai/en/latest/configuration/engine_args.html (--gpu-memory-utilization)
DEFAULT_UTILISATION = 0.9
# TGI may take the whole device (CUDA_MEMORY_FRACTION is 1 unless set) and sizes its cache after a warm-up;
# with a twentieth kept back, Falcon 40B starts on four A10G, as it did for those who served it there.
# https://huggingface.co/docs/text-generation-inference/reference/launcher
_DEFAULT_UTILISATIONS: dict[Engine, float] = {"tgi": 0.95}

_PREFIXES: dict[Engine, str] = {
    "vllm": "SM_VLLM_",
    "neuron": "SM_ON_",
    "lmi": "OPTION_",
    "sglang": "SM_SGLANG_",
    "tgi": "",
}
_UTILISATION = {"sglang": "MEM_FRACTION_STATIC", "tgi": "CUDA_MEMORY_FRACTION"}
# An entry's own variables win over its settings, so these say what the engine really runs with.
_CONTEXT = {"neuron": "SEQUENCE_LENGTH", "sglang": "CONTEXT_LENGTH", "tgi": "MAX_TOTAL_TOKENS"}
_SEQUENCES = {
    "neuron": "BATCH_SIZE",
    "lmi": "MAX_ROLLING_BATCH_SIZE",
    "sglang": "MAX_RUNNING_REQUESTS",
    "tgi": "MAX_CONCURRENT_REQUESTS",
}
_DEGREE = {"lmi": "TENSOR_PARALLEL_DEGREE", "sglang": "TP_SIZE", "tgi": "SM_NUM_GPUS"}
# LMI's word for all devices, and vLLM's for what fits.
_LEFT_TO_THE_ENGINE = frozenset({"max", "auto", "-1"})
# 32k is 32,000 and 32K is 32,768: https://docs.vllm.ai/en/latest/configuration/engine_args.html (--max-model-len)
_NUMBER = re.compile(r"(?P<digits>[0-9]{1,12}(\.[0-9]{1,6})?)(?P<unit>[kKmM]?)")
_UNITS = {"": 1, "k": 1000, "K": 1 << 10, "m": 1000**2, "M": 1 << 20}
_DTYPES: dict[str, Dtype] = {
    "float32": "float32",
    "float": "float32",
    "fp32": "float32",
    "float16": "float16",
    "half": "float16",
    "fp16": "float16",
    "bfloat16": "bfloat16",
    "bf16": "bfloat16",
}


class SettingError(ValueError):
    """A variable that the engine would refuse; the text says which, its value and what is allowed."""


@dataclass(frozen=True, kw_only=True)
class EngineSettings:
    """How an engine uses memory; None where the engine decides."""

    utilisation: float = DEFAULT_UTILISATION
    kv_element_bytes: int | None = None
    batched_tokens: int | None = None
    dtype: Dtype | None = None
    context_tokens: int | None = None
    sequences: int | None = None
    degree: int | None = None


def engine_settings(engine: Engine, environment: Mapping[str, str]) -> EngineSettings:
    """The settings in an entry's environment.

    Raises:
        SettingError: when a value is none that the engine takes.
    """
    prefix = _PREFIXES.get(engine)
    usual_utilisation = _DEFAULT_UTILISATIONS.get(engine, DEFAULT_UTILISATION)
    if prefix is None:
        return EngineSettings(utilisation=usual_utilisation)
    share = environment.get(prefix + _UTILISATION.get(engine, "GPU_MEMORY_UTILIZATION"))
    cache = environment.get(prefix + "KV_CACHE_DTYPE", "auto")
    online = environment.get(prefix + "QUANTIZATION")

    def number(names: Mapping[str, str], usual: str) -> int | None:
        return _positive(prefix + names.get(engine, usual), environment)

    return EngineSettings(
        utilisation=usual_utilisation if share is None else _share(share),
        kv_element_bytes=1 if cache.startswith(("fp8", "int8")) else None,
        batched_tokens=number({}, "MAX_NUM_BATCHED_TOKENS"),
        dtype="fp8" if online == "fp8" else _DTYPES.get(environment.get(prefix + "DTYPE", "")),
        context_tokens=number(_CONTEXT, "MAX_MODEL_LEN"),
        sequences=number(_SEQUENCES, "MAX_NUM_SEQS"),
        degree=number(_DEGREE, "TENSOR_PARALLEL_SIZE"),
    )


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise SettingError(f"the engine's share of GPU memory is {text[:40]!r}: write a number above 0, at most 1")
    return share


def _positive(name: str, environment: Mapping[str, str]) -> int | None:
    text = environment.get(name)
    if text is None or text in _LEFT_TO_THE_ENGINE:
        return None
    match = _NUMBER.fullmatch(text)
    number = int(float(match["digits"]) * _UNITS[match["unit"]]) if match else 0
    if number < 1:
        raise SettingError(f"{name} is {text[:40]!r}: write a whole number of at least 1")
    return number
