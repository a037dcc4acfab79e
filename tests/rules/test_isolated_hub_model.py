from __future__ import annotations

NETWORK = {"subnets": ["subnet-0a1b2c3d4e5f60001"], "security_groups": ["sg-0a1b2c3d4e5f60003"]}
HUB = {"environment": {"HF_MODEL_ID": "meta-llama/Llama-3.1-8B-Instruct"}}


def test_an_isolated_container_cannot_download_from_a_hub(house):
    [said] = house.environment("here", network=NETWORK).entry("real-time", serving=HUB).found("MY034")
    assert said.startswith(
        "HF_MODEL_ID is meta-llama/Llama-3.1-8B-Instruct, which an isolated container cannot download"
    )


def test_a_container_with_a_network_can(house):
    house.environment("here", network={**NETWORK, "isolate": False}).entry("real-time", serving=HUB)
    assert house.found("MY034") == []


def test_an_environment_without_a_vpc_isolates_nothing(house):
    assert house.entry("real-time", serving=HUB).found("MY034") == []


def test_an_environment_may_isolate_without_a_vpc(house):
    house.environment("here", isolate=True).entry("real-time", serving=HUB)
    assert len(house.found("MY034")) == 1
    house.environment("here", isolate=False, network=NETWORK)
    assert house.found("MY034") == []


def test_a_folder_of_the_container_passes(house):
    serving = {"environment": {"HF_MODEL_ID": "/opt/ml/model"}}
    assert house.environment("here", network=NETWORK).entry("real-time", serving=serving).found("MY034") == []


def test_a_serverless_endpoint_is_never_isolated(house):
    assert house.environment("here", network=NETWORK).entry("serverless", serving=HUB).found("MY034") == []
