"""An instance that was chosen by `modelyard lock` was chosen for what the entry says today."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.capacity.engine_settings import SettingError
from modelyard.capacity.lock_inputs import lock_inputs
from modelyard.catalog.entry import Catalog, Entry
from modelyard.rules.rule import Rule, Violation

RULE = Rule(
    id="MY056",
    severity="warning",
    title="a locked instance was chosen for what its entry says today",
    reason="something that sizes the endpoint has changed since, so another instance may now be cheaper. A price that "
    "has changed is nothing to this rule.",
    source="docs/decisions/0005-instances-are-locked.md",
    fix="run `modelyard lock --update <entry>` and commit instances.lock.json, even where the same instance is chosen",
    fails="""\
# catalog/endpoints/chat.yaml
kind: real-time
serving: {engine: vllm, instance: auto}
# catalog/instances.lock.json
{"environments": {"prod": {"chat": {
  "instance": ["ml.g5.2xlarge"], "tensor_parallel_degree": null, "volume_gib": null,
  "price": {"usd_per_hour": "1.515", "dated": "2025-01-26", "basis": "list"},
  "chosen_on": "2026-11-21", "chosen_for": "a smaller model", "inputs": "0000000000000000",
  "fallbacks": [], "lost": []}}}}
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: real-time
serving: {engine: vllm, instance: ml.g5.2xlarge}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    if entry.locked is None:
        return
    try:
        inputs = lock_inputs(entry, region=catalog.environment.region, locked=entry.locked.instance)
    except SettingError:
        return  # it is no question of the instance
    if inputs != entry.locked.inputs:
        yield Violation(
            ("serving", "instance"),
            f"instance is auto and locked to {', '.join(entry.locked.instance)} for {entry.locked.chosen_for}, and "
            f"that has changed: `modelyard lock --update {entry.name} --environment {catalog.environment_name}` "
            "chooses anew",
        )
