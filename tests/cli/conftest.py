"""Embedded AWS for the commands, a small catalog of every kind, and the command line as a person uses it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from cli.main import run

ACCOUNT = "000000000000"
REGION = "us-east-1"

_MODEL = {
    "family": "test",
    "task": "chat",
    "parameters": 1000,
    "dtype": "float32",
    "architecture": {
        "layers": 1,
        "hidden_size": 8,
        "attention_heads": 1,
        "kv_heads": 1,
        "head_dim": 8,
        "vocabulary_size": 16,
        "max_context_tokens": 128,
    },
    "licence": {"name": "apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
    "facts": {"sources": ["https://example.com/card"], "checked_on": "2026-11-21", "status": "stated"},
}
_SERVING = {"engine": "vllm", "instance": "ml.g5.2xlarge"}
_ENDPOINTS = {
    "chat": {
        "kind": "real-time",
        "team": "support",
        "model": "small",
        "serving": _SERVING,
        "scaling": {"instances": {"min": 1, "max": 1}},
    },
    "batch": {
        "kind": "async",
        "team": "support",
        "model": "small",
        "serving": _SERVING,
        "scaling": {"instances": {"min": 0, "max": 2}},
    },
    "seldom": {
        "kind": "serverless",
        "team": "support",
        "model": "small",
        "serving": {"engine": "custom", "image": "modelyard/llm-cpu:0.1.0", "memory_mb": 2048},
    },
    "many": {
        "kind": "multi-model",
        "team": "support",
        "models": ["small", "other"],
        "serving": {"engine": "custom", "image": "modelyard/llm-cpu:0.1.0", "instance": "ml.c5.2xlarge"},
        "scaling": {"instances": {"min": 1, "max": 1}},
    },
}

_numbers = count(1)


@dataclass(frozen=True)
class Said:
    """What one command line left behind."""

    code: int
    out: str
    err: str


Command = Callable[..., Said]


@pytest.fixture(scope="session")
def embedded_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Address and keys of embedded AWS, one for all tests of this room: each test uses names of its own."""
    folder = tmp_path_factory.mktemp("embedded-aws")
    ready = folder / "ready.json"
    program = [sys.executable, "-m", "localaws", "--port", "0", "--state-dir", str(folder), "--ready-file", str(ready)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(program, stdout=log, stderr=subprocess.STDOUT)
    try:
        patience = time.monotonic() + 60
        while not ready.exists():
            assert process.poll() is None and time.monotonic() < patience, (folder / "log").read_text()
            time.sleep(0.05)
        yield json.loads(ready.read_text())
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture
def aws(embedded_aws: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """Clients of embedded AWS; commands run in the test find it as well, and no account of the machine's owner."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    variables = {
        "AWS_ENDPOINT_URL": embedded_aws["endpoint_url"],
        "AWS_ACCESS_KEY_ID": embedded_aws["access_key_id"],
        "AWS_SECRET_ACCESS_KEY": embedded_aws["secret_access_key"],
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return lambda service: boto3.client(service, region_name=REGION)


@dataclass(frozen=True)
class CatalogFolder:
    """A catalog that a test may change before a command reads it."""

    folder: Path
    environment: str

    def write(self, path: str, content: object) -> None:
        """Write one file of it."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(yaml.safe_dump(content), encoding="utf-8")

    def write_model(self, name: str, weights: dict[str, str]) -> None:
        """Write a model whose weights lie somewhere else."""
        self.write(f"models/{name}.yaml", {**_MODEL, "weights": weights})


@pytest.fixture
def catalog(tmp_path: Path) -> CatalogFolder:
    """Four endpoints, one of each kind, in an environment that no other test uses."""
    environment = f"test{next(_numbers)}"
    made = CatalogFolder(tmp_path / "catalog", environment)
    made.write(f"environments/{environment}.yaml", {"account": ACCOUNT, "region": REGION})
    made.write(
        "organisation.yaml",
        {"teams": {"support": {"cost_center": "CC-1", "owner": "support-ml", "alarms": {"email": ["a@example.com"]}}}},
    )
    for name, entry in _ENDPOINTS.items():
        made.write(f"endpoints/{name}.yaml", entry)
    for name in ("small", "other"):
        weights = made.folder / "weights" / name
        weights.mkdir(parents=True)
        (weights / "config.json").write_text(json.dumps({"name": name}))
        (weights / "model.safetensors").write_bytes(name.encode() * 1000)
        made.write_model(name, {"folder": f"weights/{name}"})
    return made


@pytest.fixture
def modelyard(catalog: CatalogFolder, capfd: pytest.CaptureFixture[str]) -> Command:
    """Runs one command line on the test's catalog."""

    def command(verb: str, *arguments: str) -> Said:
        code = run([verb, *arguments, "--catalog", str(catalog.folder)])
        captured = capfd.readouterr()
        return Said(code, captured.out, captured.err)

    return command


@pytest.fixture
def bucket(aws: Callable[[str], Any], catalog: CatalogFolder) -> str:
    """The artifacts bucket of the test's environment and its key, published as the foundation stack publishes them."""
    name = f"artifacts-{catalog.environment}"
    aws("s3").create_bucket(Bucket=name)
    aws("ssm").put_parameter(Name=f"/modelyard/{catalog.environment}/artifacts-bucket", Value=name, Type="String")
    switch_key(aws, catalog.environment, name)
    return name


def switch_key(aws: Callable[[str], Any], environment: str, bucket: str) -> str:
    """Another key for the environment, as a deployment of the foundation sets and publishes it; its ARN."""
    arn = str(aws("kms").create_key()["KeyMetadata"]["Arn"])
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn}}
    aws("s3").put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    aws("ssm").put_parameter(Name=f"/modelyard/{environment}/key-arn", Value=arn, Type="String", Overwrite=True)
    return arn


@pytest.fixture
def another_key(aws: Callable[[str], Any], catalog: CatalogFolder, bucket: str) -> Callable[[], str]:
    """Switches the key of the test's environment."""
    return lambda: switch_key(aws, catalog.environment, bucket)
