"""`rollout` of a catalog entry, deployed by the real CDK CLI: a good version takes over, a bad one is turned back."""

import contextlib
import json
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

ROOT = Path(__file__).parents[2]
FOUR_KINDS = ROOT / "tests" / "catalogs" / "four-kinds"
# A minute of bake time or of an alarm's period takes a second.
CLOCK_FACTOR = 60
ENTRY = """\
kind: real-time
team: beta
model: tiny-open
serving:
  engine: custom
  image: contract:1
  instance: ml.m5.xlarge
  environment: {{VERSION: "{version}"}}
scaling: {{instances: {{min: 2, max: 2}}}}
rollout: {{strategy: canary, step_instances: 1, wait_seconds: {wait_seconds}, keep_old_seconds: 60}}
"""
ENDPOINT = "talk"


class Deployments:
    """A catalog with one entry, and an account to deploy it to."""

    def __init__(self, aws: Any, folder: Path) -> None:
        self.aws = aws
        self._folder = folder
        self._catalog = folder / "catalog"
        for part in ("models/tiny-open.yaml", "environments/local.yaml", "organisation.yaml"):
            (self._catalog / part).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(FOUR_KINDS / part, self._catalog / part)
        (self._catalog / "endpoints").mkdir()

    def write(self, *, version: int, wait_seconds: int) -> None:
        """Put a version of the entry into the catalog."""
        entry = ENTRY.format(version=version, wait_seconds=wait_seconds)
        (self._catalog / "endpoints" / f"{ENDPOINT}.yaml").write_text(entry)

    def cdk(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the CDK CLI on the real app."""
        done: subprocess.CompletedProcess[str] = self.aws.cdk(*arguments, folder=self._folder, catalog=self._catalog)
        return done

    def deploy(self, stack: str) -> subprocess.CompletedProcess[str]:
        return self.cdk("deploy", stack, "--require-approval", "never")

    def stage(self) -> None:
        """Something to be the model's weights."""
        name = self.aws.client("ssm").get_parameters_by_path(Path="/modelyard/", Recursive=True)["Parameters"]
        [bucket] = [one["Value"] for one in name if one["Name"].endswith("artifacts-bucket")]
        self.aws.client("s3").put_object(Bucket=bucket, Key=f"{ENDPOINT}/tiny-open/weights", Body=b"weights")

    def ask(self, **request: Any) -> str:
        """The version that answers."""
        answer = self.aws.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=ENDPOINT, ContentType="application/json", Body=json.dumps(request).encode()
        )
        return str(json.loads(answer["Body"].read())["environment"]["VERSION"])

    def described(self) -> dict[str, Any]:
        described: dict[str, Any] = self.aws.client("sagemaker").describe_endpoint(EndpointName=ENDPOINT)
        return described


@pytest.fixture(scope="module")
def deployments(tmp_path_factory: pytest.TempPathFactory, start_own: Callable[..., Any]) -> Deployments:
    made = Deployments(start_own("--clock-factor", str(CLOCK_FACTOR)), tmp_path_factory.mktemp("rollout"))
    made.write(version=1, wait_seconds=120)
    for step in (
        lambda: made.cdk("bootstrap", "aws://000000000000/us-east-1"),
        lambda: made.deploy("foundation"),
    ):
        done = step()
        assert done.returncode == 0, done.stdout + done.stderr
    made.stage()
    return made


def test_a_good_version_takes_over_after_its_canary(deployments: Deployments) -> None:
    done = deployments.deploy(ENDPOINT)
    assert done.returncode == 0, done.stdout + done.stderr
    deployments.write(version=2, wait_seconds=120)
    began = time.monotonic()
    done = deployments.deploy(ENDPOINT)
    assert done.returncode == 0, done.stdout + done.stderr
    # Two minutes of baking and one of keeping the old instances, on a clock that is sixty times as fast.
    assert time.monotonic() - began >= 180 / CLOCK_FACTOR
    assert {deployments.ask() for _ in range(6)} == {"2"}
    assert deployments.described()["LastDeploymentConfig"]["BlueGreenUpdatePolicy"]["TerminationWaitInSeconds"] == 60


def test_errors_of_the_new_version_turn_the_roll_out_back(deployments: Deployments) -> None:
    before = deployments.described()
    deployments.write(version=3, wait_seconds=3600)
    over = threading.Event()

    def break_the_new_version() -> None:
        while not over.wait(0.05):
            with contextlib.suppress(ClientError):
                if deployments.ask() == "3":
                    deployments.ask(status=503)

    callers = threading.Thread(target=break_the_new_version)
    callers.start()
    try:
        failed = deployments.deploy(ENDPOINT)
    finally:
        over.set()
        callers.join()
    assert failed.returncode != 0
    assert "One or more configured alarm(s) tripped: " in failed.stdout + failed.stderr
    assert "RollbackServerErrorsAlarm" in failed.stdout + failed.stderr
    after = deployments.described()
    assert (after["EndpointStatus"], after["EndpointConfigName"]) == ("InService", before["EndpointConfigName"])
    assert {deployments.ask() for _ in range(6)} == {"2"}
    [stack] = deployments.aws.client("cloudformation").describe_stacks(StackName="modelyard-local-talk")["Stacks"]
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
