"""To the process boundary: the entry point with an executable that records how it was started instead of vLLM."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from containers.vllm.entry_point import NoModel, command_line

ENTRY_POINT = Path(__file__).resolve().parents[3] / "containers/vllm/entry_point.py"
RECORDER = f"""#!{sys.executable}
import json, os, signal, sys, time
def end(number, frame):
    sys.exit(40 + number)
signal.signal(signal.SIGTERM, end)
with open(os.environ["RECORD"], "w") as record:
    json.dump({{"argv": sys.argv[1:], "environment": dict(os.environ), "pid": os.getpid()}}, record)
while os.environ.get("STAY"):
    time.sleep(0.01)
sys.exit(7)
"""


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    (tmp_path / "vllm").write_text(RECORDER)
    (tmp_path / "vllm").chmod(0o755)

    def run(**environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(ENTRY_POINT), "serve"],
            env={
                "PATH": f"{tmp_path}:{os.environ['PATH']}",
                "RECORD": str(tmp_path / "record"),
                "MODELYARD_MODEL_DIR": str(tmp_path / "none"),
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return run


@pytest.fixture
def recorded(tmp_path: Path) -> Callable[[], Any]:
    return lambda: json.loads((tmp_path / "record").read_text())


@pytest.fixture
def model_folder(tmp_path: Path) -> Path:
    (tmp_path / "model").mkdir()
    (tmp_path / "model/config.json").write_text("{}")
    return tmp_path / "model"


def test_vllm_starts_with_the_models_settings_as_flags_and_keeps_the_environment(
    start: Callable[..., subprocess.Popen[str]], recorded: Callable[[], Any]
) -> None:
    process = start(
        SM_VLLM_MODEL="meta/llama",
        SM_VLLM_MAX_MODEL_LEN="4096",
        SM_VLLM_ENFORCE_EAGER="true",
        SM_VLLM_ENABLE_LORA="False",
        SM_VLLM_LIMIT_MM_PER_PROMPT='{"image":6, "video":0}',
        HF_TOKEN="secret",
    )
    process.communicate(timeout=30)
    assert recorded()["argv"] == [
        *("serve", "meta/llama", "--enforce-eager", "--limit-mm-per-prompt", '{"image":6, "video":0}'),
        *("--max-model-len", "4096", "--port", "8080"),
    ]
    assert recorded()["environment"]["HF_TOKEN"] == "secret"
    assert process.returncode == 7


def test_vllm_takes_the_place_of_the_entry_point_so_that_signals_reach_it(
    start: Callable[..., subprocess.Popen[str]], recorded: Callable[[], Any], tmp_path: Path
) -> None:
    process = start(SM_VLLM_MODEL="m", STAY="yes")
    deadline = time.monotonic() + 20
    while not (tmp_path / "record").is_file() or not (tmp_path / "record").read_text().endswith("}"):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert recorded()["pid"] == process.pid
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 40 + signal.SIGTERM


def test_the_model_is_the_named_one_before_the_folder_before_the_hub(model_folder: Path) -> None:
    every = {"SM_VLLM_MODEL": "named", "HF_MODEL_ID": "org/hub"}
    assert command_line(every, model_folder=model_folder)[2] == "named"
    assert command_line({"HF_MODEL_ID": "org/hub"}, model_folder=model_folder)[2] == str(model_folder)
    (model_folder / "config.json").unlink()
    assert command_line({"HF_MODEL_ID": "org/hub"}, model_folder=model_folder)[2] == "org/hub"


def test_the_port_is_sagemakers_choice_and_8080_without_one(model_folder: Path) -> None:
    assert command_line({}, model_folder=model_folder)[-2:] == ["--port", "8080"]
    assert command_line({"SAGEMAKER_BIND_TO_PORT": "9001"}, model_folder=model_folder)[-2:] == ["--port", "9001"]
    chosen = {"SAGEMAKER_BIND_TO_PORT": "9001", "SM_VLLM_PORT": "9002"}
    assert command_line(chosen, model_folder=model_folder)[-2:] == ["--port", "9002"]


def test_a_flag_without_a_value_stands_alone(model_folder: Path) -> None:
    assert command_line({"SM_VLLM_TRUST_REMOTE_CODE": ""}, model_folder=model_folder)[3] == "--trust-remote-code"


def test_other_variables_are_no_flags(model_folder: Path) -> None:
    assert command_line({"VLLM_LOGGING_LEVEL": "DEBUG", "SM_HOSTS": "[]"}, model_folder=model_folder) == [
        *("vllm", "serve", str(model_folder), "--port", "8080")
    ]


def test_without_any_model_the_container_ends_with_one_sentence(start: Callable[..., subprocess.Popen[str]]) -> None:
    process = start()
    log = process.communicate(timeout=30)[1]
    assert process.returncode == 1
    assert log.startswith("modelyard: no model to serve: set SM_VLLM_MODEL or HF_MODEL_ID")
    assert "Traceback" not in log


def test_an_empty_model_folder_counts_as_no_model(tmp_path: Path) -> None:
    with pytest.raises(NoModel):
        command_line({}, model_folder=tmp_path)


def test_an_image_without_vllm_ends_with_one_sentence(start: Callable[..., subprocess.Popen[str]]) -> None:
    process = start(SM_VLLM_MODEL="m", PATH="/nowhere")
    log = process.communicate(timeout=30)[1]
    assert process.returncode == 1
    assert log.startswith("modelyard: there is no vllm on the PATH")


RECORDS = {"MODELYARD_REQUEST_RECORDS": "true", "MODELYARD_ENDPOINT": "chat", "MODELYARD_VARIANT": "AllTraffic"}


def test_asked_for_records_vllm_is_told_of_the_middleware_and_the_plugin(
    start: Callable[..., subprocess.Popen[str]], recorded: Callable[[], Any]
) -> None:
    start(SM_VLLM_MODEL="m", SM_VLLM_MIDDLEWARE="own.Middleware", PYTHONPATH="/own", **RECORDS).communicate(timeout=30)
    told = recorded()
    assert told["argv"][-2:] == ["--middleware", "containers.vllm.request_records.RecordVllmRequests"]
    assert told["argv"][2:4] == ["--middleware", "own.Middleware"]
    root, plugin, own = told["environment"]["PYTHONPATH"].split(os.pathsep)
    assert own == "/own"
    asked = "from importlib.metadata import entry_points; print(entry_points(group='vllm.stat_logger_plugins'))"
    found = subprocess.run(
        [sys.executable, "-S", "-c", asked], env={"PYTHONPATH": f"{root}:{plugin}"}, capture_output=True, text=True
    )
    assert "containers.vllm.engine_times:EngineTimes" in found.stdout


def test_without_being_asked_vllm_starts_as_before(
    start: Callable[..., subprocess.Popen[str]], recorded: Callable[[], Any]
) -> None:
    start(SM_VLLM_MODEL="m").communicate(timeout=30)
    assert "--middleware" not in recorded()["argv"]
    assert "PYTHONPATH" not in recorded()["environment"]


def test_records_without_an_endpoints_name_are_refused_with_one_sentence(
    start: Callable[..., subprocess.Popen[str]],
) -> None:
    process = start(SM_VLLM_MODEL="m", MODELYARD_REQUEST_RECORDS="true")
    assert process.communicate(timeout=30)[1].startswith("modelyard: MODELYARD_ENDPOINT is missing")
    assert process.returncode == 1
