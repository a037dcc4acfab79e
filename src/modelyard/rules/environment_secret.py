"""No secret stands in a model's environment variables."""

from __future__ import annotations

import re
from collections.abc import Iterator

from modelyard.catalog.entry import Catalog, Entry
from modelyard.catalog.secret_form import has_secret_form
from modelyard.rules.rule import Rule, Violation

SECRET_NAME = re.compile(
    r"(?:^|_)(?:TOKEN|SECRET|SECRET_KEY|PRIVATE_KEY|PASSWORD|PASSWD|PASSPHRASE|API_KEY|APIKEY|AUTH_KEY|ACCESS_KEY"
    r"|ACCESS_KEY_ID|PAT|CREDENTIALS?|CONNECTION_STRING)$"
)
# Tokens that a model reads and writes, and switches: EOS_TOKEN: </s>, ADD_BOS_TOKEN: "true".
TEXT_TOKEN_NAME = re.compile(r"(?:^|_)(?:BOS|EOS|PAD|UNK|SEP|CLS|MASK|STOP|START|END|IMAGE|SPECIAL)_TOKEN$")
PLAIN_VALUE = re.compile(r"[0-9.]*|true|false|auto|none", re.IGNORECASE)
POINTS_TO_SECRET = re.compile(r"arn:aws[a-z-]*:(?:secretsmanager|ssm):|/|\$\{")

RULE = Rule(
    id="MY036",
    severity="error",
    title="no secret stands in environment variables",
    reason="whoever may call DescribeModel reads the variables; the file itself is in version control.",
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
        if has_secret_form(value) or _is_named_like_a_secret(name, value):
            yield Violation(
                ("serving", "environment", name),
                f"{name} holds a secret, which DescribeModel shows to everyone with read access: stage gated weights "
                "to S3 with `modelyard stage`, or give a secret's ARN that your own image reads",
                at_key=True,
            )


def _is_named_like_a_secret(name: str, value: str) -> bool:
    if PLAIN_VALUE.fullmatch(value) or POINTS_TO_SECRET.match(value):
        return False
    return bool(SECRET_NAME.search(name.upper())) and not TEXT_TOKEN_NAME.search(name.upper())
