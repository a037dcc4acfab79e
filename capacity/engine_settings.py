"""What an entry tells its engine about memory, by environment variables in each engine's own words.

Names: https://aws.github.io/deep-learning-containers/vllm/configuration/ and /sglang/configuration/,
https://docs.djl.ai/master/docs/serving/serving/docs/lmi/user_guides/vllm_user_guide.html,
https://huggingface.co/docs/text-generation-inference/reference/launcher
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from catalog.forms import Dtype, Engine

# vLLM's long-time default (0.92 in its latest releases), assumed of the other engines as well: the rest is for CUDA
# graphs and fragments. https://docs.vllm.ai/en/latest/configuration/engine_args.html (--gpu-memory-utilization)
DEFAULT_UTILISATION = 0.9

_PREFIXES: dict[Engine, str] = {"vllm": "SM_VLLM_", "neuron": "SM_VLLM_", "lmi": "OPTION_", "sglang": "SM_SGLANG_"}
_UTILISATION = {"sglang": "MEM_FRACTION_STATIC", "tgi": "CUDA_MEMORY_FRACTION"}
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


def engine_settings(engine: Engine, environment: Mapping[str, str]) -> EngineSettings:
    """The settings in an entry's environment.

    Raises:
        SettingError: when a value is none that the engine takes.
    """
    prefix = _PREFIXES.get(engine, "")
    share = environment.get(prefix + _UTILISATION.get(engine, "GPU_MEMORY_UTILIZATION"))
    cache = environment.get(prefix + "KV_CACHE_DTYPE", "auto")
    tokens_name = prefix + "MAX_NUM_BATCHED_TOKENS"
    tokens = environment.get(tokens_name)
    online = environment.get(prefix + "QUANTIZATION")
    return EngineSettings(
        utilisation=DEFAULT_UTILISATION if share is None else _share(share),
        kv_element_bytes=1 if cache.startswith(("fp8", "int8")) else None,
        batched_tokens=None if tokens is None else _positive(tokens_name, tokens),
        dtype="fp8" if online == "fp8" else _DTYPES.get(environment.get(prefix + "DTYPE", "")),
    )


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise SettingError(f"the engine's share of GPU memory is {text[:40]!r}: write a number above 0, at most 1")
    return share


def _positive(name: str, text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise SettingError(f"{name} is {text[:40]!r}: write a whole number of at least 1")
    return int(text)
