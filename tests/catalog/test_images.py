from __future__ import annotations

import pytest

from modelyard.catalog.images import ImageError, published_processors, resolve_image
from modelyard.catalog.schema import InstanceServing

TGI = "huggingface-pytorch-tgi-inference:2.7.0-tgi3.3.6-gpu-py311-cu124-ubuntu22.04"
NEURON = "huggingface-vllm-inference-neuronx:0.11.0-optimum0.4.5-neuronx-py310-sdk2.26.1-ubuntu22.04"


def image(engine, processor="gpu", architecture="x86_64", region="us-east-1", **own):
    return resolve_image(
        engine=engine, processor=processor, architecture=architecture, region=region, account="111122223333", **own
    )


@pytest.mark.parametrize(
    ("engine", "processor", "architecture", "account", "name"),
    [
        ("vllm", "gpu", "x86_64", "763104351884", "vllm:0.27.1-gpu-py312-cu130-ubuntu22.04-sagemaker"),
        ("lmi", "gpu", "x86_64", "763104351884", "djl-inference:0.36.0-lmi27.0.0-cu130"),
        ("sglang", "gpu", "x86_64", "763104351884", "sglang:0.5.17-gpu-py312-cu130-ubuntu24.04-sagemaker"),
        ("tgi", "gpu", "x86_64", "763104351884", TGI),
        ("tei", "gpu", "x86_64", "683313688378", "tei:2.0.1-tei1.8.2-gpu-py310-cu122-ubuntu22.04"),
        ("tei", "cpu", "x86_64", "683313688378", "tei-cpu:2.0.1-tei1.8.2-cpu-py310-ubuntu22.04"),
        ("neuron", "neuron", "x86_64", "763104351884", NEURON),
        ("llama-cpp", "cpu", "x86_64", "763104351884", "llama-cpp:server-sagemaker-cpu-v1.0.1"),
        ("llama-cpp", "cpu", "arm64", "763104351884", "llama-cpp-arm64:server-sagemaker-cpu-v1.0.1"),
    ],
)
def test_an_engine_names_the_image_that_its_vendor_publishes(engine, processor, architecture, account, name):
    found = image(engine, processor, architecture)
    assert found.uri == f"{account}.dkr.ecr.us-east-1.amazonaws.com/{name}"
    assert (found.processor, found.published_by_vendor) == (processor, True)


def test_every_region_has_a_registry_of_its_own():
    assert image("vllm", region="eu-south-1").uri.startswith("692866216735.dkr.ecr.eu-south-1.amazonaws.com/vllm:")
    assert image("vllm", region="cn-north-1").uri.startswith("727897471807.dkr.ecr.cn-north-1.amazonaws.com.cn/vllm:")
    assert image("tei", region="eu-west-1").account == "141502667606"


def test_another_tag_of_the_engines_repository_is_taken_as_written():
    assert image("vllm", image_tag="0.19.1-gpu-py312-cu129-ubuntu22.04-sagemaker").uri.endswith(
        "/vllm:0.19.1-gpu-py312-cu129-ubuntu22.04-sagemaker"
    )


@pytest.mark.parametrize(
    ("tag", "host_image"),
    [
        ("0.19.1-gpu-py312-cu129-ubuntu22.04-sagemaker", "al2-ami-sagemaker-inference-gpu-3-1"),
        ("0.20.2-gpu-py312-cu130-ubuntu22.04-sagemaker", "al2023-ami-sagemaker-inference-gpu-4-1"),
        ("server-sagemaker-cuda-v1", "al2-ami-sagemaker-inference-gpu-3-1"),
        ("server-sagemaker-cuda-v2.3", "al2023-ami-sagemaker-inference-gpu-4-1"),
        ("0.33.0-lmi15.0.0-cu128", "al2-ami-sagemaker-inference-gpu-3-1"),
        ("0.36.0-lmi28.0.0-cu130", "al2023-ami-sagemaker-inference-gpu-4-1"),
        ("nightly", None),
    ],
)
def test_the_hosts_driver_follows_the_cuda_version_of_the_tag(tag, host_image):
    assert image("vllm", image_tag=tag).inference_ami_version("gpu") == host_image


def test_neuron_gets_its_own_host_image_and_cpus_get_none():
    assert image("neuron", "neuron").inference_ami_version("neuron") == "al2-ami-sagemaker-inference-neuron-2"
    assert image("llama-cpp", "cpu").inference_ami_version("cpu") is None


class TestOwnImages:
    def test_a_short_name_lies_in_the_environments_own_registry(self):
        own = image("custom", "cpu", image="modelyard/llm-cpu:0.1.0")
        assert own.uri == "111122223333.dkr.ecr.us-east-1.amazonaws.com/modelyard/llm-cpu:0.1.0"
        assert (own.repository, own.tag, own.processor) == ("modelyard/llm-cpu", "0.1.0", "cpu")
        assert not own.published_by_vendor

    def test_a_full_uri_is_taken_as_written(self):
        uri = "444455556666.dkr.ecr.eu-west-1.amazonaws.com/team/engine:2.0-cu130"
        own = image("custom", image=uri)
        assert (own.uri, own.account, own.region, own.cuda_major) == (uri, "444455556666", "eu-west-1", 13)

    def test_a_digest_may_stand_for_a_tag(self):
        digest = "sha256:" + "a" * 64
        assert image("custom", image=f"engine@{digest}").uri.endswith(f"/engine@{digest}")

    def test_an_own_image_of_a_known_engine_is_taken_as_written(self):
        assert image("vllm", image="mirror/vllm:0.27.1-cu130").uri.startswith("111122223333.dkr.ecr.us-east-1.")

    @pytest.mark.parametrize("name", ["engine", "docker.io/a/b:1", "Engine:1", "a b:1", "https://x/y:1", ":1", ""])
    def test_what_ecr_cannot_hold_is_refused(self, name):
        with pytest.raises(ImageError):
            image("custom", image=name)

    def test_image_and_image_tag_exclude_each_other(self):
        with pytest.raises(ImageError, match="are both given: keep one of them"):
            image("vllm", image="a:1", image_tag="2")


def test_every_engine_of_the_schema_but_custom_publishes_an_image():
    engines = InstanceServing.model_fields["engine"].annotation.__args__
    assert {engine for engine in engines if not published_processors(engine)} == {"custom"}
