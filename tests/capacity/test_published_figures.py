"""docs/memory-fit.md says how far off the fit is: what it calls `said` is what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from modelyard.capacity.device_weights import device_weight_bytes
from modelyard.capacity.headroom import longest_context
from modelyard.capacity.instances import instance
from modelyard.capacity.kv_cache import sequence_bytes, token_bytes
from modelyard.capacity.memory_fit import GIB, fit
from modelyard.capacity.weights import weight_bytes
from modelyard.capacity.workload import workload

PAGE = Path(__file__).parents[2] / "docs" / "memory-fit.md"
ROW = re.compile(r"^\| (?P<what>[^|]+) \| (?P<said>[\d.]+) \| (?P<found>[\d.]+) \| (?P<error>[-+]?[\d.]+) % \|", re.M)
ROWS = {match["what"]: match for match in ROW.finditer(PAGE.read_text("utf-8"))}
# The engine's own limit of sequences while it profiles, at the time of the reports.
SEQUENCES = 256


def terms(shipped, name, type_name, degree=1):
    model = shipped(name)
    asked = workload(model, engine="vllm", context_tokens=4096, concurrency=SEQUENCES, degree=degree, any_volume=True)
    return fit(name, model, asked, instance(type_name))


def left_for_the_cache(shipped, *asked):
    found = terms(shipped, *asked)
    return (found.device_bytes - sum(term.size_bytes for term in found.terms if term.name != "KV cache")) / GIB


def thousand_tokens(model, type_name, *, variables, engine="vllm", dtype=None, degree=1):
    work = workload(
        model, engine=engine, context_tokens=1, dtype=dtype, degree=degree, environment=variables, any_volume=True
    )
    return longest_context(model, work, instance(type_name)) / 1000


def said(shipped, make_model):
    llama_8b = shipped("llama-3.1-8b-instruct")
    qwen3_235b_whole = make_model(
        parameters=235_093_634_560,
        dtype="fp8",
        layers=94,
        hidden_size=4096,
        attention_heads=64,
        kv_heads=4,
        head_dim=128,
        intermediate_size=1536,
        experts=128,
        vocabulary_size=151_936,
        max_context_tokens=10_000_000,
    )
    qwen3_235b = qwen3_235b_whole.architecture
    mixtral = shipped("mixtral-8x7b-instruct-v0.1")
    endless = mixtral.architecture.model_copy(update={"max_context_tokens": 10_000_000})
    left_to_itself = workload(qwen3_235b_whole, engine="vllm", context_tokens=40_960, degree=4)
    on_h100 = fit("", qwen3_235b_whole, left_to_itself, instance("ml.p5.48xlarge"))
    activations = next(
        term for term in terms(shipped, "llama-3.1-8b-instruct", "ml.p5.4xlarge").terms if term.name == "activations"
    )
    return {
        "weights, Llama 3 8B, GiB": weight_bytes(llama_8b) / GIB,
        "weights on each of two GPUs, Qwen2.5 14B, GiB": weight_bytes(shipped("qwen2.5-14b-instruct")) / 2 / GIB,
        "weights, gpt-oss 20B in mxfp4, GiB": weight_bytes(shipped("gpt-oss-20b")) / GIB,
        "weights, gpt-oss 120B in mxfp4, GiB": weight_bytes(shipped("gpt-oss-120b")) / GIB,
        "weights loaded, gpt-oss 120B on one H100, GiB": device_weight_bytes(
            shipped("gpt-oss-120b"), "mxfp4", degree=1, processor="gpu"
        )
        / GIB,
        "left for the cache, Qwen3 235B in fp8 on each of four H100, GiB": (
            on_h100.device_bytes - sum(term.size_bytes for term in on_h100.terms if term.name != "KV cache")
        )
        / GIB,
        "thousand tokens in the cache, Qwen3 235B in fp8 on four H100, SGLang": thousand_tokens(
            qwen3_235b_whole,
            "ml.p5.48xlarge",
            engine="sglang",
            degree=4,
            variables={"SM_SGLANG_MEM_FRACTION_STATIC": "0.93"},
        ),
        "thousand tokens in the cache, Mixtral 8x7B in int4 on half of each of two A100 40": thousand_tokens(
            mixtral.model_copy(update={"architecture": endless}),
            "ml.p4d.24xlarge",
            dtype="int4",
            degree=2,
            variables={"SM_VLLM_GPU_MEMORY_UTILIZATION": "0.5"},
        ),
        "cache of 128,000 tokens, Llama 3.1 8B, GiB": sequence_bytes(
            llama_8b.architecture, context_tokens=128_000, element_bytes=2
        )
        / GIB,
        "cache of a token, 13 B with multi-head attention, KiB": token_bytes(
            shipped("llama-2-13b").architecture, element_bytes=2
        )
        / 1024,
        "cache of a token, DeepSeek-V3, KB": token_bytes(shipped("deepseek-v3").architecture, element_bytes=2) / 1000,
        "cache of a token on each of four GPUs, Qwen3 235B, KB": token_bytes(qwen3_235b, element_bytes=2, degree=4)
        / 1000,
        "activations, Llama 3 8B, GiB": activations.size_bytes / GIB,
        "left for the cache, Llama 2 7B on A100 80, GiB": left_for_the_cache(shipped, "llama-2-7b", "ml.p4de.24xlarge"),
        "left for the cache, Llama 3 8B on H100, GiB": left_for_the_cache(
            shipped, "llama-3.1-8b-instruct", "ml.p5.4xlarge"
        ),
        "left for the cache, Llama 3 8B on each of two H100, GiB": left_for_the_cache(
            shipped, "llama-3.1-8b-instruct", "ml.p5.48xlarge", 2
        ),
        "left for the cache, Llama 2 70B on each of four A100 80, GiB": left_for_the_cache(
            shipped, "llama-2-70b", "ml.p4de.24xlarge", 4
        ),
    }


def test_the_page_says_what_the_code_says(shipped, make_model):
    figures = said(shipped, make_model)
    assert {what: f"{figure:.2f}" for what, figure in figures.items()} == {
        what: row["said"] for what, row in ROWS.items()
    }


@pytest.mark.parametrize("what", ROWS)
def test_each_error_is_the_difference_of_its_row(what):
    row = ROWS[what]
    assert float(row["error"]) == pytest.approx((float(row["said"]) / float(row["found"]) - 1) * 100, abs=0.35)
