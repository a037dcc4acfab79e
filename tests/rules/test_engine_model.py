from __future__ import annotations

import pytest

SHAPE = {
    "layers": 2,
    "hidden_size": 64,
    "attention_heads": 8,
    "kv_heads": 8,
    "head_dim": 8,
    "vocabulary_size": 100,
    "max_context_tokens": 512,
}


def told(house, engine, *, task="chat", **shape):
    house.model("probed", task=task, architecture={**SHAPE, **shape})
    instance = "ml.inf2.8xlarge" if engine == "neuron" else "ml.g5.2xlarge"
    return house.entry("real-time", model="probed", serving={"engine": engine, "instance": instance}).found("MY072")


@pytest.mark.parametrize("task", ["chat", "text-generation"])
def test_text_embeddings_inference_writes_no_text(house, task):
    assert told(house, "tei", task=task) == [
        f"engine tei answers embeddings only, and probed is for {task}: use vllm or another engine for text"
    ]


@pytest.mark.parametrize("engine", ["vllm", "lmi", "neuron"])
def test_an_encoder_with_a_decoder_runs_on_few_engines(house, engine):
    [said] = told(house, engine, task="text-generation", encoder_layers=2)
    assert said == (
        f"engine {engine} runs decoders only, and probed is an encoder with a decoder: use tgi, or engine custom with "
        "an image that runs it"
    )


def test_text_generation_inference_embeds_nothing(house):
    [said] = told(house, "tgi", task="embedding")
    assert "writes text only, and probed is for embeddings" in said


@pytest.mark.parametrize(
    ("engine", "task", "shape"),
    [("tei", "embedding", {}), ("vllm", "embedding", {}), ("vllm", "chat", {}), ("tgi", "chat", {"encoder_layers": 2})],
)
def test_engines_that_run_the_model_pass(house, engine, task, shape):
    assert told(house, engine, task=task, **shape) == []


def test_an_own_image_runs_what_it_runs(house):
    house.model("probed", task="embedding", architecture=SHAPE)
    serving = {"engine": "custom", "image": "own/engine:1", "instance": "ml.g5.2xlarge"}
    assert house.entry("real-time", model="probed", serving=serving).found("MY072") == []
