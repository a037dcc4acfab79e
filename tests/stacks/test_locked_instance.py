"""An instance that the lock chose lands in the template, and nothing of the choice is made at synth."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from modelyard.capacity.start_time import timeouts
from modelyard.catalog.instance_lock import FILE_NAME
from modelyard.catalog.loader import load

CATALOG = Path(__file__).parents[1] / "catalogs" / "four-kinds"
LOCKED = {
    "instance": ["ml.g5.12xlarge"],
    "tensor_parallel_degree": 3,
    "volume_gib": None,
    "price": {"usd_per_hour": "7.09", "dated": "2025-01-26", "basis": "list"},
    "chosen_on": "2026-11-21",
    "chosen_for": "a model",
    "inputs": "0123456789abcdef",
    "fallbacks": [],
    "lost": [],
}


@pytest.fixture
def folder(tmp_path):
    """The catalog of the other tests, with its chat on `instance: auto`."""
    copy = tmp_path / "catalog"
    shutil.copytree(CATALOG, copy)
    path = copy / "endpoints" / "chat.yaml"
    path.write_text(path.read_text("utf-8").replace("instance: ml.g5.2xlarge", "instance: auto"), encoding="utf-8")
    return copy


def lock(folder, **changes):
    locked = {"environments": {"local": {"chat": {**LOCKED, **changes}}}}
    (folder / FILE_NAME).write_text(json.dumps(locked), encoding="utf-8")


def variant(synthesised):
    [found] = synthesised.only("chat", "AWS::SageMaker::EndpointConfig")["ProductionVariants"]
    return found


def test_the_locked_instance_and_its_split_are_what_deploys(folder, run_app, tmp_path):
    lock(folder)
    written = run_app(tmp_path / "out", "local", catalog=folder)
    assert variant(written)["InstanceType"] == "ml.g5.12xlarge"
    assert "InstancePools" not in variant(written)
    container = written.only("chat", "AWS::SageMaker::Model")["PrimaryContainer"]
    assert container["Environment"]["SM_VLLM_TENSOR_PARALLEL_SIZE"] == "3"


def test_a_locked_pool_is_deployed_in_its_order(folder, run_app, tmp_path):
    lock(folder, instance=["ml.g5.12xlarge", "ml.g5.24xlarge"])
    assert variant(run_app(tmp_path / "out", "local", catalog=folder))["InstancePools"] == [
        {"InstanceType": "ml.g5.12xlarge", "Priority": 1},
        {"InstanceType": "ml.g5.24xlarge", "Priority": 2},
    ]


def test_two_synths_of_one_lock_are_equal_whatever_its_prices_say(folder, run_app, tmp_path):
    lock(folder)
    one = run_app(tmp_path / "one", "local", catalog=folder).files["chat"].read_bytes()
    lock(folder, price={"usd_per_hour": "70.9", "dated": "2026-11-01", "basis": "negotiated"})
    assert run_app(tmp_path / "two", "local", catalog=folder).files["chat"].read_bytes() == one


def test_timeouts_are_what_the_bytes_take_unless_the_entry_says_otherwise(local, folder, run_app, tmp_path):
    entry = load(CATALOG, "local").entries["chat"]
    startup, download = timeouts(entry)
    assert variant(local)["ContainerStartupHealthCheckTimeoutInSeconds"] == startup
    assert variant(local)["ModelDataDownloadTimeoutInSeconds"] == download
    path = folder / "endpoints" / "chat.yaml"
    stated = "instance: ml.g5.2xlarge\n  startup_timeout_seconds: 1234\n  download_timeout_seconds: 2345"
    path.write_text(path.read_text("utf-8").replace("instance: auto", stated), encoding="utf-8")
    said = variant(run_app(tmp_path / "out", "local", catalog=folder))
    assert said["ContainerStartupHealthCheckTimeoutInSeconds"] == 1234
    assert said["ModelDataDownloadTimeoutInSeconds"] == 2345
