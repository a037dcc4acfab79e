"""One embedded AWS, run as its users run it, shared by the tests of a session."""

import io
import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from modelyard.shell.cdk_cli import command, with_node

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
START_SECONDS = 180
ACCOUNT = "000000000000"
IMAGE = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/tiny:1"
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
LONGEST_TEMPLATE_BODY = 51_200
PULL_IMAGES = {
    "Action": [
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:GetAuthorizationToken",
        "ecr:GetDownloadUrlForLayer",
    ],
    "Resource": "*",
}


@dataclass(frozen=True)
class EmbeddedAws:
    """A running embedded AWS and clients of it."""

    endpoint_url: str
    process: subprocess.Popen[bytes]
    state_dir: Path
    keys: dict[str, str]
    account: str = ACCOUNT
    region: str = "us-east-1"

    def client(self, service: str, *, credentials: dict[str, str] | None = None) -> Any:
        """A boto3 client, the administrator's unless given the `Credentials` of an assumed role or an access key."""
        keys = credentials or self.keys
        return boto3.client(
            service,
            endpoint_url=self.endpoint_url,
            region_name=self.region,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys.get("SessionToken"),
            config=Config(retries={"total_max_attempts": 1}, read_timeout=60),
        )

    def environment(self, home: Path) -> dict[str, str]:
        """The environment in which the CDK CLI talks to it, with its caches under `home`."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_"))}
        return {
            **kept,
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": self.keys["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": self.keys["SecretAccessKey"],
            "AWS_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "CDK_HOME": str(home),
        }

    def cdk(
        self,
        *arguments: str,
        folder: Path,
        app: Path = ROOT / "app.py",
        catalog: Path | None = None,
        timeout_seconds: int = 240,
    ) -> subprocess.CompletedProcess[str]:
        """Run the real CDK CLI on an app, ours with a catalog's local environment; caches and output go to `folder`."""
        context = {} if catalog is None else {"environment": "local", "catalog": str(catalog)}
        options = [part for name, value in context.items() for part in ("--context", f"{name}={value}")]
        return subprocess.run(
            [*command(), "--app", f"{sys.executable} {app}", "--output", str(folder / "out"), "--ci"]
            + [*options, *arguments],
            env=with_node(self.environment(folder / "home")),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=timeout_seconds,
        )

    def cdk_succeeds(self, *arguments: str, folder: Path, catalog: Path, app: Path = ROOT / "app.py") -> None:
        """The same, where nothing is tested but what follows."""
        done = self.cdk(*arguments, folder=folder, catalog=catalog, app=app)
        assert done.returncode == 0, done.stdout + done.stderr

    def deploy(self, name: str, template: dict[str, Any], **options: Any) -> dict[str, Any]:
        """Create a stack, or update it when it exists, and describe it once no operation on it is in progress."""
        cloudformation = self.client("cloudformation")
        exists = any(stack["StackName"] == name for stack in cloudformation.describe_stacks()["Stacks"])
        act = cloudformation.update_stack if exists else cloudformation.create_stack
        stack_id = act(StackName=name, **self._template(json.dumps(template)), **options)["StackId"]
        return self.settled(stack_id)

    def _template(self, body: str) -> dict[str, str]:
        """How a request names a template: what is longer than a request takes lies in a bucket."""
        if len(body) <= LONGEST_TEMPLATE_BODY:
            return {"TemplateBody": body}
        s3 = self.client("s3")
        s3.create_bucket(Bucket="templates")
        s3.put_object(Bucket="templates", Key="template.json", Body=body.encode())
        return {"TemplateURL": f"https://s3.{self.region}.amazonaws.com/templates/template.json"}

    def destroy(self, name: str) -> dict[str, Any]:
        """Delete a stack and describe what became of it."""
        cloudformation = self.client("cloudformation")
        stack_id = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
        cloudformation.delete_stack(StackName=name)
        return self.settled(stack_id)

    def create_execution_role(self, name: str, *statements: dict[str, Any]) -> str:
        """The ARN of a new role that SageMaker may assume, with leave to pull images and the given statements."""
        return self._create_role(name, "sagemaker", [PULL_IMAGES, *statements])

    def create_function(self, name: str, code: str, *statements: dict[str, Any], **settings: Any) -> str:
        """A Lambda function of `code`, which has a `handler`; the ARN of its role, of its name, with these grants."""
        role = self._create_role(name, "lambda", statements)
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as made:
            made.writestr("index.py", code)
        what = {"Handler": "index.handler", "Code": {"ZipFile": archive.getvalue()}, **settings}
        self.client("lambda").create_function(FunctionName=name, Runtime="python3.13", Role=role, **what)
        return role

    def _create_role(self, name: str, service: str, statements: Sequence[dict[str, Any]]) -> str:
        iam = self.client("iam")
        trust = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)
        if statements:
            allowed = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **one} for one in statements]}
            iam.put_role_policy(RoleName=name, PolicyName="only", PolicyDocument=json.dumps(allowed))
        return str(role["Role"]["Arn"])

    def create_endpoint(self, name: str, *, role: str, **container: Any) -> None:
        """Create a Model of the tiny image, its configuration and its endpoint, all of one name; does not wait."""
        sagemaker = self.client("sagemaker")
        primary = {"Image": IMAGE, **container}
        sagemaker.create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer=primary)
        variant = {"VariantName": "main", "ModelName": name, "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)

    def wait_for(self, state: str, *, endpoint: str) -> None:
        """Wait for `endpoint_in_service` or `endpoint_deleted` as boto3 does, but impatiently."""
        waiter = self.client("sagemaker").get_waiter(state)
        waiter.wait(EndpointName=endpoint, WaiterConfig={"Delay": 0.2, "MaxAttempts": 300})

    def settled(self, stack_id: str) -> dict[str, Any]:
        """The stack's description once no operation on it is in progress."""
        cloudformation = self.client("cloudformation")
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            stack: dict[str, Any] = cloudformation.describe_stacks(StackName=stack_id)["Stacks"][0]
            if not stack["StackStatus"].endswith("IN_PROGRESS"):
                return stack
            time.sleep(0.05)
        raise AssertionError(f"{stack_id} is still {stack['StackStatus']} after a minute")

    def failures(self, stack_id: str) -> dict[str, str]:
        """The reason of every resource that failed, by logical id."""
        events = self.client("cloudformation").describe_stack_events(StackName=stack_id)["StackEvents"]
        return {
            event["LogicalResourceId"]: event["ResourceStatusReason"]
            for event in events
            if event["ResourceStatus"].endswith("_FAILED") and event["PhysicalResourceId"] != stack_id
        }


def start(state_dir: Path, *arguments: str, program: tuple[str, ...] = ("-m", "localaws")) -> EmbeddedAws:
    """Start embedded AWS on a free port and return once it answers."""
    ready_file = state_dir.parent / f"{state_dir.name}.ready"
    log = state_dir.parent / f"{state_dir.name}.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, *program, "--port", "0", "--state-dir", str(state_dir)]
            + ["--ready-file", str(ready_file), "--images", str(HERE / "tiny_images.yaml"), *arguments],
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    deadline = time.monotonic() + START_SECONDS
    while not ready_file.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise AssertionError(f"embedded AWS did not start: {log.read_text()}")
        time.sleep(0.02)
    ready = json.loads(ready_file.read_text())
    keys = {"AccessKeyId": ready["access_key_id"], "SecretAccessKey": ready["secret_access_key"]}
    return EmbeddedAws(ready["endpoint_url"], process, state_dir, keys)


@pytest.fixture(scope="session")
def embedded_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    """The embedded AWS that the tests of a session share; each test uses names of its own."""
    running = start(tmp_path_factory.mktemp("aws") / "state")
    yield running
    running.process.terminate()
    running.process.wait(timeout=60)


@pytest.fixture
def start_embedded_aws(tmp_path: Path) -> Iterator[Any]:
    """Start an embedded AWS of a test's own, ended with the test."""
    yield from _starting(tmp_path)


@pytest.fixture(scope="module")
def start_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Start an embedded AWS of a module's own, ended with the module."""
    yield from _starting(tmp_path_factory.mktemp("aws"))


def _starting(folder: Path) -> Iterator[Any]:
    started: list[EmbeddedAws] = []

    def start_one(*arguments: str, **options: Any) -> EmbeddedAws:
        started.append(start(folder / f"state-{len(started)}", *arguments, **options))
        return started[-1]

    yield start_one
    for running in started:
        running.process.terminate()
        running.process.wait(timeout=60)
