"""The facts of the shipped models, held against each other and against totals that their makers published."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelyard.catalog.model_file import read_model

CATALOG = Path(__file__).parents[1] / "catalogs" / "shipped"
NAMES = sorted(path.stem for path in CATALOG.glob("models/*.yaml"))
# Billions, as the model cards and papers round them.
PUBLISHED = {
    "bge-large-en-v1.5": 0.335,
    "deepseek-v2-lite-chat": 15.7,
    "deepseek-v3": 671,
    "falcon-7b-instruct": 6.92,
    "gemma-2-27b-it": 27.2,
    "gemma-2-2b-it": 2.61,
    "gemma-2-9b-it": 9.24,
    "gemma-3-1b-it": 1.0,
    "gpt-oss-120b": 116.83,
    "gpt-oss-20b": 20.91,
    "llama-2-13b": 13.0,
    "llama-2-70b": 69.0,
    "llama-2-7b": 6.74,
    "llama-3.2-1b-instruct": 1.24,
    "llama-3.3-70b-instruct": 70.6,
    "mistral-7b-instruct-v0.1": 7.24,
    "mistral-7b-instruct-v0.3": 7.25,
    "mixtral-8x22b-instruct-v0.1": 140.6,
    "mixtral-8x7b-instruct-v0.1": 46.7,
    "phi-3-mini-4k-instruct": 3.82,
    "phi-4": 14.7,
    "qwen2.5-1.5b-instruct": 1.54,
    "qwen2.5-32b-instruct": 32.8,
    "qwen2.5-7b-instruct": 7.62,
    "qwen3-14b": 14.8,
    "qwen3-30b-a3b": 30.5,
    "qwen3-32b": 32.8,
    "qwen3-8b": 8.19,
}


@pytest.mark.parametrize(("name", "billions"), PUBLISHED.items())
def test_parameters_are_those_that_the_makers_state(name, billions):
    assert read_model(CATALOG, name).parameters / 1e9 == pytest.approx(billions, rel=0.004)


@pytest.mark.parametrize("name", NAMES)
def test_heads_and_sources_are_whole(name):
    model = read_model(CATALOG, name)
    shape = model.architecture
    assert shape.attention_heads % shape.kv_heads == 0
    assert shape.intermediate_size is not None
    assert all(source.startswith("https://") or "on PyPI" in source for source in model.facts.sources)


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith(("llama", "gemma"))])
def test_a_gated_licence_asks_for_acceptance(name):
    licence = read_model(CATALOG, name).licence
    assert (licence.acceptance, licence.version) == ("explicit", licence.name)
