from __future__ import annotations


def test_an_engine_for_gpus_has_no_image_for_cpus(house):
    [said] = house.entry("real-time", serving={"instance": "ml.m5.xlarge"}).found("MY017")
    assert said.startswith("engine vllm publishes no image for cpu on x86_64, only for gpu on x86_64")


def test_an_engine_for_neuron_has_no_image_for_gpus(house):
    assert len(house.entry("real-time", serving={"engine": "neuron"}).found("MY017")) == 1


def test_an_image_is_not_published_everywhere(house):
    house.environment("here", region="eu-north-1")
    house.entry("real-time", serving={"engine": "neuron", "instance": "ml.inf2.8xlarge"})
    [said] = house.found("MY017")
    assert "huggingface-vllm-inference-neuronx is not published in eu-north-1" in said


def test_engine_custom_needs_an_image(house):
    [said] = house.entry("real-time", serving={"engine": "custom"}).found("MY017")
    assert said.startswith("engine custom brings its own image: add serving.image")


def test_an_image_from_elsewhere_than_ecr_is_refused(house):
    [said] = house.entry("real-time", serving={"image": "docker.io/vllm/vllm-openai:v0.9"}).found("MY017")
    assert "SageMaker pulls from ECR" in said


def test_an_image_without_a_tag_is_refused(house):
    [said] = house.entry("real-time", serving={"image": "own/engine"}).found("MY017")
    assert said.startswith("image own/engine has no tag")


def test_llama_cpp_runs_on_graviton(house):
    house.entry("real-time", serving={"engine": "llama-cpp", "instance": "ml.c7g.4xlarge"})
    assert house.found("MY017") == []
