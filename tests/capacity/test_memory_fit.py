"""Whether a model fits an instance: real cases, what each term answers to, and what may never get easier."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelyard.capacity.instances import instance
from modelyard.capacity.memory_fit import GIB, fit
from modelyard.capacity.workload import workload


def sized(model, type_name, **asked):
    asked = {"engine": "vllm", "context_tokens": 4096, "concurrency": 1, **asked}
    return fit("it", model, workload(model, **asked), instance(type_name))


def term(found, name):
    return next(term.size_bytes for term in found.terms if term.name == name)


@pytest.mark.parametrize(
    ("name", "type_name", "asked", "fits"),
    [
        # JumpStart's own defaults for Llama 2 at 4096 tokens.
        ("llama-2-7b", "ml.g5.2xlarge", {}, True),
        ("llama-2-13b", "ml.g5.12xlarge", {"degree": 4}, True),
        ("llama-2-70b", "ml.g5.48xlarge", {"degree": 8}, True),
        ("llama-2-13b", "ml.g5.2xlarge", {}, False),
        ("llama-2-70b", "ml.g5.12xlarge", {"degree": 4}, False),
        ("llama-3.1-8b-instruct", "ml.g5.2xlarge", {"context_tokens": 8192}, True),
        ("llama-3.1-8b-instruct", "ml.g5.2xlarge", {"context_tokens": 131072}, False),
        ("llama-3.3-70b-instruct", "ml.g6e.12xlarge", {"degree": 4, "context_tokens": 8192}, True),
        ("llama-3.3-70b-instruct", "ml.p5.4xlarge", {"context_tokens": 8192}, False),
        ("llama-3.3-70b-instruct", "ml.p5.4xlarge", {"context_tokens": 8192, "dtype": "int4"}, True),
        ("mixtral-8x7b-instruct-v0.1", "ml.g5.48xlarge", {"degree": 8}, True),
        ("mixtral-8x7b-instruct-v0.1", "ml.g5.12xlarge", {"degree": 4}, False),
        # "fits on a single 80 GB GPU", "runs within 16 GB": https://github.com/openai/gpt-oss
        ("gpt-oss-120b", "ml.p5.4xlarge", {"context_tokens": 8192}, True),
        ("gpt-oss-20b", "ml.g6.xlarge", {"context_tokens": 8192}, True),
        # 671 B in fp8 needs eight H200; eight H100 are too small.
        ("deepseek-v3", "ml.p5en.48xlarge", {"degree": 8}, True),
        ("deepseek-v3", "ml.p5.48xlarge", {"degree": 8}, False),
    ],
)
def test_known_cases_come_out_as_people_found_them(shipped, name, type_name, asked, fits):
    assert sized(shipped(name), type_name, **asked).fits is fits


def test_terms_and_reserve_add_up_to_what_is_needed(shipped):
    found = sized(shipped("llama-3.1-8b-instruct"), "ml.g6e.2xlarge", concurrency=16, context_tokens=8192)
    assert [part.name for part in found.terms] == ["weights", "KV cache", "activations", "runtime", "engine reserve"]
    assert term(found, "KV cache") == 16 * GIB
    assert term(found, "engine reserve") == pytest.approx(found.device_bytes / 10, abs=2)
    assert found.needed_bytes == sum(part.size_bytes for part in found.terms)
    assert found.free_bytes == found.device_bytes - found.needed_bytes


def test_a_split_divides_weights_and_heads_but_not_the_runtime(shipped):
    model = shipped("llama-3.1-8b-instruct")
    one, four = sized(model, "ml.g5.12xlarge"), sized(model, "ml.g5.12xlarge", degree=4)
    assert term(one, "weights") == 4 * term(four, "weights")
    assert term(one, "KV cache") == 4 * term(four, "KV cache")
    assert term(four, "runtime") > term(one, "runtime")
    assert any("1 of 4 devices is used: tensor_parallel_degree may be 4" in note for note in one.warnings)


def test_more_devices_than_key_value_heads_repeat_the_cache(shipped):
    model = shipped("gemma-2-2b-it")  # four key-value heads
    four, eight = (sized(model, "ml.g5.48xlarge", degree=degree) for degree in (4, 8))
    assert term(four, "KV cache") == term(eight, "KV cache")


def test_a_neuron_core_has_its_share_of_the_chip(shipped):
    found = sized(shipped("llama-3.1-8b-instruct"), "ml.inf2.8xlarge", engine="neuron", degree=2, volume_gib=100)
    assert (found.device_word, found.device_bytes) == ("NeuronCore", 16 * GIB)
    assert found.fits


def test_a_neuron_graph_reserves_the_full_length_whatever_the_window(shipped):
    model = shipped("mistral-7b-instruct-v0.1")
    asked = {"context_tokens": 32768, "degree": 2}
    gpu = sized(model, "ml.g5.12xlarge", **asked)
    neuron = sized(model, "ml.inf2.24xlarge", engine="neuron", **asked)
    assert term(neuron, "KV cache") == 8 * term(gpu, "KV cache")


def test_an_embedding_keeps_no_cache_and_pays_for_its_batch(shipped):
    model = shipped("bge-large-en-v1.5")
    few, many = (sized(model, "ml.g4dn.xlarge", engine="tei", context_tokens=512, concurrency=n) for n in (1, 64))
    assert term(few, "KV cache") == term(many, "KV cache") == 0
    assert term(many, "activations") == 64 * term(few, "activations")


def test_activations_match_what_the_engine_measured(shipped):
    # 1.26 GiB for Llama 3 8B at vLLM's own 256 sequences: https://github.com/vllm-project/vllm/pull/10511
    found = sized(shipped("llama-3.1-8b-instruct"), "ml.p5.4xlarge", concurrency=256, context_tokens=8192)
    assert term(found, "activations") / GIB == pytest.approx(1.26, rel=0.05)


@pytest.mark.parametrize(
    ("type_name", "engine", "sequences"),
    [
        ("ml.g5.xlarge", "vllm", 256),
        ("ml.p5.4xlarge", "vllm", 1024),
        ("ml.p4de.24xlarge", "vllm", 256),  # large as well, but vLLM keeps A100s at the smaller number
        ("ml.p5.4xlarge", "sglang", 1),
        ("ml.inf2.8xlarge", "neuron", 1),
    ],
)
def test_an_engine_left_to_itself_keeps_room_to_sample_its_own_number_of_sequences(
    shipped, type_name, engine, sequences
):
    left = sized(shipped("gpt-oss-20b"), type_name, engine=engine, concurrency=None, context_tokens=64)
    told = sized(shipped("gpt-oss-20b"), type_name, engine=engine, concurrency=sequences, context_tokens=64)
    assert term(left, "activations") == term(told, "activations")


def test_more_context_than_the_model_was_made_for_is_refused(shipped):
    found = sized(shipped("llama-2-7b"), "ml.p5.48xlarge", context_tokens=4097)
    assert not found.fits and "made for 4096 tokens" in found.problems[0]


def test_an_instance_without_known_memory_never_fits(shipped):
    found = sized(shipped("smollm2-135m-instruct"), "ml.p6e-gb200.36xlarge")
    assert not found.fits and not found.terms
    assert any("is not known" in problem for problem in found.problems)


def test_the_host_is_the_device_of_a_cpu_instance(shipped):
    found = sized(shipped("smollm2-135m-instruct"), "ml.c5.2xlarge", engine="custom")
    assert (found.device_word, found.device_bytes) == ("host", 16 * GIB)
    assert found.fits


def test_an_active_instead_of_a_total_count_is_noticed(make_model):
    honest = make_model(parameters=40_000_000, experts=8)
    active = make_model(parameters=8_000_000, experts=8)
    assert not any("mixture of experts" in note for note in sized(honest, "ml.g5.xlarge").warnings)
    assert any("mixture of experts" in note for note in sized(active, "ml.g5.xlarge").warnings)


GROWING = st.tuples(st.integers(1, 4096), st.integers(0, 4096)).map(lambda pair: (pair[0], sum(pair)))


@given(contexts=GROWING)
def test_more_context_never_needs_less(make_model, contexts):
    less, more = (sized(make_model(max_context_tokens=9000), "ml.g5.xlarge", context_tokens=n) for n in contexts)
    assert less.needed_bytes <= more.needed_bytes


@given(sequences=GROWING)
def test_more_sequences_never_need_less(make_model, sequences):
    less, more = (sized(make_model(), "ml.g5.xlarge", concurrency=n) for n in sequences)
    assert less.needed_bytes <= more.needed_bytes


@given(
    parameters=st.integers(1_000_000, 10**12),
    more=st.integers(0, 10**12),
    dtype=st.sampled_from(["float32", "bfloat16", "fp8", "int8", "int4", "mxfp4"]),
)
def test_more_parameters_never_need_less(make_model, parameters, more, dtype):
    less, larger = (
        sized(make_model(parameters=n, dtype=dtype, experts=2), "ml.p5.48xlarge")
        for n in (parameters, parameters + more)
    )
    assert less.needed_bytes <= larger.needed_bytes


@given(degree=st.sampled_from([1, 2, 4, 8]))
def test_a_wider_split_never_needs_more_weights_on_a_device(make_model, degree):
    whole, part = (sized(make_model(), "ml.p5.48xlarge", degree=n) for n in (1, degree))
    assert term(part, "weights") <= term(whole, "weights")
    assert degree * term(part, "weights") >= term(whole, "weights")
