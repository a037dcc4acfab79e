"""Every endpoint at its largest fits the account's quotas."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.capacity.quota_shortfall import Shortfall, shortfalls
from modelyard.catalog.entry import Catalog
from modelyard.rules.account_need import account_need
from modelyard.rules.rule import Rule, Violation

RULE = Rule(
    id="MY053",
    severity="error",
    title="all endpoints at their largest fit the account's quotas, where these were pulled",
    reason="accounts start with a quota of 0 for nearly every GPU and Neuron type. A deploy, or the scaling out of an "
    "endpoint that is deployed, then ends with ResourceLimitExceeded. Counted is what all environments of the "
    "catalog in the same account and region may run at once; without quotas/<account>-<region>.json nothing is said.",
    source="https://docs.aws.amazon.com/general/latest/gr/sagemaker.html",
    fix="ask for more with the command that the message ends with, then `modelyard quotas pull`; or lower the maxima",
    fails="""\
# catalog/quotas/111122223333-us-east-1.json
{"account": "111122223333", "region": "us-east-1", "pulled_on": "2026-11-21", "quotas": [{"code": "L-9614C779",
"name": "ml.g5.2xlarge for endpoint usage", "applied": 2, "default": 0, "adjustable": true}]}
# catalog/endpoints/chat.yaml
kind: real-time
serving: {instance: ml.g5.2xlarge}
scaling: {instances: {min: 3, max: 3}}
""",
    passes="""\
# catalog/quotas/111122223333-us-east-1.json
{"account": "111122223333", "region": "us-east-1", "pulled_on": "2026-11-21", "quotas": [{"code": "L-9614C779",
"name": "ml.g5.2xlarge for endpoint usage", "applied": 6, "default": 0, "adjustable": true}, {"code": "L-7A3DF611",
"name": "Number of instances across active endpoints", "applied": 6, "default": 4, "adjustable": true},
{"code": "L-ED8DEE9B", "name": "Maximum number of instances per endpoint", "applied": 4, "default": 4,
"adjustable": true}]}
# catalog/endpoints/chat.yaml
kind: real-time
serving: {instance: ml.g5.2xlarge}
scaling: {instances: {min: 3, max: 3}}
""",
)


def check_environment(catalog: Catalog) -> Iterator[Violation]:
    if catalog.quotas is None:
        return
    for short in shortfalls(account_need(catalog), catalog.quotas):
        if short.occasion == "steady":
            yield Violation(("account",), _sentence(short))


def _sentence(short: Shortfall) -> str:
    need = short.need
    return (
        f'quota "{short.quota.name}" ({short.quota.code}) is {short.have}, but {need.steady} {need.unit} are needed by '
        f"{need.named}: {short.way_out}"
    )
