"""For entries, broken and right: what the rules say and what embedded SageMaker answers.

An entry that the schema or a rule refuses never reaches synth. Here its Entry is made past both, so that the constructs
write the template it would have had, and embedded SageMaker gets the requests that CloudFormation would send.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic import BaseModel

from localaws.clock import ScaledClock
from localaws.cloudformation.api_request import api_request
from localaws.errors import AwsError
from localaws.sagemaker import service_model
from localaws.sagemaker.dependencies import Dependencies
from localaws.sagemaker.hard_rules import deployment_rules
from localaws.sagemaker.images import ImageTable
from localaws.sagemaker.records import EndpointConfigRecord
from localaws.sagemaker.request_validation import require_valid
from localaws.sagemaker.scope import Scope
from localaws.sagemaker.service import SageMakerService
from modelyard.catalog.entry import Catalog, Entry
from modelyard.catalog.images import ImageError
from modelyard.catalog.loader import load
from modelyard.catalog.merge import merge
from modelyard.catalog.problem import CatalogErrors
from modelyard.catalog.schema import Environment
from modelyard.renderers.template import template
from modelyard.rules.engine import judge
from modelyard_constructs.endpoint_plan import EndpointPlan
from modelyard_constructs.target import Target
from modelyard_stacks.endpoint import EndpointStack

ACCOUNT = "111122223333"
Table = dict[str, Any]

ORDINARY: dict[str, Table] = {
    "real-time": {
        "model": "open-model",
        "serving": {"engine": "custom", "image": "own/engine:1", "instance": "ml.m5.xlarge"},
        "scaling": {"instances": {"min": 1, "max": 1}},
    },
    "async": {
        "model": "open-model",
        "serving": {"engine": "custom", "image": "own/engine:1", "instance": "ml.m5.xlarge"},
        "scaling": {"instances": {"min": 0, "max": 1}},
    },
    "serverless": {
        "model": "open-model",
        "serving": {"engine": "custom", "image": "own/engine:1-cpu", "memory_mb": 2048, "max_concurrency": 5},
    },
    "multi-model": {
        "models": ["open-model"],
        "serving": {"engine": "custom", "image": "own/engine:1", "instance": "ml.m5.xlarge"},
        "scaling": {"instances": {"min": 1, "max": 1}},
    },
}
MODEL: Table = yaml.safe_load((Path(__file__).parents[1] / "catalogs/open-model/open-model.yaml").read_text("utf-8"))


@dataclass(frozen=True)
class Case:
    """One entry of a kind in one environment, by what is not ordinary about it."""

    kind: str
    entry: Table = field(default_factory=dict)
    environment: Table = field(default_factory=dict)

    def __str__(self) -> str:
        told = [self.kind, json.dumps(self.entry)] + ([json.dumps(self.environment)] if self.environment else [])
        return " ".join(text if len(text) < 120 else text[:120] + "..." for text in told)


@dataclass(frozen=True)
class Outcome:
    """What became of one case: the ids that refuse or warn, and the operation and words of embedded SageMaker."""

    case: Case
    errors: frozenset[str]
    warnings: frozenset[str]
    refused_by: str | None
    words: str

    def __str__(self) -> str:
        said = ", ".join(sorted(self.errors | self.warnings)) or "nothing"
        return f"{self.case}\n    rules: {said}\n    embedded: {self.refused_by or 'accepts'} {self.words}"


@pytest.fixture(scope="session")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Iterable[tuple[str, Table, Table]]], list[Outcome]]:
    """Answers for cases, each a kind with what is not ordinary about its entry and its environment."""
    return lambda cases: _judged(tmp_path_factory.mktemp("differential"), [Case(*case) for case in cases])


def _judged(folder: Path, cases: list[Case]) -> list[Outcome]:
    ordinary = {kind: _loaded(folder / kind, Case(kind)) for kind in ORDINARY}
    told = [_told(folder / f"case-{number}", case) for number, case in enumerate(cases)]
    entries = [_past_the_types(ordinary[case.kind], case, f"case-{number}") for number, case in enumerate(cases)]
    templates = [_template(entry, environment) for entry, environment in entries]
    service = _embedded_sagemaker(folder / "state")
    try:
        answers = [_answer(service, template, case) for template, case in zip(templates, cases, strict=True)]
    finally:
        service.close()
    return [
        Outcome(case, errors, warnings, *answer)
        for case, (errors, warnings), answer in zip(cases, told, answers, strict=True)
    ]


def _write(folder: Path, case: Case) -> None:
    files = {
        "organisation": {
            "teams": {"crew": {"cost_center": "CC-1", "owner": "crew", "alarms": {"email": ["crew@example.com"]}}}
        },
        **{f"models/{name}": MODEL for name in ("open-model", *case.entry.get("models", ()))},
        "environments/here": {"account": ACCOUNT, "region": "us-east-1", **case.environment},
        "endpoints/probe": merge({"kind": case.kind, "team": "crew", **ORDINARY[case.kind]}, case.entry),
    }
    for name, content in files.items():
        path = folder / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(content), encoding="utf-8")


def _loaded(folder: Path, case: Case) -> Catalog:
    _write(folder, case)
    return load(folder, "here")


def _told(folder: Path, case: Case) -> tuple[frozenset[str], frozenset[str]]:
    try:
        findings = judge(_loaded(folder, case)).findings
    except CatalogErrors as refused:
        return frozenset(problem.rule_id for problem in refused.problems), frozenset()
    by_severity = {
        severity: frozenset(finding.rule for finding in findings if finding.severity == severity)
        for severity in ("error", "warning")
    }
    return by_severity["error"], by_severity["warning"]


def _past_the_types(ordinary: Catalog, case: Case, name: str) -> tuple[Entry, Any]:
    entry = ordinary.entries["probe"]
    environment = _changed(ordinary.environment, case.environment)
    prefix = environment.name_prefix
    changed = replace(
        entry,
        name=name,
        endpoint_name=f"{prefix}-{entry.name}" if prefix else entry.name,
        endpoint=_changed(entry.endpoint, case.entry),
        models=dict.fromkeys(case.entry.get("models", entry.models), entry.models["open-model"]),
    )
    return changed, environment


def _changed(table: BaseModel, changes: Mapping[str, Any]) -> Any:
    """The table with other values, whatever the types say about them."""
    update = {}
    for key, value in changes.items():
        below = getattr(table, key, None)
        if isinstance(value, dict) and not isinstance(below, dict):
            update[key] = _changed(below if below is not None else _empty(table, key), value)
        else:
            update[key] = tuple(value) if isinstance(value, list) else value
    return table.model_copy(update=update)


def _empty(table: BaseModel, key: str) -> BaseModel:
    annotation = type(table).model_fields[key].annotation
    [model] = [one for one in get_args(annotation) if one is not type(None)]
    built: BaseModel = model.model_construct()
    return built


def _template(entry: Entry, environment: Environment) -> Table | None:
    """The template of an entry; None where the constructs find no image to name."""
    plan = EndpointPlan(entry, Target(environment_name="here", environment=environment))
    try:
        _ = plan.image
    except ImageError:
        return None
    return template(EndpointStack(plan=plan))


class _AnyRole:
    """Every role may be assumed and finds every object: what a request says is all that can be wrong with it."""

    def require_assumable(self, role_arn: str) -> None:
        return None

    def clients(self, role_arn: str, *, region: str) -> Any:
        return self

    def client(self, service_name: str) -> Any:
        return self

    def head_object(self, **where: str) -> Table:
        return {"ETag": "1", "ContentLength": 1}

    def get_paginator(self, operation: str) -> Any:
        return self

    def paginate(self, *, Bucket: str, Prefix: str) -> list[Table]:
        return [{"Contents": [{"Key": f"{Prefix}model", "ETag": "1", "Size": 1}]}]


def _embedded_sagemaker(folder: Path) -> SageMakerService:
    def no_other_service(service: str, scope: object) -> Any:
        raise AssertionError(f"no request of these needs {service}")

    return SageMakerService(
        Dependencies(
            clock=ScaledClock(),
            roles=_AnyRole(),
            service_client=no_other_service,
            state_dir=folder,
            images=ImageTable(),
        )
    )


def _answer(service: SageMakerService, template: Table | None, case: Case) -> tuple[str | None, str]:
    """Which operation refuses what the template asks for, and its words; nothing where all accept."""
    if template is None:
        return "no request", "there is no image to name"
    region = case.environment.get("region", "us-east-1")
    resources = template["Resources"]
    names = {"ModelName": "model", "EndpointConfigName": "config", "EndpointName": "endpoint"}
    config: Table = {}
    try:
        for operation in ("CreateModel", "CreateEndpointConfig", "CreateEndpoint"):
            type_name = f"AWS::SageMaker::{operation.removeprefix('Create')}"
            [properties] = [one["Properties"] for one in resources.values() if one["Type"] == type_name]
            name = f"{operation.removeprefix('Create')}Name"
            given = {name: names[name], **_resolved(properties, names, region)}
            request = api_request(service_model.load("sagemaker"), operation, given)
            if operation == "CreateEndpoint":
                # To create it would start processes; what a request can be refused for is its form and its roll-out.
                require_valid(service_model.load("sagemaker"), operation, request)
                deployment_rules.require_all(request.get("DeploymentConfig", {}), _record(config))
            else:
                config = request
                service.call(operation, request, region=region, account=ACCOUNT)
    except AwsError as refusal:
        return operation, refusal.message
    finally:
        for kind in ("EndpointConfig", "Model"):
            try:
                service.call(f"Delete{kind}", {f"{kind}Name": names[f"{kind}Name"]}, region=region, account=ACCOUNT)
            except AwsError:
                continue  # it was never created
    return None, ""


def _record(request: Table) -> EndpointConfigRecord:
    """An EndpointConfig as CreateEndpoint finds it."""
    return EndpointConfigRecord(
        scope=Scope(account=ACCOUNT, region="us-east-1"),
        name=request["EndpointConfigName"],
        request=request,
        created_at=datetime.now(UTC),
    )


def _resolved(value: Any, names: Mapping[str, str], region: str) -> Any:
    """Template values with CloudFormation's functions and dynamic references worked out."""
    if isinstance(value, list):
        return [_resolved(one, names, region) for one in value]
    if isinstance(value, str) and value.startswith("{{resolve:ssm:"):
        return f"arn:aws:kms:{region}:{ACCOUNT}:key/1234abcd" if value.endswith("key-arn}}") else "bucket"
    if isinstance(value, str):
        return value
    if not isinstance(value, dict):
        return value
    if "Fn::GetAtt" in value:
        attribute = value["Fn::GetAtt"][1]
        return names.get(attribute, f"arn:aws:iam::{ACCOUNT}:role/execution")
    if "Ref" in value:
        return f"arn:aws:sns:{region}:{ACCOUNT}:topic"
    return {key: _resolved(one, names, region) for key, one in value.items()}
