"""A deployment changes a role before the endpoint: whatever an instance wrote before, it may write until it is gone."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelyard.catalog.loader import load
from modelyard.planning.snapshot import stacks_of

CATALOG = Path(__file__).parents[1] / "catalogs" / "four-kinds"
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: the inline policies of a role together.
MOST_POLICY_CHARACTERS = 10_240
CAPTURES = [
    None,
    *({"sample_percent": 100, "keep_days": days, "redact": redact} for days in (1, 7, 365) for redact in (False, True)),
]
SIGNALS = [None, {"stream": {"shards": 1}}, {"stream": {"shards": 1}, "delivery": "put-records"}]


@pytest.fixture
def described(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Writes the real-time endpoint as an entry and an environment say, and describes its stack."""
    number = iter(range(1000))

    def resources(capture: Any, signals: Any) -> dict[str, Any]:
        copy = tmp_path / str(next(number)) / "catalog"
        shutil.copytree(CATALOG, copy)
        for path, key, value in (
            (copy / "endpoints" / "shelf.yaml", "capture", capture),
            (copy / "environments" / "guarded.yaml", "signals", signals),
            # Containers that put records need a way to Kinesis.
            (copy / "environments" / "guarded.yaml", "isolate", False),
        ):
            table = yaml.safe_load(path.read_text())
            table.pop(key, None)
            path.write_text(yaml.safe_dump(table | ({} if value is None else {key: value}), sort_keys=False))
        return dict(stacks_of(load(copy, "guarded"), only={"shelf"})["shelf"])

    return resources


def statements(resources: dict[str, Any]) -> list[dict[str, Any]]:
    policies = resources["ExecutionRole"]["Properties"]["Policies"]
    return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]


def allowed(resources: dict[str, Any], action: str) -> set[str]:
    found = [one["Resource"] for one in statements(resources) if action in one["Action"]]
    return {str(resource) for each in found for resource in each}


def captures_to(resources: dict[str, Any]) -> str | None:
    """The ARN of what an instance writes below, as the configuration says."""
    [config] = [one["Properties"] for one in resources.values() if one["Type"] == "AWS::SageMaker::EndpointConfig"]
    if "DataCaptureConfig" not in config:
        return None
    folder = config["DataCaptureConfig"]["DestinationS3Uri"].removeprefix("s3://")
    return f"arn:aws:s3:::{folder}/guarded-shelf/*"


def test_what_was_captured_before_a_switch_is_written_until_other_instances_have_taken_over(
    described: Callable[..., dict[str, Any]],
) -> None:
    states = [
        (capture, signals, described(capture, signals))
        for capture, signals in product(CAPTURES, SIGNALS[:2])
        if signals is not None or not (capture or {}).get("redact")
    ]
    assert len({captures_to(resources) for *_, resources in states}) == 10
    for (capture, signals, before), (*to, after) in product(states, states):
        written = captures_to(before)
        assert written is None or written in allowed(after, "s3:PutObject"), f"{capture}, {signals} to {to}"


def test_records_that_containers_put_are_taken_until_others_that_log_them_have_taken_over(
    described: Callable[..., dict[str, Any]],
) -> None:
    logged, put = (described(None, signals) for signals in SIGNALS[1:])
    assert allowed(put, "kinesis:PutRecords")
    assert allowed(put, "kinesis:PutRecords") == allowed(logged, "kinesis:PutRecords")


def test_all_that_a_role_may_do_fits_into_its_inline_policies(described: Callable[..., dict[str, Any]]) -> None:
    resources = described(CAPTURES[-1], SIGNALS[-1])
    policies = resources["ExecutionRole"]["Properties"]["Policies"]
    assert sum(len("".join(str(policy["PolicyDocument"]).split())) for policy in policies) < MOST_POLICY_CHARACTERS
