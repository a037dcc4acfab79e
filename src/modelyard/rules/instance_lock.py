"""An instance that was chosen by `modelyard lock` still runs what the entry asks for."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.capacity.engine_settings import SettingError
from modelyard.capacity.instances import hosting_types, instance
from modelyard.capacity.memory_fit import GIB, Fit, fit
from modelyard.capacity.workload import entry_workload, on_instance
from modelyard.catalog.entry import Catalog, Entry
from modelyard.catalog.images import ImageError
from modelyard.rules.rule import Rule, Violation

RULE = Rule(
    id="MY055",
    severity="error",
    title="a locked instance still fits its entry",
    reason="the model, its context or concurrency, the region or the hardware facts have changed since the instance of "
    "an `instance: auto` was chosen, and it no longer holds the model.",
    source="docs/decisions/0005-instances-are-locked.md; the terms and their sources: modelyard/capacity/memory_fit.py",
    fix="run `modelyard lock --update <entry>`, look at what changes, and commit instances.lock.json",
    fails="""\
# catalog/models/open-model.yaml
parameters: 70000000000
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
    for name in entry.locked.instance:
        problem = _problem(entry, catalog.environment.region, name)
        if problem:
            yield Violation(
                ("serving", "instance"),
                f"instance is auto and locked to {name}, but {problem}: run "
                f"`modelyard lock --update {entry.name} --environment {catalog.environment_name}`",
            )


def _problem(entry: Entry, region: str, name: str) -> str | None:
    """Why the locked instance no longer runs the entry, in one clause."""
    type_ = instance(name)
    if type_ is None:
        return "AWS has no such hosting instance type"
    if name not in (hosting_types(region) or {name}):
        return f"{region} does not offer it"
    for model_name, model in entry.models.items():
        try:
            asked = on_instance(entry_workload(entry, model), type_, region=region, image=entry.endpoint.serving.image)
        except ImageError as none:
            return str(none)
        except SettingError:
            return None  # it is no question of the instance
        sized = fit(model_name, model, asked, type_)
        if not sized.fits:
            return f"{model_name} does not fit: {_why(sized)}"
    return None


def _why(sized: Fit) -> str:
    if sized.problems:
        return sized.problems[0]
    return f"{sized.needed_bytes / GIB:.1f} GiB on each {sized.device_word}, which has {sized.device_bytes / GIB:.1f}"
