"""Each engine is told an entry's settings in the words its image reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from modelyard.catalog.entry import Entry
from modelyard.catalog.loader import load
from modelyard.catalog.schema import InstanceServing, ServerlessServing
from modelyard_constructs.engine_environment import engine_environment

CATALOG = Path(__file__).parents[1] / "catalogs" / "four-kinds"


@pytest.fixture(scope="module")
def entries() -> dict[str, Entry]:
    return load(CATALOG, "local").entries


def served_by(entry: Entry, engine: str, **settings: Any) -> dict[str, str]:
    """What the entry's container is told if another engine serves it."""
    serving = InstanceServing.model_validate({"engine": engine, "instance": "ml.g5.12xlarge", **settings})
    return engine_environment(
        Entry(
            name=entry.name,
            endpoint_name=entry.endpoint_name,
            endpoint=entry.endpoint.model_copy(update={"serving": serving}),
            models=entry.models,
            team=entry.team,
            origin=entry.origin,
        )
    )


@pytest.mark.parametrize(
    ("engine", "expected"),
    [
        (
            "vllm",
            {
                "SM_VLLM_MODEL": "/opt/ml/model",
                "SM_VLLM_SERVED_MODEL_NAME": "tiny-chat",
                "SM_VLLM_MAX_MODEL_LEN": "4096",
                "SM_VLLM_MAX_NUM_SEQS": "8",
                "SM_VLLM_TENSOR_PARALLEL_SIZE": "4",
            },
        ),
        (
            "lmi",
            {
                "HF_MODEL_ID": "/opt/ml/model",
                "OPTION_MAX_MODEL_LEN": "4096",
                "OPTION_MAX_ROLLING_BATCH_SIZE": "8",
                "OPTION_TENSOR_PARALLEL_DEGREE": "4",
            },
        ),
        (
            "sglang",
            {
                "SM_SGLANG_MODEL_PATH": "/opt/ml/model",
                "SM_SGLANG_SERVED_MODEL_NAME": "tiny-chat",
                "SM_SGLANG_CONTEXT_LENGTH": "4096",
                "SM_SGLANG_MAX_RUNNING_REQUESTS": "8",
                "SM_SGLANG_TP_SIZE": "4",
            },
        ),
        (
            "tgi",
            {
                "HF_MODEL_ID": "/opt/ml/model",
                "MAX_TOTAL_TOKENS": "4096",
                "MAX_CONCURRENT_REQUESTS": "8",
                "SM_NUM_GPUS": "4",
            },
        ),
    ],
)
def test_an_engine_on_gpus_hears_context_concurrency_and_parallelism(
    entries: dict[str, Entry], engine: str, expected: dict[str, str]
) -> None:
    told = served_by(entries["chat"], engine, max_context_tokens=4096, max_concurrency=8, tensor_parallel_degree=4)
    assert told == expected


def test_neuron_hears_the_compiled_shape_in_its_plugins_words(entries: dict[str, Entry]) -> None:
    told = served_by(entries["chat"], "neuron", max_context_tokens=4096, max_concurrency=8, tensor_parallel_degree=2)
    assert told == {
        "SM_ON_MODEL": "/opt/ml/model",
        "SM_ON_SEQUENCE_LENGTH": "4096",
        "SM_ON_BATCH_SIZE": "8",
        "SM_ON_TENSOR_PARALLEL_SIZE": "2",
    }


def test_llama_server_shares_its_context_between_its_slots(entries: dict[str, Entry]) -> None:
    told = served_by(entries["chat"], "llama-cpp", max_context_tokens=2048, max_concurrency=4)
    assert told["SM_LLAMA_CPP_CTX_SIZE"] == "8192"
    assert told["SM_LLAMA_CPP_PARALLEL"] == "4"


def test_an_embedding_engine_batches_as_many_tokens_as_its_requests_can_bring(entries: dict[str, Entry]) -> None:
    told = served_by(entries["chat"], "tei", max_context_tokens=512, max_concurrency=16)
    assert told == {"HF_MODEL_ID": "/opt/ml/model", "MAX_BATCH_TOKENS": "8192", "MAX_CONCURRENT_REQUESTS": "16"}


def test_the_cpu_server_hears_its_own_variables_and_serverless_containers_answer_one_at_a_time(
    entries: dict[str, Entry],
) -> None:
    entry = entries["answers"]
    assert isinstance(entry.endpoint.serving, ServerlessServing)
    assert engine_environment(entry) == {"MODELYARD_MAX_RUNNING_REQUESTS": "1"}


def test_what_is_not_said_is_left_to_the_engine(entries: dict[str, Entry]) -> None:
    told = served_by(entries["chat"], "vllm")
    assert told == {"SM_VLLM_MODEL": "/opt/ml/model", "SM_VLLM_SERVED_MODEL_NAME": "tiny-chat"}


def test_an_entrys_own_variables_win_and_come_in_alphabetical_order(entries: dict[str, Entry]) -> None:
    told = served_by(
        entries["chat"],
        "vllm",
        max_context_tokens=4096,
        environment={"SM_VLLM_MAX_MODEL_LEN": "1024", "B": "2", "A": "1"},
    )
    assert told["SM_VLLM_MAX_MODEL_LEN"] == "1024"
    assert list(told)[-2:] == ["A", "B"]


def test_several_models_have_no_one_name(entries: dict[str, Entry]) -> None:
    assert not [key for key in engine_environment(entries["shelf"]) if "NAME" in key]


def test_graphs_that_were_compiled_say_what_the_engine_is_told(entries: dict[str, Entry]) -> None:
    compiled = {
        "sequence_length": 2048,
        "batch_size": 4,
        "tensor_parallel_degree": 2,
        "artefacts": {"s3": "s3://weights/neuron/"},
    }
    told = served_by(entries["chat"], "neuron", compiled=compiled)
    assert told == {
        "SM_ON_MODEL": "/opt/ml/model",
        "SM_ON_SEQUENCE_LENGTH": "2048",
        "SM_ON_BATCH_SIZE": "4",
        "SM_ON_TENSOR_PARALLEL_SIZE": "2",
    }
