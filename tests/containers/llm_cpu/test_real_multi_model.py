"""The real server process with two real models, each in a process of its own."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest


@pytest.fixture(scope="module")
def server(start_server: Any) -> Any:
    running = start_server(SAGEMAKER_MULTI_MODEL="true")
    running.wait_until_healthy()
    return running


@pytest.fixture
def both(server: Any, generation_model: Path, embedding_model: Path) -> Any:
    """SageMaker names a model by a hash and posts the folder it unpacked."""
    for name, folder in (("chat", generation_model), ("minilm", embedding_model)):
        answer = server.post("/models", {"model_name": name, "url": str(folder)})
        assert answer.status_code == 200, answer.text
    yield server
    for name in ("chat", "minilm"):
        httpx.delete(f"{server.url}/models/{name}")


def test_a_generating_and_an_embedding_model_answer_side_by_side(both: Any) -> None:
    chat = both.post(
        "/models/chat/invoke", {"messages": [{"role": "user", "content": "What is gravity?"}], "max_tokens": 8}
    )
    assert "gravity" in chat.json()["choices"][0]["message"]["content"].lower()
    embedding = both.post("/models/minilm/invoke", {"inputs": "What is gravity?"})
    assert len(embedding.json()[0]) == 384
    assert both.metric("vllm:generation_tokens_total", model_name="SmolLM2-135M-Instruct.Q4_1") >= 8
    assert both.metric("vllm:prompt_tokens_total", model_name="model") >= 6


def test_unloading_gives_the_memory_back(both: Any) -> None:
    [generating, _embedding] = workers = both.workers()
    used = [psutil.Process(pid).memory_info().rss for pid in workers]
    assert min(used) > 150 * 1024 * 1024
    assert httpx.delete(f"{both.url}/models/chat", timeout=30).status_code == 200
    assert not psutil.pid_exists(generating)
    assert len(both.workers()) == 1


def test_a_model_whose_process_dies_can_be_loaded_again(both: Any, generation_model: Path) -> None:
    psutil.Process(both.workers()[0]).kill()
    deadline = time.monotonic() + 5
    while httpx.get(f"{both.url}/models/chat").status_code == 200 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert both.post("/models/chat/invoke", {"inputs": "x"}).status_code == 404
    again = both.post("/models", {"model_name": "chat", "url": str(generation_model)})
    assert again.status_code == 200
    assert both.post("/models/chat/invoke", {"inputs": "The capital of France is"}).status_code == 200
