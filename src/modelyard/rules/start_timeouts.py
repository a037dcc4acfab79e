"""A stated time limit is long enough for the bytes that must move before an endpoint answers."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.capacity.start_time import SAFETY_FACTOR, TimeLimit, entry_limits
from modelyard.catalog.entry import Catalog, Entry
from modelyard.rules.rule import Rule, Violation

RULE = Rule(
    id="MY057",
    severity="warning",
    title="a stated start or download timeout is at least what the bytes take",
    reason="AWS stops a start that exceeds its limit, after the instances have been paid for. What weights and image "
    "take at an instance's guaranteed rates, times a safety factor, is derived: it warns.",
    source="https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html; rates and their "
    "sources: src/modelyard/capacity/transfer_rates.py",
    fix="remove the key, and the limit is derived; `modelyard fit <entry>` shows every step of it",
    fails="""\
# catalog/models/open-model.yaml
parameters: 7000000000
# catalog/endpoints/chat.yaml
kind: real-time
serving: {engine: vllm, instance: ml.g5.2xlarge, download_timeout_seconds: 60}
""",
    passes="""\
# catalog/models/open-model.yaml
parameters: 7000000000
# catalog/endpoints/chat.yaml
kind: real-time
serving: {engine: vllm, instance: ml.g5.2xlarge}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    if entry.endpoint.kind == "serverless":
        return
    serving = entry.endpoint.serving
    stated = {
        "download_timeout_seconds": serving.download_timeout_seconds,
        "startup_timeout_seconds": serving.startup_timeout_seconds,
    }
    if not any(stated.values()):
        return
    limits = entry_limits(entry)
    if limits is None:
        return
    derived = {"download_timeout_seconds": limits.download, "startup_timeout_seconds": limits.startup}
    for key, seconds in stated.items():
        if seconds is not None and seconds < derived[key].seconds:
            yield Violation(("serving", key), _too_short(entry, key, seconds, derived[key]))


def _too_short(entry: Entry, key: str, seconds: int, limit: TimeLimit) -> str:
    return (
        f"{key} is {seconds}, but {' and '.join(step.name for step in limit.steps)} take {limit.expected_seconds:.0f} "
        f"seconds at guaranteed rates: leave it out for {limit.seconds} ({SAFETY_FACTOR} times that); "
        f"`modelyard fit {entry.name}` shows the steps"
    )
