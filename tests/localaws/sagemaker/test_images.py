"""Which process stands in for which image."""

from pathlib import Path

import pytest

from localaws.sagemaker.images import ImageTable, repository_name, tag

DLC = "763104351884.dkr.ecr.us-east-1.amazonaws.com"


@pytest.mark.parametrize(
    ("image", "repository", "image_tag"),
    [
        (f"{DLC}/djl-inference:0.36.0-lmi20.0.0-cu128", "djl-inference", "0.36.0-lmi20.0.0-cu128"),
        ("localhost:5000/team/modelyard/llm-cpu:1", "team/modelyard/llm-cpu", "1"),
        (f"{DLC}/vllm@sha256:{'0' * 64}", "vllm", None),
        ("modelyard/llm-cpu", "modelyard/llm-cpu", None),
    ],
)
def test_an_image_uri_has_a_repository_and_perhaps_a_tag(image: str, repository: str, image_tag: str | None) -> None:
    assert repository_name(image) == repository
    assert tag(image) == image_tag


@pytest.mark.parametrize(
    "repository",
    [
        "vllm",
        "huggingface-vllm",
        "huggingface-vllm-inference-neuronx",
        "huggingface-pytorch-tgi-inference",
        "djl-inference",
        "sglang",
        "tei",
        "tei-cpu",
        "llama-cpp",
        "huggingface-llamacpp",
        "modelyard/llm-cpu",
        "cdk-hnb659fds/modelyard/llm-cpu",
    ],
)
def test_the_images_of_the_catalog_are_mapped_and_say_so(repository: str) -> None:
    image = f"{DLC}/{repository}:1.0"
    stand_in = ImageTable(environment={"MODELYARD_ENGINE_PYTHON": "/engine/python"}).stand_in(image)
    assert stand_in is not None
    assert stand_in.command == ("/engine/python", "-m", "containers.llm_cpu.serve")
    assert image in stand_in.note


def test_the_engine_defaults_to_the_repositorys_own_environment() -> None:
    stand_in = ImageTable(environment={}).stand_in(f"{DLC}/vllm:1")
    assert stand_in is not None
    assert Path(stand_in.command[0]) == stand_in.working_folder / ".venv-engine" / "bin" / "python"


def test_an_image_that_nobody_maps_has_no_stand_in() -> None:
    assert ImageTable().stand_in(f"{DLC}/sagemaker-xgboost:1.7") is None


def test_the_first_matching_entry_decides(tmp_path: Path) -> None:
    table = tmp_path / "images.yaml"
    table.write_text(
        'images:\n- {repository: "a*", command: ["{python}"], note: first}\n'
        '- {repository: "*", command: ["x"], note: second}\n'
    )
    first = ImageTable(table).stand_in("abc:1")
    second = ImageTable(table).stand_in("xyz:1")
    assert first is not None
    assert second is not None
    assert (first.note, second.note) == ("first", "second")
