from __future__ import annotations

from pathlib import Path

import pytest

from modelyard.capacity.serving_image import host_image, serving_image
from modelyard.catalog.loader import load

FOUR_KINDS = Path(__file__).parents[1] / "catalogs" / "four-kinds"


@pytest.mark.parametrize(
    ("entry", "repository", "host"),
    [
        ("chat", "vllm", "al2023-ami-sagemaker-inference-gpu-4-1"),
        ("chat-neuron", "huggingface-vllm-inference-neuronx", "al2-ami-sagemaker-inference-neuron-2"),
        ("summaries", "vllm", "al2023-ami-sagemaker-inference-gpu-4-1"),
        ("answers", "modelyard/llm-cpu", None),
        ("shelf", "modelyard/llm-cpu", None),
    ],
)
def test_an_entrys_instances_decide_its_image_and_its_hosts(entry, repository, host):
    catalog = load(FOUR_KINDS, "guarded")
    found = catalog.entries[entry]
    image = serving_image(found, catalog.environment)
    assert image.repository == repository
    assert host_image(found, image) == host
    assert image.region == "us-east-1"


def test_an_own_image_lies_in_the_environments_account():
    catalog = load(FOUR_KINDS, "guarded")
    assert serving_image(catalog.entries["answers"], catalog.environment).account == "111122223333"
