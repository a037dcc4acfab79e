"""A container without network does not fetch its model from a hub."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.entry import Catalog, Entry
from modelyard.rules.rule import Rule, Violation

# Variables that engines take a model's hub id from: Hugging Face's images and LMI, vLLM's and SGLang's, LMI's own.
MODEL_VARIABLES = ("HF_MODEL_ID", "SM_VLLM_MODEL", "SM_ON_MODEL", "SM_SGLANG_MODEL_PATH", "OPTION_MODEL_ID", "MODEL_ID")

RULE = Rule(
    id="MY034",
    severity="error",
    title="a container under network isolation takes its weights from S3",
    reason="EnableNetworkIsolation leaves the container without outbound network, so a download from a hub never ends.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/mkt-algo-model-internet-free.html",
    fix="remove the variable (staged weights are found without it), or set isolate: false in the environment",
    fails="""\
# catalog/environments/prod.yaml
network:
  subnets: [subnet-0a1b2c3d4e5f60001, subnet-0a1b2c3d4e5f60002]
  security_groups: [sg-0a1b2c3d4e5f60003]
# catalog/endpoints/chat.yaml
kind: real-time
serving: {environment: {HF_MODEL_ID: Qwen/Qwen2.5-14B-Instruct}}
""",
    passes="""\
# catalog/environments/prod.yaml
network:
  subnets: [subnet-0a1b2c3d4e5f60001, subnet-0a1b2c3d4e5f60002]
  security_groups: [sg-0a1b2c3d4e5f60003]
# catalog/endpoints/chat.yaml
kind: real-time
serving: {environment: {HF_MODEL_ID: /opt/ml/model}}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    # AWS offers neither VPC nor isolation to serverless endpoints, so theirs keep their network.
    if not catalog.environment.isolates or entry.endpoint.kind == "serverless":
        return
    for name in MODEL_VARIABLES:
        value = entry.endpoint.serving.environment.get(name)
        if value and not value.startswith(("/", "s3://", ".")):
            yield Violation(
                ("serving", "environment", name),
                f"{name} is {value}, which an isolated container cannot download: remove it, staged weights are "
                "found in /opt/ml/model",
            )
