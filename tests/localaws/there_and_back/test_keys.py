"""`kms_key_arn` of a live environment: to a company's key, to another and back, while callers never stop asking.

Callers hold what the stacks give them and no more: the policy of each endpoint. `MODELYARD_SWITCHES=all` takes every
way between the three; otherwise one there and back.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "000000000000"
PAUSE_SECONDS = 0.25
# Every way from one to another, once: none -> own -> other -> none -> other -> own -> none.
_ALL = ["own", "other", "none", "other", "own", "none"]
_STEPS = _ALL if os.environ.get("MODELYARD_SWITCHES") == "all" else ["own", "none"]


class Callers:
    """Two programs that ask the endpoints as a role with their policies, and count."""

    def __init__(self, company: Any) -> None:
        self._aws = company.aws
        self._outputs = {name: company.outputs(name) for name in company.entries}
        self._over = threading.Event()
        self.answered = 0
        self.failed: list[str] = []
        self._pending: dict[str, str] = {}
        self.asked_asynchronously = 0
        iam = self._aws.client("iam")
        trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
        iam.create_role(
            RoleName="caller", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        )
        for told in self._outputs.values():
            iam.attach_role_policy(RoleName="caller", PolicyArn=told["InvokePolicyArn"])
        session = self._aws.client("sts").assume_role(
            RoleArn=f"arn:aws:iam::{ACCOUNT}:role/caller", RoleSessionName="load", DurationSeconds=3600
        )
        self._credentials = session["Credentials"]

    def client(self, service: str) -> Any:
        return self._aws.client(service, credentials=self._credentials)

    def _talk(self) -> None:
        runtime = self.client("sagemaker-runtime")
        while not self._over.wait(PAUSE_SECONDS):
            try:
                runtime.invoke_endpoint(EndpointName="talk", ContentType="application/json", Body=b"{}")
                self.answered += 1
            except ClientError as error:
                self.failed.append(f"talk: {error}")

    def _send_papers(self) -> None:
        s3, runtime = self.client("s3"), self.client("sagemaker-runtime")
        bucket, _, prefix = self._outputs["papers"]["AsyncInputPrefix"].removeprefix("s3://").partition("/")
        for number in itertools.count():
            if self._over.wait(PAUSE_SECONDS):
                return
            key = f"{prefix}{number}.json"
            try:
                s3.put_object(Bucket=bucket, Key=key, Body=json.dumps({"number": number}).encode())
                accepted = runtime.invoke_endpoint_async(
                    EndpointName="papers", InputLocation=f"s3://{bucket}/{key}", ContentType="application/json"
                )
                self.asked_asynchronously += 1
                self._pending[accepted["OutputLocation"]] = accepted["FailureLocation"]
            except ClientError as error:
                self.failed.append(f"papers: {error}")

    @contextlib.contextmanager
    def asking(self) -> Iterator[None]:
        """Ask until the block ends."""
        self._over.clear()
        threads = [threading.Thread(target=target) for target in (self._talk, self._send_papers)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join()

    def unanswered(self) -> list[str]:
        """The answers of accepted asynchronous requests that do not come, however long one waits."""
        s3 = self.client("s3")
        patience = time.monotonic() + 120
        while self._pending and time.monotonic() < patience:
            for output in list(self._pending):
                bucket, _, key = output.removeprefix("s3://").partition("/")
                with contextlib.suppress(ClientError):
                    s3.get_object(Bucket=bucket, Key=key)
                    del self._pending[output]
            time.sleep(0.2)
        return sorted(self._pending)


@pytest.fixture(scope="module")
def company(new_company: Callable[..., Any]) -> Any:
    made = new_company("talk", "papers")
    made.deploy("foundation")
    made.stage()
    made.deploy()
    return made


@pytest.fixture(scope="module")
def callers(company: Any) -> Callers:
    return Callers(company)


@pytest.mark.timeout(1800)
def test_whichever_key_is_named_no_request_is_lost_and_the_way_back_is_the_way_there(
    company: Any, callers: Callers
) -> None:
    first = company.published("key-arn")
    keys = {"none": first, "own": company.new_key(), "other": company.new_key()}
    s3 = company.aws.client("s3")
    artifacts, answers = company.published("artifacts-bucket"), company.published("async-bucket")
    with callers.asking():
        for step in _STEPS:
            company.write_environment(**({} if step == "none" else {"kms_key_arn": keys[step]}))
            company.deploy()
            assert company.published("key-arn") == keys[step]
            # What is new lies under the new key at once, the weights as soon as somebody stages again.
            company.stage()
            assert s3.head_object(Bucket=artifacts, Key="talk/tiny-open/model.bin")["SSEKMSKeyId"] == keys[step]
            before = callers.asked_asynchronously
            while callers.asked_asynchronously < before + 4 and not callers.failed:
                time.sleep(PAUSE_SECONDS)
    assert callers.failed == []
    assert callers.unanswered() == []
    assert callers.answered > 4 * len(_STEPS)
    used = {
        s3.head_object(Bucket=answers, Key=one["Key"])["SSEKMSKeyId"]
        for one in s3.list_objects_v2(Bucket=answers, Prefix="papers/output/")["Contents"]
    }
    assert used == {keys[step] for step in ("none", *_STEPS)}
    # The foundation made one key and found it again.
    stacks = company.aws.client("cloudformation").describe_stack_resources(StackName="modelyard-local-foundation")
    made = [one["PhysicalResourceId"] for one in stacks["StackResources"] if one["ResourceType"] == "AWS::KMS::Key"]
    assert [first.rpartition("/")[2]] == [one.rpartition("/")[2] for one in made]


def test_the_foundation_alone_may_be_deployed_first_and_everything_goes_on(company: Any, callers: Callers) -> None:
    company.write_environment(kms_key_arn=company.new_key())
    company.deploy("foundation")
    with callers.asking():
        before = callers.asked_asynchronously
        while callers.asked_asynchronously < before + 8 and not callers.failed:
            time.sleep(PAUSE_SECONDS)
    assert callers.failed == []
    assert callers.unanswered() == []


@pytest.mark.parametrize("spoilt", ["missing", "disabled", "for signing"])
def test_a_key_that_cannot_encrypt_is_refused_before_anything_is_deployed(company: Any, spoilt: str) -> None:
    kms = company.aws.client("kms")
    arn = company.new_key()
    if spoilt == "missing":
        arn = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/00000000-0000-0000-0000-000000000000"
    elif spoilt == "disabled":
        kms.disable_key(KeyId=arn)
    else:
        arn = kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")["KeyMetadata"]["Arn"]
    before = company.published("key-arn")
    company.write_environment(kms_key_arn=arn)
    done = company.cdk("deploy", "--all")
    assert done.returncode == 1
    assert arn in done.stderr
    assert company.published("key-arn") == before


def test_another_prefix_is_refused_before_anything_is_deployed(company: Any) -> None:
    company.write_environment(name_prefix="other")
    done = company.cdk("deploy", "--all")
    assert done.returncode == 1
    assert "Keep the prefix that is deployed" in done.stderr
    company.write_environment()
    company.deploy("foundation")
