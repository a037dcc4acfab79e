"""No secret stands in a model's environment variables."""

from __future__ import annotations

import re
from collections.abc import Iterator

from catalog.entry import Catalog, Entry
from rules.rule import Rule, Violation

SECRET_NAME = re.compile(
    r"(?:^|_)(?:TOKEN|SECRET|SECRET_KEY|PASSWORD|PASSWD|API_KEY|ACCESS_KEY|ACCESS_KEY_ID|CREDENTIALS?)$"
)
# How well-known tokens start: Hugging Face, AWS, OpenAI and alike, GitHub, Slack, and PEM private keys.
SECRET_VALUE = re.compile(
    r"hf_[A-Za-z0-9]{16,}|(?:AKIA|ASIA)[A-Z0-9]{16}|sk-[A-Za-z0-9_-]{16,}|gh[pousr]_[A-Za-z0-9]{20,}|xox[abprs]-|-----BEGIN"
)
DYNAMIC_REFERENCE = "{{resolve:"
POINTS_TO_SECRET = re.compile(r"arn:aws[a-z-]*:(?:secretsmanager|ssm):|/|\$\{")

RULE = Rule(
    id="MY036",
    severity="error",
    title="no secret stands in environment variables",
    reason="whoever may call DescribeModel reads the variables, a resolved dynamic reference included; the "
    "file itself is in version control.",
    source="CreateModel, Environment: "
    "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html",
    fix="stage gated weights to S3 with `modelyard stage`, or pass a secret's ARN that your own entry point reads",
    waivable=True,
    fails="""\
# catalog/endpoints/chat.yaml
kind: real-time
serving: {environment: {HF_TOKEN: not-to-be-shared}}
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: real-time
serving: {environment: {TOKEN_SOURCE: "arn:aws:secretsmanager:us-east-1:111122223333:secret:hub"}}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    for name, value in entry.endpoint.serving.environment.items():
        named = SECRET_NAME.search(name.upper()) and value and not POINTS_TO_SECRET.match(value)
        if named or SECRET_VALUE.search(value) or DYNAMIC_REFERENCE in value:
            yield Violation(
                ("serving", "environment", name),
                f"{name} holds a secret, which DescribeModel shows to everyone with read access: stage gated "
                "weights to S3 with `modelyard stage`, or give a secret's ARN that your own image reads",
                at_key=True,
            )
