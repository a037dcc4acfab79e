from __future__ import annotations

BILLION = 10**9


def said(house, kind="real-time", parameters=7 * BILLION, model=None, **serving):
    house.model("open-model", parameters=parameters, **(model or {}))
    return house.entry(kind, serving=serving).found("MY051")


def test_weights_that_exceed_the_accelerator_are_told_with_both_sizes(house):
    [first, *_] = said(house, parameters=20 * BILLION, instance="ml.g5.16xlarge")
    assert "takes 4" in first and "GiB on each GPU of ml.g5.16xlarge, which has 2" in first
    assert first.endswith("`modelyard fit probe` shows every term")


def test_a_model_that_fits_is_no_news(house):
    assert said(house) == []


def test_the_cache_of_long_sequences_counts(house):
    wide = {"layers": 32, "kv_heads": 12, "head_dim": 128}
    model = {"architecture": {**wide, "max_context_tokens": 32768}}
    assert said(house, model=model, max_concurrency=1, max_context_tokens=2048) == []
    assert len(said(house, model=model, max_concurrency=32, max_context_tokens=32768)) == 1


def test_every_type_of_a_list_is_looked_at(house):
    two = ["ml.g5.2xlarge", "ml.g6e.2xlarge"]
    [only] = said(house, parameters=14 * BILLION, instance=two)
    assert "ml.g5.2xlarge" in only


def test_a_serverless_container_holds_the_model_in_its_memory(house):
    assert len(said(house, "serverless", parameters=3 * BILLION, memory_mb=2048)) >= 1
    assert said(house, "serverless", parameters=BILLION // 4, memory_mb=2048) == []


def test_a_split_that_cannot_be_is_left_to_its_own_rule(house):
    assert said(house, instance="ml.g5.12xlarge", tensor_parallel_degree=8) == []
    assert "MY019" in house.breaks()


def test_an_image_that_cannot_be_named_is_left_to_its_own_rule(house):
    assert said(house, instance="ml.m5.xlarge") == []
    assert "MY017" in house.breaks()
