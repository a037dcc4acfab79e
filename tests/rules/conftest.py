"""A catalog built entry by entry, so that each rule's test states only what its rule is about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelyard.catalog.entry import Catalog
from modelyard.catalog.instance_lock import FILE_NAME
from modelyard.catalog.loader import load
from modelyard.catalog.merge import merge
from modelyard.rules.engine import judge

KINDS: dict[str, dict[str, Any]] = {
    "real-time": {
        "model": "open-model",
        "serving": {"engine": "vllm", "instance": "ml.g5.2xlarge"},
        "scaling": {"instances": {"min": 1, "max": 1}},
    },
    "async": {
        "model": "open-model",
        "serving": {"engine": "vllm", "instance": "ml.g5.2xlarge"},
        "scaling": {"instances": {"min": 0, "max": 1}},
    },
    "serverless": {
        "model": "open-model",
        "serving": {"engine": "custom", "image": "own/engine:1-cpu", "memory_mb": 2048},
    },
    "multi-model": {
        "models": ["open-model"],
        "serving": {"engine": "custom", "image": "own/engine:1", "instance": "ml.m5.xlarge"},
        "scaling": {"instances": {"min": 1, "max": 1}},
    },
}
MODEL: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parents[1] / "catalogs/open-model/open-model.yaml").read_text("utf-8")
)
LOCKED: dict[str, Any] = {
    "instance": ["ml.g5.2xlarge"],
    "tensor_parallel_degree": None,
    "volume_gib": None,
    "price": {"usd_per_hour": "1.515", "dated": "2025-01-26", "basis": "list"},
    "chosen_on": "2026-11-21",
    "chosen_for": "a smaller model",
    "inputs": "0000000000000000",
    "fallbacks": [],
    "lost": [],
}
ENVIRONMENT: dict[str, Any] = {"account": "111122223333", "region": "us-east-1"}
QUOTAS = {
    "L-9614C779": "ml.g5.2xlarge for endpoint usage",
    "L-C1B9A48D": "ml.g5.4xlarge for endpoint usage",
    "L-7A3DF611": "Number of instances across active endpoints",
    "L-ED8DEE9B": "Maximum number of instances per endpoint",
    "L-99AD19BF": "Number of serverless endpoints",
    "L-96300102": "Total concurrency of serverless endpoints",
}


class House:
    """A catalog folder of its own, with one team, one model and one environment called `here`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.team("crew", alarms={"email": ["crew@example.com"]})
        self.model("open-model")
        self.environment("here")
        (folder / "endpoints").mkdir()

    def entry(self, kind: str, name: str = "probe", **changes: Any) -> House:
        """An entry of a kind that breaks no rule, but for the changes."""
        self._write(f"endpoints/{name}", merge({"kind": kind, "team": "crew", **KINDS[kind]}, changes))
        return self

    def model(self, name: str, **changes: Any) -> House:
        """A model with 12 attention heads and 4096 tokens of context, but for the changes."""
        self._write(f"models/{name}", merge(MODEL, changes))
        return self

    def team(self, name: str, **changes: Any) -> House:
        """The organisation's one team, without alarms, but for the changes."""
        self._write("organisation", {"teams": {name: {"cost_center": "CC-1", "owner": name, **changes}}})
        return self

    def environment(self, name: str, **changes: Any) -> House:
        """An environment in us-east-1, but for the changes."""
        self._write(f"environments/{name}", merge(ENVIRONMENT, changes))
        return self

    def quotas(self, granted: dict[str, int], *, adjustable: bool = True) -> House:
        """What the account of `here` was granted of the quotas in QUOTAS, by code."""
        quotas = [
            {"code": code, "name": QUOTAS[code], "applied": number, "default": 0, "adjustable": adjustable}
            for code, number in granted.items()
        ]
        written = {**ENVIRONMENT, "pulled_on": "2026-11-21", "quotas": quotas}
        path = self._folder / "quotas" / f"{ENVIRONMENT['account']}-{ENVIRONMENT['region']}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(written), encoding="utf-8")
        return self

    def lock(self, entry: str, **changes: Any) -> House:
        """A lock of one entry on ml.g5.2xlarge, but for the changes."""
        locked = {"environments": {"here": {entry: {**LOCKED, **changes}}}}
        (self._folder / FILE_NAME).write_text(json.dumps(locked), encoding="utf-8")
        return self

    def catalog(self) -> Catalog:
        """What `here` deploys."""
        return load(self._folder, "here")

    def found(self, rule_id: str) -> list[str]:
        """What one rule says about it."""
        return [finding.message for finding in judge(self.catalog()).findings if finding.rule == rule_id]

    def breaks(self) -> set[str]:
        """The ids of every rule that is broken."""
        return {finding.rule for finding in judge(self.catalog()).findings}

    def _write(self, name: str, values: dict[str, Any]) -> None:
        path = self._folder / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(values), encoding="utf-8")


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A catalog without entries."""
    return House(tmp_path)
