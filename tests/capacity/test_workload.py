"""What an entry asks of a model, and which defaults were taken for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelyard.capacity.workload import entry_workload, workload
from modelyard.catalog.loader import load


@pytest.fixture(scope="module")
def entries():
    return load(Path(__file__).parents[1] / "catalogs" / "shipped", "prod").entries


def test_an_entry_says_what_it_asks(entries):
    entry = entries["support-chat-inf2"]
    (model,) = entry.models.values()
    asked = entry_workload(entry, model)
    assert (asked.engine, asked.context_tokens, asked.concurrency) == ("neuron", 4096, 4)
    assert (asked.degree, asked.volume_gib, asked.packed, asked.assumptions) == (2, 128, False, ())


def test_a_serverless_container_answers_one_request_at_a_time(entries):
    entry = entries["faq-answers"]
    (model,) = entry.models.values()
    asked = entry_workload(entry, model)
    assert (asked.concurrency, asked.serverless, asked.packed) == (1, True, True)


def test_models_of_a_shared_endpoint_arrive_packed(entries):
    entry = entries["house-models"]
    assert all(entry_workload(entry, model).packed for model in entry.models.values())


def test_every_default_that_was_taken_is_told(make_model):
    asked = workload(make_model(max_context_tokens=777), engine="vllm")
    assert (asked.context_tokens, asked.concurrency, asked.dtype) == (777, 1, "float16")
    assert [line.split(" is ")[0] for line in asked.assumptions] == ["max_context_tokens", "max_concurrency"]
    assert workload(make_model(), engine="vllm", context_tokens=5, concurrency=2).assumptions == ()


def test_only_lmi_splits_a_model_over_all_devices_unasked(make_model):
    assert workload(make_model(), engine="lmi").widest
    assert not workload(make_model(), engine="lmi", degree=1).widest
    assert not workload(make_model(), engine="vllm").widest


def test_a_format_on_the_command_line_wins_over_the_environment_and_that_over_the_model(make_model):
    set_up = {"SM_VLLM_DTYPE": "float32"}
    assert workload(make_model(), engine="vllm", environment=set_up).dtype == "float32"
    assert workload(make_model(), engine="vllm", environment=set_up, dtype="int4").dtype == "int4"


def test_float32_weights_run_as_float16_unless_somebody_says_otherwise(make_model):
    model = make_model(dtype="float32")
    halved = workload(model, engine="vllm", context_tokens=5, concurrency=2)
    assert halved.dtype == "float16" and "float32 weights as float16" in halved.assumptions[0]
    assert workload(model, engine="vllm", environment={"SM_VLLM_DTYPE": "float32"}).dtype == "float32"
    assert workload(model, engine="vllm", dtype="float32").dtype == "float32"
    assert workload(model, engine="tei").dtype == workload(model, engine="custom").dtype == "float32"
