"""What an entry's environment tells its engine about memory, in each engine's own words."""

from __future__ import annotations

import pytest

from modelyard.capacity.engine_settings import SettingError, engine_settings, variable, wrong_settings
from modelyard.capacity.workload import workload


@pytest.mark.parametrize(
    ("engine", "name"),
    [
        ("vllm", "SM_VLLM_GPU_MEMORY_UTILIZATION"),
        ("neuron", "SM_ON_GPU_MEMORY_UTILIZATION"),
        ("lmi", "OPTION_GPU_MEMORY_UTILIZATION"),
        ("sglang", "SM_SGLANG_MEM_FRACTION_STATIC"),
        ("tgi", "CUDA_MEMORY_FRACTION"),
    ],
)
def test_each_engine_has_its_own_name_for_its_share(engine, name):
    assert engine_settings(engine, {name: "0.8"}).utilisation == 0.8
    assert engine_settings(engine, {}).utilisation == (0.95 if engine == "tgi" else 0.9)


@pytest.mark.parametrize("text", ["0", "1.1", "-1", "most", "", "nan"])
def test_a_share_that_no_engine_takes_is_refused(text):
    with pytest.raises(SettingError, match="above 0, at most 1"):
        engine_settings("vllm", {"SM_VLLM_GPU_MEMORY_UTILIZATION": text})


@pytest.mark.parametrize("text", ["0", "-5", "two", "0.5", "2kk", ""])
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


@pytest.mark.parametrize(
    ("engine", "context", "sequences", "degree"),
    [
        ("vllm", "SM_VLLM_MAX_MODEL_LEN", "SM_VLLM_MAX_NUM_SEQS", "SM_VLLM_TENSOR_PARALLEL_SIZE"),
        ("lmi", "OPTION_MAX_MODEL_LEN", "OPTION_MAX_ROLLING_BATCH_SIZE", "OPTION_TENSOR_PARALLEL_DEGREE"),
        ("sglang", "SM_SGLANG_CONTEXT_LENGTH", "SM_SGLANG_MAX_RUNNING_REQUESTS", "SM_SGLANG_TP_SIZE"),
        ("tgi", "MAX_TOTAL_TOKENS", "MAX_CONCURRENT_REQUESTS", "SM_NUM_GPUS"),
    ],
)
def test_what_the_environment_says_wins_over_the_entry_as_it_does_in_the_container(
    make_model, engine, context, sequences, degree
):
    own = {context: "1024", sequences: "7", degree: "2"}
    asked = workload(make_model(), engine=engine, context_tokens=4096, concurrency=1, environment=own)
    assert (asked.context_tokens, asked.concurrency, asked.degree) == (1024, 7, 2)


def test_what_is_left_to_the_engine_is_no_number():
    assert engine_settings("lmi", {"OPTION_TENSOR_PARALLEL_DEGREE": "max"}).degree is None
    assert engine_settings("vllm", {"SM_VLLM_MAX_MODEL_LEN": "auto"}).context_tokens is None


@pytest.mark.parametrize(("text", "tokens"), [("32768", 32768), ("32k", 32000), ("32K", 32768), ("1.5k", 1500)])
def test_a_length_may_carry_the_engines_units(text, tokens):
    assert engine_settings("vllm", {"SM_VLLM_MAX_MODEL_LEN": text}).context_tokens == tokens


@pytest.mark.parametrize("engine", ["custom", "tei", "llama-cpp"])
def test_variables_of_an_image_whose_words_are_unknown_are_its_own(engine):
    assert engine_settings(engine, {"DTYPE": "half", "MAX_NUM_SEQS": "many", "GPU_MEMORY_UTILIZATION": "2"}) == (
        engine_settings(engine, {})
    )


@pytest.mark.parametrize(
    ("engine", "name", "text"),
    [
        ("vllm", "SM_VLLM_DTYPE", "fp16"),  # LMI's word
        ("vllm", "SM_VLLM_DTYPE", "int4"),
        ("sglang", "SM_SGLANG_DTYPE", "bf16"),
        ("lmi", "OPTION_DTYPE", "brain"),
    ],
)
def test_a_number_format_that_the_engine_does_not_take_is_refused(engine, name, text):
    with pytest.raises(SettingError, match=f"{name} is '{text}', which {engine} does not take: write auto, float32"):
        engine_settings(engine, {name: text})
    assert engine_settings("lmi", {"OPTION_DTYPE": "fp16"}).dtype == "float16"
    assert engine_settings("vllm", {"SM_VLLM_DTYPE": "auto"}).dtype is None


def test_all_wrong_variables_are_found_at_once_each_by_its_name():
    wrong = wrong_settings(
        "vllm",
        {"SM_VLLM_GPU_MEMORY_UTILIZATION": "90", "SM_VLLM_MAX_MODEL_LEN": "long", "SM_VLLM_MAX_NUM_SEQS": "8"},
    )
    assert [(one.name, str(one)) for one in wrong] == [
        (
            "SM_VLLM_GPU_MEMORY_UTILIZATION",
            "SM_VLLM_GPU_MEMORY_UTILIZATION is '90', a share of GPU memory: write a number above 0, at most 1: "
            "90 percent is 0.90",
        ),
        ("SM_VLLM_MAX_MODEL_LEN", "SM_VLLM_MAX_MODEL_LEN is 'long': write a whole number of at least 1"),
    ]


def test_a_setting_has_the_name_that_its_engine_reads():
    assert variable("vllm", "context_tokens") == "SM_VLLM_MAX_MODEL_LEN"
    assert variable("sglang", "batched_tokens") == "SM_SGLANG_CHUNKED_PREFILL_SIZE"
    assert variable("custom", "context_tokens") is None
