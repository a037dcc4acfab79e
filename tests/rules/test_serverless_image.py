from __future__ import annotations


def test_an_engine_for_gpus_is_refused(house):
    [said] = house.entry("serverless", serving={"engine": "vllm", "image": None}).found("MY025")
    assert said.startswith("engine vllm needs gpu, which a serverless endpoint lacks")


def test_an_engine_for_neuron_is_refused(house):
    [said] = house.entry("serverless", serving={"engine": "neuron", "image": None}).found("MY025")
    assert said.startswith("engine neuron needs neuron")


def test_an_image_for_gpus_is_refused(house):
    [said] = house.entry("serverless", serving={"image": "own/engine:1-cu130"}).found("MY025")
    assert said.startswith("the image own/engine:1-cu130 is for gpu")


def test_another_accounts_image_is_refused(house):
    image = "444455556666.dkr.ecr.us-east-1.amazonaws.com/engine:1-cpu"
    [said] = house.entry("serverless", serving={"image": image}).found("MY025")
    assert said.startswith(
        "the image lies in account 444455556666, but a serverless endpoint pulls only from 111122223333"
    )


def test_an_image_that_aws_publishes_passes(house):
    assert house.entry("serverless", serving={"engine": "llama-cpp", "image": None}).found("MY025") == []
