"""An endpoint in a company's own stack: its resources, who may ask it, its metrics, and what is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from aws_cdk import App, Environment, Stack, Tags
from aws_cdk.aws_iam import Role, ServicePrincipal
from cfnlint.api import ManualArgs, lint

from modelyard.cdk import CatalogRefused, ModelEndpoint, read_entries, read_entry
from modelyard.renderers.cdk import EndpointTwice
from modelyard.renderers.template import template
from modelyard_constructs.endpoint_plan import EndpointPlan
from modelyard_constructs.invoke_policy import invoke_statements
from modelyard_constructs.published_metrics import published_metrics
from modelyard_stacks.endpoint import EndpointStack

ROOT = Path(__file__).parents[2]
CATALOG = ROOT / "tests" / "catalogs" / "four-kinds"
EMITTED = yaml.safe_load((ROOT / "tests" / "stacks" / "emitted_metrics.yaml").read_text("utf-8"))
ENVIRONMENTS = ("guarded", "signals")
PLACE = Environment(account="111122223333", region="us-east-1")


def app_in(out: Path) -> App:
    return App(
        outdir=str(out), analytics_reporting=False, builtin_cloud_formation_validation=False, tree_metadata=False
    )


class Written:
    """Two environments' endpoints in one stack of a company, whose role may ask each of them."""

    def __init__(self, out: Path) -> None:
        app = app_in(out)
        stack = Stack(app, "Company", stack_name="company-llm", env=PLACE)
        self.role = Role(stack, "Caller", assumed_by=ServicePrincipal("lambda.amazonaws.com"))
        self.endpoints: dict[str, ModelEndpoint] = {}
        for environment in ENVIRONMENTS:
            for name, entry in read_entries(CATALOG, environment=environment).items():
                endpoint = ModelEndpoint(stack, f"{environment}-{name}", entry=entry)
                assert endpoint.grant_invoke(self.role).success
                self.endpoints[f"{environment}-{name}"] = endpoint
        self.ids = {
            key: {path: stack.resolve(found.logical_id) for path, found in resources_below(endpoint).items()}
            for key, endpoint in self.endpoints.items()
        }
        self.resolved = {
            key: stack.resolve([one.endpoint_name, one.endpoint_arn]) for key, one in self.endpoints.items()
        }
        Tags.of(self.endpoints["guarded-chat"]).add("acme:tier", "gold")
        app.synth()
        self.path = out / "Company.template.json"
        self.template: dict[str, Any] = json.loads(self.path.read_text("utf-8"))


def resources_below(endpoint: ModelEndpoint) -> dict[str, Any]:
    from aws_cdk import CfnResource

    return {one.node.id: one for one in endpoint.node.find_all() if isinstance(one, CfnResource)}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return Written(tmp_path_factory.mktemp("company") / "cdk.out")


def strings_of(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for below in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from strings_of(below)


def test_each_resource_is_that_of_our_own_stack_under_another_logical_id(written: Written) -> None:
    for key, endpoint in written.endpoints.items():
        ids = written.ids[key]
        own = template(EndpointStack(plan=endpoint.plan))["Resources"]
        assert ids.keys() == own.keys()
        names = endpoint.plan.target.stack_name(endpoint.plan.entry.name)
        for ours, theirs in ids.items():
            there = json.dumps(written.template["Resources"][theirs])
            # Back from the company's ids and names to ours.
            for one, other in ids.items():
                there = there.replace(other, one)
            there = there.replace("alarm:company-llm-", f"alarm:{names}-")
            found, expected = json.loads(there), json.loads(json.dumps(own[ours]))
            if key == "guarded-chat":
                tags = found["Properties"].get("Tags")
                if isinstance(tags, list):
                    assert tags.pop() == {"Key": "acme:tier", "Value": "gold"}, ours
            found["DependsOn"], expected["DependsOn"] = found.get("DependsOn"), expected.get("DependsOn")
            if ours == "ExecutionRole":
                found, expected = without_rollback(found), without_rollback(expected)
            assert found == expected, (key, ours)


def without_rollback(role: dict[str, Any]) -> dict[str, Any]:
    policies = role["Properties"]["Policies"]
    role["Properties"]["Policies"] = [one for one in policies if one["PolicyName"] != "rollback-alarms"]
    return role


def test_no_logical_id_is_used_twice_and_each_reference_finds_its_resource(written: Written) -> None:
    of_endpoints = [one for ids in written.ids.values() for one in ids.values()]
    assert len(of_endpoints) == len(set(of_endpoints)) > 150
    assert not lint(written.path.read_text("utf-8"), config=ManualArgs(regions=["us-east-1"]))


def test_what_names_alarms_names_those_of_this_stack(written: Written) -> None:
    resources = written.template["Resources"]
    alarms = {key for key, one in resources.items() if one["Type"] == "AWS::CloudWatch::Alarm"}
    named = set()
    for resource in resources.values():
        for text in strings_of(resource["Properties"]):
            for found in re.findall(r":alarm:([^*]*)-\*", text):
                stack, logical_id = found.rsplit("-", 1)
                assert stack == "company-llm"
                named.add(logical_id)
    for key, ids in written.ids.items():
        told = {ids[name] for name in ids if name.endswith("Alarm") and name not in ("AnyAlarm", "WakeAlarm")}
        assert told <= named, key
    assert named <= alarms


def test_a_dashboard_shows_the_alarms_of_this_stack(written: Written) -> None:
    ids = written.ids["guarded-chat"]
    body = written.template["Resources"][ids["Dashboard"]]["Properties"]["DashboardBody"]["Fn::Sub"]
    shown = set(re.findall(r"\$\{([^!}]+)\.Arn\}", body))
    assert ids["AnyAlarm"] in shown and ids["ServerErrorsAlarm"] in shown
    assert shown <= set(ids.values())


def test_a_caller_is_granted_what_our_own_policy_grants(written: Written) -> None:
    [policy] = [one for one in written.template["Resources"].values() if one["Type"] == "AWS::IAM::Policy"]
    granted = policy["Properties"]["PolicyDocument"]["Statement"]

    def plain(statement: Mapping[str, Any]) -> tuple[Any, ...]:
        actions, resources = statement["Action"], statement["Resource"]
        listed = [[one] if isinstance(one, str) else one for one in (actions, resources)]
        return sorted(listed[0]), sorted(listed[1]), statement.get("Condition")

    for key, endpoint in written.endpoints.items():
        for statement in invoke_statements(endpoint.plan):
            assert plain(statement) in [plain(one) for one in granted], key


def test_name_and_arn_are_those_of_the_endpoint_in_service(written: Written) -> None:
    for key, ids in written.ids.items():
        assert written.resolved[key] == [{"Fn::GetAtt": [ids["Endpoint"], "EndpointName"]}, {"Ref": ids["Endpoint"]}]


def test_tags_from_above_reach_every_resource_that_takes_tags(written: Written) -> None:
    for logical_id in written.ids["guarded-chat"].values():
        tags = written.template["Resources"][logical_id]["Properties"].get("Tags")
        if tags is not None:
            assert {"Key": "acme:tier", "Value": "gold"} in tags


def test_a_resource_is_found_by_its_name(written: Written) -> None:
    assert written.endpoints["guarded-chat"].node.find_child("Endpoint").cfn_resource_type == "AWS::SageMaker::Endpoint"  # type: ignore[attr-defined]


def documented(plan: EndpointPlan) -> dict[str, tuple[str, set[str]]]:
    """The metrics that AWS and the processors document for an endpoint."""
    found = {}
    published = published_metrics(plan)
    for group in EMITTED:
        if plan.endpoint.kind in group["kinds"]:
            needs = group.get("needs")
            # Whether there is a GPU, records or captures is decided by the entry: then all of the group or none.
            if needs is None or published.keys() & set(group["metrics"]) and not needs_other(group, plan):
                found |= {name: (group["namespace"], set(group["dimensions"])) for name in group["metrics"]}
    return found


def needs_other(group: Mapping[str, Any], plan: EndpointPlan) -> bool:
    return group["needs"] in ("records", "capture") and plan.target.environment.signals is None


@pytest.mark.parametrize("environment", ["plain", *ENVIRONMENTS])
def test_an_endpoint_has_the_metrics_that_its_kind_publishes(environment: str) -> None:
    some = set()
    for plan in read_entries(CATALOG, environment=environment).values():
        published = {
            name: (words["Namespace"], {one["Name"] for one in words["Dimensions"]})
            for name, (words, _) in published_metrics(plan).items()
        }
        assert published == documented(plan)
        some |= published.keys()
    assert ("Events" in some) == (environment == "signals")
    assert "GPUUtilization" in some


def test_a_metric_is_the_cdks_own_and_one_that_the_kind_lacks_is_refused(written: Written) -> None:
    metric = written.endpoints["guarded-chat"].metric_model_latency(statistic="p99")
    assert (metric.namespace, metric.metric_name, metric.statistic) == ("AWS/SageMaker", "ModelLatency", "p99")
    assert metric.dimensions == {"EndpointName": "guarded-chat", "VariantName": "AllTraffic"}
    assert written.endpoints["guarded-summaries"].metric_backlog_size().metric_name == "ApproximateBacklogSize"
    with pytest.raises(ValueError, match="is a async endpoint and publishes no metric Invocations"):
        written.endpoints["guarded-summaries"].metric_invocations()
    with pytest.raises(ValueError, match="guarded says no `signals:`"):
        written.endpoints["guarded-chat"].metric_time_to_first_token()


def test_an_endpoint_twice_in_an_app_is_refused(out: Path) -> None:
    app = app_in(out)
    entry = read_entry(CATALOG, environment="plain", name="chat")
    ModelEndpoint(Stack(app, "One", env=PLACE), "Chat", entry=entry)
    with pytest.raises(EndpointTwice, match="endpoint plain-chat would be made twice .* by One/Chat and by Two/Chat"):
        ModelEndpoint(Stack(app, "Two", env=PLACE), "Chat", entry=entry)


def test_a_stack_of_another_place_is_refused(out: Path) -> None:
    stack = Stack(app_in(out), "Elsewhere", env=Environment(account="111122223333", region="eu-west-1"))
    entry = read_entry(CATALOG, environment="plain", name="chat")
    with pytest.raises(ValueError, match="belongs to region us-east-1, and stack Elsewhere to eu-west-1"):
        ModelEndpoint(stack, "Chat", entry=entry)


def test_a_catalog_that_is_wrong_is_one_error_with_every_line(tmp_path: Path) -> None:
    with pytest.raises(CatalogRefused, match=r"no endpoint caht .*did you mean chat\?"):
        read_entry(CATALOG, environment="plain", name="caht")
    with pytest.raises(CatalogRefused, match="there is no catalog folder here"):
        read_entry(tmp_path / "none", environment="plain", name="chat")
