"""A model's environment variables fit the API."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.entry import Catalog, Entry
from modelyard.rules.rule import Rule, Violation

MOST_VARIABLES = 100
MOST_BYTES = 32 * 1024
# What an endpoint's construct adds for itself (model, context, concurrency, parallelism).
OWN_VARIABLES = 10

_EXAMPLE = """\
# catalog/endpoints/chat.yaml
kind: real-time
serving:
  environment:
{settings}
"""

RULE = Rule(
    id="MY035",
    severity="error",
    title="environment variables are at most 90, and 32 KB together",
    reason="CreateModel takes 100 variables and 32 KB over all containers; ten are kept for what the "
    "entry's other keys set.",
    source="EnvironmentMap and CreateModel in the botocore 1.44.5 sagemaker model",
    fix="move long values into a file that lies with the weights",
    fails=_EXAMPLE.format(settings="\n".join(f'    SETTING_{number}: "{number}"' for number in range(91))),
    passes=_EXAMPLE.format(settings="    SETTINGS_FILE: /opt/ml/model/settings.json"),
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    variables = entry.endpoint.serving.environment
    place = ("serving", "environment")
    if len(variables) > MOST_VARIABLES - OWN_VARIABLES:
        yield Violation(
            place,
            f"environment holds {len(variables)} variables, at most {MOST_VARIABLES - OWN_VARIABLES} are "
            "allowed: move settings into a file with the weights",
            at_key=True,
        )
    size = sum(len(key.encode()) + len(value.encode()) for key, value in variables.items())
    if size > MOST_BYTES:
        yield Violation(
            place,
            f"environment holds {size} bytes, at most {MOST_BYTES} are allowed: move long values into a file "
            "with the weights",
            at_key=True,
        )
