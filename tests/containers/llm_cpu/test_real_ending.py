"""How the real server process starts badly and ends well."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import struct
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

LONG = {"messages": [{"role": "user", "content": "Tell a story."}], "max_tokens": 150, "ignore_eos": True}


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_the_whole_group_lets_running_answers_finish_and_leaves_no_process(
    start_server: Any, generation_model: Path, ending: signal.Signals
) -> None:
    server = start_server(MODELYARD_MODEL_DIR=str(generation_model))
    server.wait_until_healthy()
    workers = server.workers()
    with ThreadPoolExecutor(2) as pool:
        whole = pool.submit(server.post, "/invocations", LONG)
        streamed = pool.submit(server.events, LONG)
        while server.metric("vllm:num_requests_running") < 2:
            time.sleep(0.01)
        os.killpg(server.process.pid, ending)
        assert server.process.wait(timeout=120) == 0
        assert whole.result().json()["usage"]["completion_tokens"] == 150
        assert streamed.result()[-1] == "[DONE]"
    assert not any(psutil.pid_exists(worker) for worker in workers)


def test_an_answer_that_takes_too_long_is_cut_when_the_time_to_drain_is_over(
    start_server: Any, generation_model: Path
) -> None:
    server = start_server(MODELYARD_MODEL_DIR=str(generation_model), MODELYARD_DRAIN_SECONDS="1")
    server.wait_until_healthy()
    with ThreadPoolExecutor(1) as pool:
        endless = pool.submit(server.post, "/invocations", {**LONG, "max_tokens": 8000})
        while server.metric("vllm:num_requests_running") < 1:
            time.sleep(0.01)
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(timeout=120)
        assert endless.exception() is not None or endless.result().status_code != 200


def test_an_engine_never_outlives_a_server_that_was_killed(start_server: Any, generation_model: Path) -> None:
    server = start_server(MODELYARD_MODEL_DIR=str(generation_model))
    server.wait_until_healthy()
    [worker] = server.workers()
    server.process.kill()
    _gone, alive = psutil.wait_procs([psutil.Process(worker)] if psutil.pid_exists(worker) else [], timeout=10)
    assert not alive


def test_a_folder_without_a_model_ends_the_server_with_one_sentence(start_server: Any, tmp_path: Path) -> None:
    server = start_server(MODELYARD_MODEL_DIR=str(tmp_path))
    log = server.process.communicate(timeout=30)[1]
    assert server.process.returncode == 1
    assert log.splitlines()[-1].startswith(f"modelyard: the model folder {tmp_path} holds neither one *.gguf file")
    assert "Traceback" not in log


def test_a_damaged_file_ends_the_server_with_one_sentence(
    start_server: Any, tmp_path: Path, generation_model: Path
) -> None:
    [whole] = generation_model.glob("*.gguf")
    (tmp_path / "half.gguf").write_bytes(whole.read_bytes()[:30_000_000])
    server = start_server(MODELYARD_MODEL_DIR=str(tmp_path))
    log = server.process.communicate(timeout=60)[1]
    assert server.process.returncode == 1
    assert "half.gguf" in log.splitlines()[-1]
    assert "Traceback" not in log


def test_a_taken_port_ends_the_server_with_one_sentence(start_server: Any, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = start_server(MODELYARD_MODEL_DIR=str(tmp_path), SAGEMAKER_BIND_TO_PORT=str(port))
        log = server.process.communicate(timeout=30)[1]
    assert server.process.returncode == 1
    assert log == f"modelyard: cannot listen on 127.0.0.1:{port}: address already in use\n"


def test_a_setting_that_means_nothing_ends_the_server_with_one_sentence(start_server: Any) -> None:
    server = start_server(MODELYARD_ENGINE_THREADS="many")
    log = server.process.communicate(timeout=30)[1]
    assert server.process.returncode == 1
    assert log == "modelyard: MODELYARD_ENGINE_THREADS is 'many'; it must be a whole number from 1 to 1024\n"


def test_an_engine_that_hangs_ends_with_a_server_that_was_killed(start_server: Any, generation_model: Path) -> None:
    """Stopped, it can neither see the connection close nor hear a signal but SIGKILL."""
    server = start_server(MODELYARD_MODEL_DIR=str(generation_model))
    server.wait_until_healthy()
    [worker] = map(psutil.Process, server.workers())
    worker.suspend()
    server.process.kill()
    _gone, alive = psutil.wait_procs([worker], timeout=30)
    assert not alive


def loading_worker(server: Any) -> psutil.Process:
    """As soon as it is a program of its own: until then its parent waits for it."""
    while True:
        for worker in map(psutil.Process, server.workers()):
            if "containers.llm_cpu.worker" in worker.cmdline():
                return worker
        time.sleep(0.001)


@pytest.mark.parametrize("multi_model", [False, True], ids=["single model", "multi-model"])
def test_an_engine_that_hangs_while_it_loads_ends_when_the_server_is_told_to_end(
    start_server: Any, generation_model: Path, multi_model: bool
) -> None:
    environment = {"SAGEMAKER_MULTI_MODEL": "true"} if multi_model else {"MODELYARD_MODEL_DIR": str(generation_model)}
    server = start_server(MODELYARD_DRAIN_SECONDS="1", **environment)
    with ThreadPoolExecutor(1) as pool:
        if multi_model:
            server.wait_until_healthy()
            pool.submit(server.post, "/models", {"model_name": "hangs", "url": str(generation_model)})
        worker = loading_worker(server)
        worker.suspend()
        server.process.terminate()
        assert server.process.wait(timeout=30) == 0
    _gone, alive = psutil.wait_procs([worker], timeout=30)
    assert not alive


@pytest.mark.parametrize("kind", ["a named pipe", "a device", "nonsense"])
def test_a_model_that_is_no_file_or_no_model_ends_the_load_and_not_the_server(
    start_server: Any, tmp_path: Path, kind: str
) -> None:
    server = start_server(SAGEMAKER_MULTI_MODEL="true")
    server.wait_until_healthy()
    file = tmp_path / "m.gguf"
    if kind == "a named pipe":
        os.mkfifo(file)
    elif kind == "a device":
        file.symlink_to("/dev/zero")
    else:
        length = b"a.context_length"
        head = b"GGUF" + struct.pack("<IQQQ", 3, 1 << 60, 1, len(length)) + length + struct.pack("<II", 4, 2048)
        file.write_bytes(head + b"\xff" * 10_000)
    answer = server.post("/models", {"model_name": "m", "url": str(tmp_path)})
    assert answer.status_code == 400
    assert "m.gguf" in answer.json()["error"]["message"]
    assert server.workers() == []
    assert "Traceback" not in server.end()


HOSTILE_ENCODERS = {
    "a configuration without numbers": {"config.json": "{}"},
    "a configuration that is a list": {"config.json": "[]"},
    "a deep configuration": {"config.json": "[" * 100_000},
    "a large configuration": {"config.json": " " * 2_000_000},
    "heads that divide nothing": {"config.json": {"num_attention_heads": 0}},
    "layers without end": {"config.json": {"num_hidden_layers": 10**9}},
    "a context beyond its positions": {
        "config.json": {"max_position_embeddings": 10**9},
        "sentence_bert_config.json": "{}",
    },
    "padding beyond its words": {"config.json": {"pad_token_id": 10**9}},
    "words beyond its rows": {"tokenizer.json": "a word more"},
    "a tokenizer of nothing": {"tokenizer.json": "{}"},
    "weights of nothing": {"model.safetensors": "nothing"},
    "a header of 16 EiB": {"model.safetensors": "\x7f" * 8},
}


@pytest.mark.parametrize("changed", HOSTILE_ENCODERS.values(), ids=HOSTILE_ENCODERS)
def test_a_hostile_encoder_is_refused_with_a_sentence(
    hostile_server: Any, tmp_path: Path, embedding_model: Path, changed: dict[str, Any]
) -> None:
    shutil.copytree(embedding_model, tmp_path, dirs_exist_ok=True)
    for name, content in changed.items():
        if name == "tokenizer.json" and content == "a word more":
            tokenizer = json.loads((tmp_path / name).read_text())
            tokenizer["model"]["vocab"]["zzzz"] = 10**6
            content = tokenizer
        if isinstance(content, dict) and name == "config.json":
            content = {**json.loads((tmp_path / name).read_text()), **content}
        if name == "sentence_bert_config.json":
            (tmp_path / name).unlink(missing_ok=True)
            continue
        (tmp_path / name).write_text(content if isinstance(content, str) else json.dumps(content))
    answer = hostile_server.post("/models", {"model_name": "m", "url": str(tmp_path)})
    assert answer.status_code == 400, answer.text
    assert len(answer.content) < 1000 and "process ended" not in answer.text
    assert hostile_server.workers() == []


@pytest.fixture(scope="module")
def hostile_server(start_server: Any) -> Any:
    server = start_server(SAGEMAKER_MULTI_MODEL="true")
    server.wait_until_healthy()
    yield server
    assert "Traceback" not in server.end()
