"""The account's quotas leave room for a second fleet while one is replaced."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.capacity.quota_shortfall import Shortfall, shortfalls, unknown_quotas
from modelyard.catalog.entry import Catalog
from modelyard.rules.account_need import account_need
from modelyard.rules.rule import Rule, Violation

RULE = Rule(
    id="MY054",
    severity="warning",
    title="the account's quotas have room for updates and fallbacks, where these were pulled",
    reason="an update builds the new fleet beside the old one, so until traffic has moved both count; a rolling one "
    "adds a batch. Without room the update fails with ResourceLimitExceeded and rolls back. Counted are updates at "
    "the largest size, of one endpoint and of all at once (cdk deploy --concurrency), and every entry that falls back "
    "on a type of its list.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green.html",
    fix="ask for more with the command that the message ends with, then `modelyard quotas pull`; or roll out with "
    "strategy rolling, while endpoints are small, and one after the other",
    fails="""\
# catalog/quotas/111122223333-us-east-1.json
{"account": "111122223333", "region": "us-east-1", "pulled_on": "2026-11-21", "quotas": [{"code": "L-9614C779",
"name": "ml.g5.2xlarge for endpoint usage", "applied": 3, "default": 0, "adjustable": true}]}
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
    needs = account_need(catalog)
    for short in shortfalls(needs, catalog.quotas):
        if short.occasion != "steady":
            yield Violation(("account",), _sentence(short))
    unknown = [need.name for need in unknown_quotas(needs, catalog.quotas)]
    if unknown:
        yield Violation(
            ("account",),
            f"the quotas pulled on {catalog.quotas.pulled_on} do not say how much there is of "
            f"{', '.join(unknown)}: pull them again with `modelyard quotas pull`",
        )


def _sentence(short: Shortfall) -> str:
    need = short.need
    names = need.named
    quota = f'quota "{short.quota.name}" ({short.quota.code}) is {short.have}'
    if short.occasion == "one update":
        wanted, when = (
            need.one_update,
            f"while {'the largest of ' if len(need.endpoints) > 1 else ''}{names} is updated",
        )
    elif short.occasion == "fallback":
        wanted, when = need.one_update + need.fallback, f"by {names} once instance lists fall back on it"
    else:
        wanted, when = need.all_updates + need.fallback, f"while {names} are updated at once"
    return f"{quota}, but {wanted} {need.unit} are needed {when}: {short.way_out}"
