"""The demo as a newcomer runs it: real CDK CLI, embedded AWS, real models; and nothing left when it is over."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from modelyard.catalog.loader import load
from modelyard.shell.checkout import ROOT

pytestmark = pytest.mark.timeout(400)

_MODELYARD = [sys.executable, "-c", "from modelyard.cli.main import main; main()"]
CATALOG = ROOT / "tests" / "catalogs" / "four-kinds"


@dataclass(frozen=True)
class Demo:
    """A finished demo that left embedded AWS running."""

    folder: Path
    port: int
    code: int
    out: str
    err: str

    @property
    def exported(self) -> dict[str, str]:
        """The variables that the demo told to export."""
        return dict(re.findall(r"^export (\w+)=(\S+)$", self.out, flags=re.MULTILINE))

    def client(self, service: str) -> Any:
        """A client made of the exported variables alone."""
        return boto3.client(
            service,
            endpoint_url=self.exported["AWS_ENDPOINT_URL"],
            region_name=self.exported["AWS_DEFAULT_REGION"],
            aws_access_key_id=self.exported["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.exported["AWS_SECRET_ACCESS_KEY"],
        )

    def published(self, what: str) -> str:
        """A value that the foundation published."""
        name = f"/modelyard/local/{what}"
        return str(self.client("ssm").get_parameter(Name=name)["Parameter"]["Value"])

    def modelyard(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command of the project, in a shell with the exports that the demo printed and nothing else of AWS."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return subprocess.run(
            [*_MODELYARD, *arguments],
            cwd=ROOT,
            env={**own, **self.exported, "CDK_HOME": str(self.folder / "cdk-home")},
            capture_output=True,
            text=True,
            timeout=200,
        )


@pytest.fixture(scope="module")
def demo(
    tmp_path_factory: pytest.TempPathFactory,
    free_port: Callable[[], int],
    processes_of: Callable[[Path], list[str]],
) -> Iterator[Demo]:
    """One demo for all tests of this module."""
    folder = tmp_path_factory.mktemp("demo")
    port = free_port()
    program = [*_MODELYARD, "demo", "--keep", "--folder", str(folder), "--port", str(port), "--catalog", str(CATALOG)]
    try:
        said = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, timeout=350)
        yield Demo(folder, port, said.returncode, said.stdout, said.stderr)
    finally:
        subprocess.run([*_MODELYARD, "demo", "--stop", "--folder", str(folder)], cwd=ROOT, capture_output=True)
        assert processes_of(folder) == []


def test_every_model_of_every_endpoint_answers(demo: Demo) -> None:
    assert demo.code == 0, demo.out + demo.err
    models = [(entry.name, model) for entry in load(CATALOG, "local").entries.values() for model in entry.models]
    assert f"{len(models)} of {len(models)} models answered" in demo.err
    for name, _ in models:
        assert name in demo.out
    assert demo.out.count("InService") == len(models)


def test_the_output_says_what_stands_in_for_what(demo: Demo) -> None:
    assert "answered by SmolLM2-135M on CPU, standing in for" in demo.out
    assert "MiniLM on CPU" in demo.out


def test_the_asynchronous_answer_was_read_from_s3(demo: Demo) -> None:
    assert re.search(r"its answer was read from s3://modelyard-local-async-\S+/output/\S+", demo.out)


def test_the_printed_exports_are_all_that_boto3_needs(demo: Demo) -> None:
    endpoints = {item["EndpointName"] for item in demo.client("sagemaker").list_endpoints()["Endpoints"]}
    assert endpoints == {entry.endpoint_name for entry in load(CATALOG, "local").entries.values()}


def test_an_endpoint_can_be_asked_from_the_command_line(demo: Demo) -> None:
    entry = next(entry for entry in load(CATALOG, "local").entries.values() if entry.endpoint.kind == "real-time")
    said = demo.modelyard("invoke", entry.name, "Say hello.", "-e", "local", "--catalog", str(CATALOG))
    assert said.returncode == 0, said.stderr
    assert len(said.stdout.split()) > 1
    assert "first token after" in said.stderr


@pytest.fixture
def changeable(tmp_path: Path) -> Path:
    """A copy of the deployed catalog, for a test to change."""
    copied = tmp_path / "catalog"
    shutil.copytree(CATALOG, copied)
    for model in (copied / "models").glob("*.yaml"):
        model.write_text(model.read_text().replace("../../../", f"{ROOT}/"))
    return copied


def test_a_changed_entry_updates_its_endpoint_in_place(demo: Demo, changeable: Path) -> None:
    sagemaker = demo.client("sagemaker")
    before = sagemaker.describe_endpoint(EndpointName="chat")
    entry = changeable / "endpoints" / "chat.yaml"
    entry.write_text(entry.read_text().replace("{min: 1, max: 3}", "{min: 2, max: 3}"))
    context = ["-c", "environment=local", "-c", f"catalog={changeable}"]
    output = ["-o", str(changeable.parent / "cdk.out"), "--require-approval", "never"]
    said = demo.modelyard("cdk", "deploy", *context, *output, "chat")
    assert said.returncode == 0, said.stdout + said.stderr
    after = sagemaker.describe_endpoint(EndpointName="chat")
    assert after["EndpointArn"] == before["EndpointArn"]
    assert after["CreationTime"] == before["CreationTime"]
    assert after["EndpointConfigName"] != before["EndpointConfigName"]
    assert after["EndpointStatus"] == "InService"
    assert after["ProductionVariants"][0]["CurrentInstanceCount"] == 2


def test_an_entry_whose_file_is_gone_is_an_orphan_and_its_captured_data_stays(demo: Demo, changeable: Path) -> None:
    arguments = ["-e", "local", "--catalog", str(changeable)]
    assert demo.modelyard("orphans", *arguments).returncode == 0
    captured = {"Bucket": demo.published("capture-bucket"), "Key": "keep-30-days/chat-neuron/AllTraffic/one.jsonl"}
    demo.client("s3").put_object(**captured, Body=b"{}")
    (changeable / "endpoints" / "chat-neuron.yaml").unlink()
    said = demo.modelyard("orphans", *arguments)
    assert said.returncode == 3, said.stdout + said.stderr
    (command,) = [line for line in said.stdout.splitlines() if line.startswith("aws ")]
    assert command == "aws cloudformation delete-stack --region us-east-1 --stack-name modelyard-local-chat-neuron"

    # What that line of the AWS CLI sends.
    cloudformation = demo.client("cloudformation")
    cloudformation.delete_stack(StackName="modelyard-local-chat-neuron")
    waiter = cloudformation.get_waiter("stack_delete_complete")
    waiter.wait(StackName="modelyard-local-chat-neuron", WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    assert demo.modelyard("orphans", *arguments).returncode == 0
    names = [item["EndpointName"] for item in demo.client("sagemaker").list_endpoints()["Endpoints"]]
    assert "chat-neuron" not in names
    assert demo.client("s3").get_object(**captured)["Body"].read() == b"{}"


def test_ctrl_c_in_the_middle_ends_everything_with_a_sentence(
    tmp_path: Path, free_port: Callable[[], int], processes_of: Callable[[Path], list[str]]
) -> None:
    port = free_port()
    program = [*_MODELYARD, "demo", "--folder", str(tmp_path), "--port", str(port), "--catalog", str(CATALOG)]
    process = subprocess.Popen(program, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    heard = []
    for line in process.stderr:
        heard.append(line)
        if line.startswith("cdk deploy --all"):
            break
    time.sleep(4)
    assert len(processes_of(tmp_path)) > 2, heard
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=60)
    assert process.returncode == 130
    assert rest.splitlines()[-1] == "modelyard: stopped before it was finished"
    assert processes_of(tmp_path) == []
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) < 20_000_000
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
