"""What an entry's environment tells its engine about memory, in each engine's own words."""

from __future__ import annotations

import pytest

from capacity.engine_settings import SettingError, engine_settings


@pytest.mark.parametrize(
    ("engine", "name"),
    [
        ("vllm", "SM_VLLM_GPU_MEMORY_UTILIZATION"),
        ("neuron", "SM_VLLM_GPU_MEMORY_UTILIZATION"),
        ("lmi", "OPTION_GPU_MEMORY_UTILIZATION"),
        ("sglang", "SM_SGLANG_MEM_FRACTION_STATIC"),
        ("tgi", "CUDA_MEMORY_FRACTION"),
    ],
)
def test_each_engine_has_its_own_name_for_its_share(engine, name):
    assert engine_settings(engine, {name: "0.8"}).utilisation == 0.8
    assert engine_settings(engine, {}).utilisation == 0.9


@pytest.mark.parametrize("text", ["0", "1.1", "-1", "most", "", "nan"])
def test_a_share_that_no_engine_takes_is_refused(text):
    with pytest.raises(SettingError, match="above 0, at most 1"):
        engine_settings("vllm", {"SM_VLLM_GPU_MEMORY_UTILIZATION": text})


@pytest.mark.parametrize("text", ["0", "-5", "2k", "1.5"])
def test_batched_tokens_are_a_whole_number(text):
    with pytest.raises(SettingError, match="SM_VLLM_MAX_NUM_BATCHED_TOKENS"):
        engine_settings("vllm", {"SM_VLLM_MAX_NUM_BATCHED_TOKENS": text})


def test_formats_are_read():
    settings = engine_settings(
        "vllm",
        {"SM_VLLM_KV_CACHE_DTYPE": "fp8_e4m3", "SM_VLLM_DTYPE": "half", "SM_VLLM_MAX_NUM_BATCHED_TOKENS": "4096"},
    )
    assert (settings.kv_element_bytes, settings.dtype, settings.batched_tokens) == (1, "float16", 4096)
    assert engine_settings("vllm", {"SM_VLLM_QUANTIZATION": "fp8"}).dtype == "fp8"
    assert engine_settings("vllm", {"SM_VLLM_KV_CACHE_DTYPE": "auto"}).kv_element_bytes is None


def test_another_engines_words_say_nothing():
    assert engine_settings("sglang", {"SM_VLLM_KV_CACHE_DTYPE": "fp8"}).kv_element_bytes is None
