"""How the real server process starts badly and ends well."""

from __future__ import annotations

import os
import signal
import socket
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
        asked = time.monotonic()
        os.killpg(server.process.pid, ending)
        assert server.process.wait(timeout=30) == 0
        assert time.monotonic() - asked < 20
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
        asked = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(timeout=30)
        assert time.monotonic() - asked < 6
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
