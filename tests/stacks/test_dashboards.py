"""Dashboards are valid, and they and the alarms name no metric that nobody publishes for the kind.

What is published stands in emitted_metrics.yaml with its sources.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelyard.capacity.instances import instance

CATALOG = Path(__file__).parents[2] / "tests" / "catalogs" / "four-kinds"
EMITTED = yaml.safe_load(Path(__file__).with_name("emitted_metrics.yaml").read_text("utf-8"))
SIGNALS_RUNBOOK = Path(__file__).parents[2] / "docs" / "runbooks" / "signals-alarms.md"
DASHBOARD = "AWS::CloudWatch::Dashboard"
KINDS = {
    "chat": "real-time",
    "chat-neuron": "real-time",
    "shelf": "multi-model",
    "answers": "serverless",
    "summaries": "async",
}
WITH_GPU = {"chat", "summaries"}
# What SEARCH looks for: {namespace,dimension,...} MetricName="..."
SEARCH = re.compile(r"SEARCH\('\{([^,}]+),([^}]+)\} MetricName=\"(\w+)\"', '(\w+)'\)")
Named = tuple[str, tuple[str, ...], str]


def emitted(kind: str, *, gpu: bool, records: bool = False, capture: bool = False) -> set[Named]:
    found = {"gpu": gpu, "records": records, "capture": capture}
    there = {None, *(name for name, is_there in found.items() if is_there)}
    return {
        (row["namespace"], tuple(row["dimensions"]), metric)
        for row in EMITTED
        if kind in row["kinds"] and row.get("needs") in there
        for metric in row["metrics"]
    }


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory, run_app: Any) -> Any:
    """Templates of a catalog whose entries and environment all ask for their dashboard."""
    folder = tmp_path_factory.mktemp("shown")
    catalog = folder / "catalog"
    shutil.copytree(CATALOG, catalog)
    with (catalog / "environments" / "plain.yaml").open("a", encoding="utf-8") as environment:
        environment.write("fleet_dashboard: true\ndefaults: {every: {dashboard: true}}\n")
    return run_app(folder / "out", "plain", catalog=catalog)


def body_of(templates: Any, stack: str) -> tuple[dict[str, Any], set[str]]:
    """A stack's dashboard, and the logical ids whose attributes it names."""
    written = templates.only(stack, DASHBOARD)["DashboardBody"]
    text = written["Fn::Sub"] if isinstance(written, dict) else written
    names = set(re.findall(r"\$\{(\w+)\.Arn\}", text))
    return json.loads(re.sub(r"\$\{\w+\.Arn\}", "arn:aws:cloudwatch:us-east-1:111122223333:alarm:x", text)), names


def metrics_in(body: dict[str, Any]) -> Iterator[Named]:
    for widget in body["widgets"]:
        for metric in widget["properties"].get("metrics", []):
            if "expression" in metric[0]:
                found = SEARCH.fullmatch(metric[0]["expression"])
                assert found, metric[0]["expression"]
                yield found[1], tuple(found[2].split(",")), found[3]
            else:
                namespace, name, *dimensions, _ = metric
                yield namespace, tuple(dimensions[::2]), name


def metrics_of_alarms(template: dict[str, Any]) -> Iterator[Named]:
    for resource in template["Resources"].values():
        if resource["Type"] != "AWS::CloudWatch::Alarm":
            continue
        properties = resource["Properties"]
        watched = [query["MetricStat"]["Metric"] for query in properties.get("Metrics", []) if "MetricStat" in query]
        for metric in watched or [properties]:
            yield metric["Namespace"], tuple(one["Name"] for one in metric["Dimensions"]), metric["MetricName"]


@pytest.mark.parametrize("stack", KINDS)
def test_a_dashboard_shows_only_what_is_published_for_the_kind(shown: Any, stack: str) -> None:
    body, _ = body_of(shown, stack)
    named = set(metrics_in(body))
    assert len(named) > 5
    assert named <= emitted(KINDS[stack], gpu=stack in WITH_GPU)


@pytest.mark.parametrize("stack", KINDS)
def test_an_alarm_watches_only_what_is_published_for_the_kind(shown: Any, stack: str) -> None:
    assert set(metrics_of_alarms(shown[stack])) <= emitted(KINDS[stack], gpu=stack in WITH_GPU)


@pytest.mark.parametrize("stack", KINDS)
def test_a_dashboard_names_its_own_endpoint_and_shows_every_alarm_of_its_stack(shown: Any, stack: str) -> None:
    body, alarms = body_of(shown, stack)
    for widget in body["widgets"]:
        for metric in widget["properties"].get("metrics", []):
            dimensions = dict(zip(metric[2:-1:2], metric[3:-1:2], strict=True))
            assert dimensions["EndpointName"] == f"plain-{stack}"
            assert dimensions.get("VariantName", "AllTraffic") == "AllTraffic"
    deployed = set(shown.all(stack, "AWS::CloudWatch::Alarm")) | {"AnyAlarm"}
    assert alarms == deployed - {"WakeAlarm"}


def test_only_instances_with_gpus_show_gpus(shown: Any) -> None:
    for stack in KINDS:
        named = {name for _, _, name in metrics_in(body_of(shown, stack)[0])}
        assert ("GPUUtilization" in named) == (stack in WITH_GPU)
    found = instance("ml.g5.2xlarge")
    assert found is not None and found.processor == "gpu"


def test_the_fleet_is_searched_so_that_entries_come_and_go_without_it(shown: Any) -> None:
    body, _ = body_of(shown, "foundation")
    named = set(metrics_in(body))
    assert named <= set().union(*(emitted(kind, gpu=True) for kind in KINDS.values()))
    assert not [stack for stack in KINDS if stack in json.dumps(body)]


@pytest.mark.parametrize("stack", [*KINDS, "foundation"])
def test_widgets_lie_beside_and_below_each_other_on_24_columns(shown: Any, stack: str) -> None:
    body, _ = body_of(shown, stack)
    taken: set[tuple[int, int]] = set()
    for widget in body["widgets"]:
        x, y = widget["x"], widget["y"]
        assert x >= 0 and x + widget["width"] <= 24
        cells = {(column, row) for column in range(x, x + widget["width"]) for row in range(y, y + widget["height"])}
        assert not cells & taken
        taken |= cells
    assert len(body["widgets"]) <= 500


def test_nobody_pays_for_a_dashboard_that_nobody_asked_for(local: Any) -> None:
    assert not [stack for stack in local.files if local.all(stack, DASHBOARD)]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory, run_app: Any) -> Any:
    """The same in an environment with a record stream, with addresses for its alarms."""
    folder = tmp_path_factory.mktemp("recorded")
    catalog = folder / "catalog"
    shutil.copytree(CATALOG, catalog)
    with (catalog / "environments" / "signals.yaml").open("a", encoding="utf-8") as environment:
        environment.write("fleet_dashboard: true\ndefaults: {every: {dashboard: true}}\n")
    return run_app(folder / "out", "signals", catalog=catalog)


@pytest.mark.parametrize("stack", KINDS)
def test_records_are_shown_where_a_container_writes_them(recorded: Any, stack: str) -> None:
    named = set(metrics_in(body_of(recorded, stack)[0]))
    writes = stack in {"shelf", "answers"}
    assert named <= emitted(KINDS[stack], gpu=stack in WITH_GPU, records=writes)
    assert ("TimeToFirstToken" in {name for _, _, name in named}) == writes


@pytest.mark.parametrize("stack", KINDS)
def test_alarms_of_signals_watch_only_what_is_published_for_the_kind(recorded: Any, stack: str) -> None:
    found = set(metrics_of_alarms(recorded[stack]))
    writes, captured = stack in {"shelf", "answers"}, stack == "chat"
    assert found <= emitted(KINDS[stack], gpu=stack in WITH_GPU, records=writes, capture=captured)
    assert ("modelyard/Requests", ("EndpointName", "VariantName"), "RecordsDropped") in found or not writes
    assert ("modelyard/Capture", ("EndpointName", "VariantName"), "Events") in found or not captured


def test_signals_have_alarms_with_an_address_and_metrics_that_are_published(recorded: Any) -> None:
    alarms = recorded.all("foundation", "AWS::CloudWatch::Alarm")
    assert set(metrics_of_alarms(recorded["foundation"])) <= emitted("foundation", gpu=False)
    sections = set(re.findall(r"<a id=\"([a-z-]+)\"></a>", SIGNALS_RUNBOOK.read_text("utf-8")))
    for alarm in alarms.values():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "AlarmTopic"}]
        found = re.fullmatch(r".+\d.*\. First: .+\. Runbook: .*/signals-alarms\.md#(.+)", alarm["AlarmDescription"])
        assert found and found[1] in sections
    subscription = recorded.only("foundation", "AWS::SNS::Subscription")
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "platform@example.com")
    function = recorded.all("foundation", "AWS::Lambda::Function")["StreamProcessor"]["FunctionName"]
    assert alarms["IteratorAgeAlarm"]["Dimensions"] == [{"Name": "FunctionName", "Value": function}]


def test_without_a_record_stream_the_foundation_has_no_alarm(local: Any) -> None:
    assert not local.all("foundation", "AWS::CloudWatch::Alarm")
