"""What an entry tells its engine about memory, by environment variables in each engine's own words.

Names: https://aws.github.io/deep-learning-containers/vllm/configuration/ and /sglang/configuration/,
https://docs.djl.ai/master/docs/serving/serving/docs/lmi/user_guides/vllm_user_guide.html,
https://huggingface.co/docs/text-generation-inference/reference/launcher,
https://huggingface.co/docs/optimum-neuron/en/guides/vllm_plugin. An entry's own variables win over its keys, so these
say what the engine really runs with.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from modelyard.catalog.forms import Dtype, Engine

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
NumberSetting = Literal["batched_tokens", "context_tokens", "sequences", "degree"]
Setting = Literal["utilisation", "kv_cache_dtype", "dtype", "quantisation"] | NumberSetting
# vLLM's words, and where another engine has its own.
_USUAL_NAMES: dict[Setting, str] = {
    "utilisation": "GPU_MEMORY_UTILIZATION",
    "kv_cache_dtype": "KV_CACHE_DTYPE",
    "batched_tokens": "MAX_NUM_BATCHED_TOKENS",
    "dtype": "DTYPE",
    "quantisation": "QUANTIZATION",
    "context_tokens": "MAX_MODEL_LEN",
    "sequences": "MAX_NUM_SEQS",
    "degree": "TENSOR_PARALLEL_SIZE",
}
_OWN_NAMES: dict[Engine, dict[Setting, str]] = {
    "neuron": {"context_tokens": "SEQUENCE_LENGTH", "sequences": "BATCH_SIZE"},
    "lmi": {"sequences": "MAX_ROLLING_BATCH_SIZE", "degree": "TENSOR_PARALLEL_DEGREE"},
    "sglang": {
        "utilisation": "MEM_FRACTION_STATIC",
        "batched_tokens": "CHUNKED_PREFILL_SIZE",
        "context_tokens": "CONTEXT_LENGTH",
        "sequences": "MAX_RUNNING_REQUESTS",
        "degree": "TP_SIZE",
    },
    "tgi": {
        "utilisation": "CUDA_MEMORY_FRACTION",
        "batched_tokens": "MAX_BATCH_PREFILL_TOKENS",
        "quantisation": "QUANTIZE",
        "context_tokens": "MAX_TOTAL_TOKENS",
        "sequences": "MAX_CONCURRENT_REQUESTS",
        "degree": "SM_NUM_GPUS",
    },
}
_NUMBERS: tuple[NumberSetting, ...] = ("batched_tokens", "context_tokens", "sequences", "degree")
# vLLM's words for the longest context that fits, SGLang's for no chunks, LMI's for every device.
_LEFT_TO_THE_ENGINE = frozenset({"max", "auto", "-1"})
# 32k is 32,000 and 32K is 32,768: https://docs.vllm.ai/en/latest/configuration/engine_args.html (--max-model-len)
_NUMBER = re.compile(r"(?P<digits>[0-9]{1,12}(\.[0-9]{1,6})?)(?P<unit>[kKmM]?)")
_UNITS = {"": 1, "k": 1000, "K": 1 << 10, "m": 1000**2, "M": 1 << 20}
_DTYPES: dict[str, Dtype] = {
    "float32": "float32",
    "float": "float32",
    "float16": "float16",
    "half": "float16",
    "bfloat16": "bfloat16",
}
# LMI's and TGI's short words, which vLLM and SGLang do not take.
_SHORT_DTYPES: dict[str, Dtype] = {"fp32": "float32", "fp16": "float16", "bf16": "bfloat16"}
_TAKE_SHORT_DTYPES: frozenset[Engine] = frozenset({"lmi", "tgi", "neuron"})


class SettingError(ValueError):
    """A variable that the engine would refuse; the text says which, its value and what is allowed."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name} is {message}")
        self.name = name


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


def variable(engine: Engine, setting: Setting) -> str | None:
    """The environment variable that an engine reads a setting from; None for engines whose words are not known."""
    prefix = _PREFIXES.get(engine)
    if prefix is None:
        return None
    return prefix + _OWN_NAMES.get(engine, {}).get(setting, _USUAL_NAMES[setting])


def engine_settings(engine: Engine, environment: Mapping[str, str]) -> EngineSettings:
    """The settings in an entry's environment.

    Raises:
        SettingError: when a value is none that the engine takes.
    """
    given = _given(engine, environment)
    utilisation, cache, online = given.get("utilisation"), given.get("kv_cache_dtype"), given.get("quantisation")
    numbers = {setting: _positive(*given[setting]) for setting in _NUMBERS if setting in given}
    dtype = _dtype(engine, *given["dtype"]) if "dtype" in given else None
    usual = _DEFAULT_UTILISATIONS.get(engine, DEFAULT_UTILISATION)
    return EngineSettings(
        utilisation=_share(*utilisation) if utilisation else usual,
        kv_element_bytes=1 if cache and cache[1].startswith(("fp8", "int8")) else None,
        batched_tokens=numbers.get("batched_tokens"),
        dtype="fp8" if online and online[1] == "fp8" else dtype,
        context_tokens=numbers.get("context_tokens"),
        sequences=numbers.get("sequences"),
        degree=numbers.get("degree"),
    )


def stated_number(engine: Engine, environment: Mapping[str, str], setting: NumberSetting) -> tuple[str, int] | None:
    """The variable that an environment states a number with, and the number; None where it leaves that to the engine,
    or where the engine would refuse what it says (`wrong_settings` tells)."""
    name = variable(engine, setting)
    if name is None or name not in environment:
        return None
    try:
        number = getattr(engine_settings(engine, {name: environment[name]}), setting)
    except SettingError:
        return None
    return None if number is None else (name, number)


def wrong_settings(engine: Engine, environment: Mapping[str, str]) -> Iterator[SettingError]:
    """Every variable of an environment whose value the engine would refuse."""
    for name, text in environment.items():
        try:
            engine_settings(engine, {name: text})
        except SettingError as wrong:
            yield wrong


def _given(engine: Engine, environment: Mapping[str, str]) -> dict[Setting, tuple[str, str]]:
    """Name and text of each setting that the environment has."""
    given = {}
    for setting in _USUAL_NAMES:
        name = variable(engine, setting)
        if name is not None and name in environment:
            given[setting] = (name, environment[name])
    return given


def _share(name: str, text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        hint = f": {text} percent is 0.{text}" if re.fullmatch("[1-9][0-9]", text) else ""
        raise SettingError(name, f"{text[:40]!r}, a share of GPU memory: write a number above 0, at most 1{hint}")
    return share


def _dtype(engine: Engine, name: str, text: str) -> Dtype | None:
    words = _DTYPES | (_SHORT_DTYPES if engine in _TAKE_SHORT_DTYPES else {})
    if text != "auto" and text not in words:
        raise SettingError(name, f"{text[:40]!r}, which {engine} does not take: write auto, {', '.join(words)}")
    return words.get(text)


def _positive(name: str, text: str) -> int | None:
    if text in _LEFT_TO_THE_ENGINE:
        return None
    match = _NUMBER.fullmatch(text)
    number = int(float(match["digits"]) * _UNITS[match["unit"]]) if match else 0
    if number < 1:
        raise SettingError(name, f"{text[:40]!r}: write a whole number of at least 1")
    return number
