"""Endpoints of the embedded AWS that the tests of a session share; each test has a role and a bucket of its own."""

import io
import json
import tarfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

ACCOUNT = "000000000000"
REGION = "us-east-1"
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/contract:1.0"
SECONDS_TO_SETTLE = 30


@dataclass
class Workbench:
    """One test's corner of embedded AWS: everything it makes bears the prefix and is taken away after the test."""

    aws: Any
    prefix: str
    bucket: str
    role_arn: str
    endpoints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sagemaker = self.aws.client("sagemaker")
        self.runtime = self.aws.client("sagemaker-runtime")
        self.s3 = self.aws.client("s3")

    def allow(self, *statements: dict[str, Any]) -> None:
        """Replace what the execution role may do."""
        self.aws.client("iam").put_role_policy(
            RoleName=self.role_arn.rsplit("/", 1)[-1],
            PolicyName="work",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": list(statements)}),
        )

    def may(self, *actions: str) -> dict[str, Any]:
        return {"Effect": "Allow", "Action": list(actions), "Resource": "*"}

    def put(self, key: str, body: bytes) -> str:
        """Store an object; answers its address."""
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)
        return f"s3://{self.bucket}/{key}"

    def put_archive(self, key: str, files: dict[str, str]) -> str:
        return self.put(key, archive(files))

    def model(self, name: str = "model", **members: Any) -> str:
        """Create a Model of the contract container; members are the container's, or the request's own."""
        own = {key: members.pop(key) for key in ("VpcConfig", "EnableNetworkIsolation", "Tags") if key in members}
        request = {
            "ModelName": f"{self.prefix}-{name}",
            "ExecutionRoleArn": self.role_arn,
            "PrimaryContainer": {"Image": IMAGE, **members},
            **own,
        }
        self.sagemaker.create_model(**request)
        return str(request["ModelName"])

    def config(self, name: str, variants: list[dict[str, Any]], **members: Any) -> str:
        config_name = f"{self.prefix}-{name}"
        self.sagemaker.create_endpoint_config(EndpointConfigName=config_name, ProductionVariants=variants, **members)
        return config_name

    def variant(self, model: str, name: str = "main", **members: Any) -> dict[str, Any]:
        """A variant on one small CPU instance, or a serverless one."""
        instances = {} if "ServerlessConfig" in members else {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        return {"VariantName": name, "ModelName": model, **instances, **members}

    def endpoint(self, config: str, name: str = "endpoint", *, expect: str = "InService", **members: Any) -> str:
        """Create an endpoint and wait until it has settled."""
        endpoint_name = f"{self.prefix}-{name}"
        self.sagemaker.create_endpoint(EndpointName=endpoint_name, EndpointConfigName=config, **members)
        self.endpoints.append(endpoint_name)
        described = self.settled(endpoint_name)
        assert described["EndpointStatus"] == expect, described.get("FailureReason")
        return endpoint_name

    def served(self, **container: Any) -> str:
        """A real-time endpoint of one variant."""
        return self.endpoint(self.config("config", [self.variant(self.model(**container))]))

    def settled(self, endpoint: str) -> dict[str, Any]:
        """The endpoint's description once it stopped moving."""
        return until(
            lambda: self.sagemaker.describe_endpoint(EndpointName=endpoint),
            lambda described: described["EndpointStatus"] in ("InService", "Failed"),
        )

    def invoke(self, endpoint: str, request: dict[str, Any], **members: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.runtime.invoke_endpoint(
            EndpointName=endpoint, Body=json.dumps(request), ContentType="application/json", **members
        )
        return answer

    def answer(self, endpoint: str, request: dict[str, Any], **members: Any) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.invoke(endpoint, request, **members)["Body"].read())
        return content

    def close(self) -> None:
        for endpoint in self.endpoints:
            self.sagemaker.delete_endpoint(EndpointName=endpoint)


def archive(files: dict[str, str]) -> bytes:
    """A gzip-compressed tar of the files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    return buffer.getvalue()


def until(ask: Callable[[], Any], holds: Callable[[Any], bool]) -> Any:
    """Ask until the answer is as wanted; fails after half a minute."""
    deadline = time.monotonic() + SECONDS_TO_SETTLE
    while True:
        answer = ask()
        if holds(answer):
            return answer
        assert time.monotonic() < deadline, f"still {answer!r} after {SECONDS_TO_SETTLE} seconds"
        time.sleep(0.05)


@pytest.fixture
def wait_until() -> Callable[[Callable[[], Any], Callable[[Any], bool]], Any]:
    return until


class AdministratorsRoles:
    """Every role may do what the administrator may: for tests whose subject is not a grant."""

    def __init__(self, aws: Any) -> None:
        self._aws = aws

    def require_assumable(self, role_arn: str) -> None:
        pass

    def clients(self, role_arn: str, *, region: str) -> "AdministratorsRoles":
        return self

    def client(self, service_name: str) -> Any:
        return self._aws.client(service_name)


@pytest.fixture
def administrators_roles(embedded_aws: Any) -> AdministratorsRoles:
    return AdministratorsRoles(embedded_aws)


@pytest.fixture
def make_archive() -> Callable[[dict[str, str]], bytes]:
    return archive


@pytest.fixture
def make_workbench() -> Iterator[Callable[[Any], Workbench]]:
    """Furnish a corner in an embedded AWS."""
    made: list[Workbench] = []

    def make(aws: Any) -> Workbench:
        prefix = f"t{uuid.uuid4().hex[:10]}"
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        }
        role = aws.client("iam").create_role(RoleName=f"{prefix}-role", AssumeRolePolicyDocument=json.dumps(trust))[
            "Role"
        ]
        made.append(Workbench(aws, prefix, f"{prefix}-bucket", role["Arn"]))
        made[-1].s3.create_bucket(Bucket=made[-1].bucket)
        made[-1].allow(made[-1].may("ecr:*", "s3:*", "logs:*", "sns:Publish", "kms:*"))
        return made[-1]

    yield make
    for bench in made:
        bench.close()


@pytest.fixture
def workbench(embedded_aws: Any, make_workbench: Callable[[Any], Workbench]) -> Workbench:
    """A corner in the embedded AWS that the tests of a session share."""
    return make_workbench(embedded_aws)
