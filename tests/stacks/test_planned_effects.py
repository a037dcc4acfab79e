"""What `modelyard plan` says of each resource, held against the templates that the stacks write before and after.

The judge knows nothing of the plan: it compares the properties of two templates and reads from the registry's schemas
(as cfn-lint carries them) which of them only a replacement can change.
"""

from __future__ import annotations

import copy
import itertools
import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from localaws.sagemaker.hard_rules.update_rules import RULES, UpdateRequest
from localaws.sagemaker.records import EndpointConfigRecord
from localaws.sagemaker.scope import Scope
from modelyard.catalog.document import read_document
from modelyard.catalog.loader import load
from modelyard.planning.changes import Side
from modelyard.planning.comparing import compared
from modelyard.planning.described import Described
from modelyard.planning.effects import effects_of
from modelyard.planning.plan import PlannedEndpoint
from modelyard.planning.snapshot import stacks_of

ROOT = Path(__file__).parents[2]
CATALOG = ROOT / "tests" / "catalogs" / "four-kinds"
Table = dict[str, Any]
Edit = tuple[str, str, Any]

# One edit for each class of change: the entry it starts from, the key, the new value (None removes the key).
EDITS: list[Edit] = [
    ("chat", "serving.image_tag", "0.26.0-gpu-py312-cu129-ubuntu22.04-sagemaker"),
    ("chat", "serving.image", "own/vllm:1"),
    ("chat", "serving.environment", {"SM_VLLM_DTYPE": "float16"}),
    ("chat", "serving.max_context_tokens", 1024),
    ("chat", "serving.max_concurrency", 4),
    ("chat", "serving.tensor_parallel_degree", 1),
    ("chat", "serving.instance", "ml.g5.4xlarge"),
    ("chat", "serving.instance", ["ml.g5.2xlarge", "ml.g5.4xlarge"]),
    ("chat", "serving.startup_timeout_seconds", 1200),
    ("chat", "serving.download_timeout_seconds", 1200),
    ("chat", "scaling.instances", {"min": 2, "max": 3}),
    ("chat", "scaling.instances", {"min": 1, "max": 5}),
    ("chat", "scaling.instances", {"min": 1, "max": 1}),
    ("chat", "scaling.target_concurrency_per_instance", 2),
    ("chat", "scaling", {"instances": {"min": 1, "max": 3}, "target_invocations_per_minute_per_instance": 30}),
    ("chat", "scaling.scale_in_cooldown_seconds", 60),
    ("chat", "capture", None),
    ("chat", "capture", {"sample_percent": 10, "keep_days": 30}),
    ("chat", "capture", {"sample_percent": 50, "keep_days": 90}),
    ("chat", "slo", {"latency_p99_seconds": 5.0}),
    ("chat", "slo", {"client_error_percent": 50.0}),
    ("chat", "slo", {"latency_p50_seconds": 2.0, "gpu_memory_percent": 95}),
    ("chat", "dashboard", False),
    ("chat", "log_keep_days", 7),
    ("chat", "detailed_observability", True),
    ("chat", "callers", ["SomebodyElse"]),
    ("chat", "routing", "random"),
    ("chat", "rollout", {"strategy": "all-at-once", "keep_old_seconds": 60}),
    ("chat", "rollout", {"strategy": "all-at-once", "turn_back_on_errors": False, "alarms": ["other"]}),
    ("summaries", "rollout", {"strategy": "all-at-once"}),
    ("chat", "owner", "another-crew"),
    ("chat", "team", "beta"),
    ("chat", "model", "tiny-open"),
    ("chat", "licence_accepted", {"by": "another", "on": "2026-11-03", "version": "tiny-licence-1"}),
    ("chat-neuron", "serving.volume_gib", 100),
    ("chat-neuron", "serving.instance", "ml.inf2.xlarge"),
    ("chat-neuron", "scaling", {"instances": {"min": 1, "max": 2}, "target_concurrency_per_instance": 2}),
    ("answers", "serving.memory_mb", 2048),
    ("answers", "serving.max_concurrency", 4),
    ("answers", "serving.provisioned_concurrency", 1),
    ("answers", "serving.image", "modelyard/llm-cpu:0.2.0"),
    ("shelf", "models", ["tiny-embedding"]),
    ("shelf", "models", ["tiny-embedding", "tiny-open"]),
    ("shelf", "serving.keep_models_in_memory", False),
    ("shelf", "serving.instance", "ml.m5.2xlarge"),
    ("summaries", "queue", {"max_concurrent_per_instance": 2, "notify": False}),
    ("summaries", "queue", {"max_concurrent_per_instance": 4, "notify": True}),
    ("summaries", "scaling.target_backlog_per_instance", 2),
    ("summaries", "scaling.instances", {"min": 1, "max": 2}),
    ("summaries", "slo", {"backlog_age_seconds": 60}),
    ("summaries", "slo", {"failed_requests": 5, "backlog_requests": 9, "no_capacity_minutes": 30}),
    ("answers", "slo", {"concurrency_percent": 50}),
    ("shelf", "slo", {"disk_percent": 50, "model_error_percent": 3, "server_error_percent": 3}),
    ("summaries", "model", "tiny-embedding"),
]
# What an environment or the organisation changes in everything at once: the file, the key, the new value.
WIDE_EDITS: list[Edit] = [
    ("environments/guarded.yaml", "kms_key_arn", None),
    ("environments/guarded.yaml", "network", None),
    ("environments/guarded.yaml", "network.isolate", False),
    ("environments/guarded.yaml", "network.subnets", ["subnet-0a1b2c3d4e5f60009"]),
    ("environments/guarded.yaml", "isolate", False),
    ("environments/guarded.yaml", "name_prefix", "guarded2"),
    ("environments/guarded.yaml", "runbooks", None),
    ("environments/guarded.yaml", "defaults.every.dashboard", None),
    ("environments/guarded.yaml", "tag_keys", {"llm:owner": "CostOwner"}),
    ("environments/guarded.yaml", "defaults.every.log_keep_days", 30),
    ("environments/guarded.yaml", "defaults.real-time.rollout", {"strategy": "all-at-once"}),
    ("environments/guarded.yaml", "signals", {"stream": "on-demand"}),
    ("environments/signals.yaml", "signals.delivery", "put-records"),
    ("organisation.yaml", "teams.alpha.cost_center", "CC-9"),
    ("organisation.yaml", "teams.alpha.alarms", {"email": ["new@example.com"], "https": ["https://example.com/a"]}),
]
# A kind is more than one key: the whole entry becomes another one's.
KINDS = list(itertools.permutations(("chat", "answers", "shelf", "summaries"), 2))
COMBINED = 25


def edited(entry: Table, key: str, value: Any) -> Table:
    """The table with one key changed."""
    changed = copy.deepcopy(entry)
    *path, last = key.split(".")
    table = changed
    for part in path:
        table = table.setdefault(part, {})
    if value is None:
        table.pop(last, None)
    else:
        table[last] = value
    return changed


def read(path: str) -> Table:
    document = read_document(CATALOG / path, [])
    assert document is not None
    # JSON is YAML of which no word is read as a truth value.
    return dict(json.loads(json.dumps(document.values)))


def cases() -> Iterator[tuple[str, Table, Table]]:
    """Entries by a name of their own, before and after."""
    entries = {path.stem: read(f"endpoints/{path.name}") for path in (CATALOG / "endpoints").glob("*.yaml")}
    for number, (source, key, value) in enumerate(EDITS):
        yield f"e{number}", entries[source], edited(entries[source], key, value)
    for number, (before, after) in enumerate(KINDS):
        yield f"k{number}", entries[before], entries[after]
    chance = random.Random(7)
    for number in range(COMBINED):
        source = chance.choice(sorted(entries))
        mine = [edit for edit in EDITS if edit[0] == source and edit[1] != "serving.image"]
        after = entries[source]
        for _, key, value in chance.sample(mine, min(3, len(mine))):
            after = edited(after, key, value)
        yield f"c{number}", entries[source], after


def write(folder: Path, entries: dict[str, Table], wide: Edit | None = None) -> Path:
    """A catalog with these entries and the files of the four kinds around them."""
    for path in CATALOG.rglob("*.yaml"):
        name = path.relative_to(CATALOG).as_posix()
        if name.startswith("endpoints/"):
            continue
        content = read(name)
        if wide is not None and wide[0] == name:
            content = edited(content, wide[1], wide[2])
        # The entry that it overrides is not among these.
        content.pop("overrides", None)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
    for name, entry in entries.items():
        if "callers" in entry:
            # No role takes as many policies as there are cases.
            entry = {**entry, "callers": [f"{role}-{name}" for role in entry["callers"]]}
        target = folder / "endpoints" / f"{name}.yaml"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(entry), encoding="utf-8")
    return folder


def truth(before: Table, after: Table) -> dict[str, str]:
    """What CloudFormation does to each resource, from two templates and the registry's schemas."""
    old, new = before["Resources"], after["Resources"]
    effects = {name: "remove" for name in old.keys() - new.keys()} | {name: "add" for name in new.keys() - old.keys()}
    both = old.keys() & new.keys()
    assert all(old[name]["Type"] == new[name]["Type"] for name in both)
    replaced: set[str] = set()
    while more := {name for name in both - replaced if is_replaced(old[name], new[name], replaced)}:
        replaced |= more
    for name in both:
        was, becomes = old[name].get("Properties", {}), new[name].get("Properties", {})
        changed = {key for key in was.keys() | becomes.keys() if was.get(key) != becomes.get(key)}
        if name in replaced:
            effects[name] = "replace"
        elif changed - {"Tags"} or referred(becomes) & replaced:
            effects[name] = "update"
        elif changed:
            effects[name] = "tags"
    return effects


def is_replaced(was: Table, becomes: Table, replaced: set[str]) -> bool:
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", becomes["Type"]).schema
    for path in schema.get("createOnlyProperties", []):
        key = path.removeprefix("/properties/").split("/")[0]
        value = becomes.get("Properties", {}).get(key)
        if was.get("Properties", {}).get(key) != value or referred(value) & replaced:
            return True
    return False


def referred(value: Any) -> set[str]:
    """The logical ids that a value refers to."""
    if isinstance(value, dict):
        own = {str(value["Ref"])} if "Ref" in value else set()
        own |= {str(value["Fn::GetAtt"][0])} if "Fn::GetAtt" in value else set()
        return own.union(*(referred(below) for below in value.values()))
    return set().union(*(referred(below) for below in value)) if isinstance(value, list) else set()


def planned(before: Path, after: Path, entry: str) -> dict[str, str]:
    """What the plan says."""
    sides = (stacks_of(load(folder, "guarded"), only={entry})[entry] for folder in (before, after))
    return dict(effects_of(*sides))


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two catalogs: every case before, and after."""
    made = list(cases())
    folder = tmp_path_factory.mktemp("planned")
    before = write(folder / "before", {name: entry for name, entry, _ in made})
    return before, write(folder / "after", {name: entry for name, _, entry in made})


@pytest.fixture(scope="module")
def templates(folders: tuple[Path, Path], run_app: Callable[..., Any]) -> list[Any]:
    """What the app writes for the two."""
    return [run_app(folder / "out", "guarded", catalog=folder) for folder in folders]


@pytest.mark.parametrize(
    ("name", "what"),
    [(f"e{number}", f"{source} {key} = {value}") for number, (source, key, value) in enumerate(EDITS)]
    + [(f"k{number}", f"{before} becomes {after}") for number, (before, after) in enumerate(KINDS)]
    + [(f"c{number}", f"combination {number}") for number in range(COMBINED)],
)
def test_every_class_of_change_does_to_each_resource_what_the_plan_says(name, what, folders, templates):
    before, after = templates
    assert planned(*folders, name) == truth(before[name], after[name]), what


@pytest.mark.parametrize("wide", WIDE_EDITS, ids=lambda edit: f"{edit[0]} {edit[1]}")
def test_a_change_of_the_environment_or_of_a_team_reaches_each_stack_as_the_plan_says(
    wide, tmp_path, run_app, wide_base
):
    entries, base, before = wide_base
    changed = write(tmp_path / "after", entries, wide)
    after = run_app(tmp_path / "out", "guarded", catalog=changed)
    for entry in entries:
        assert planned(base, changed, entry) == truth(before[entry], after[entry]), entry


@pytest.fixture(scope="module")
def wide_base(tmp_path_factory, run_app):
    entries = {path.stem: read(f"endpoints/{path.name}") for path in (CATALOG / "endpoints").glob("*.yaml")}
    folder = tmp_path_factory.mktemp("wide")
    base = write(folder / "before", entries)
    return entries, base, run_app(folder / "out", "guarded", catalog=base)


@pytest.fixture(scope="module")
def plans(folders: tuple[Path, Path]) -> dict[str, PlannedEndpoint]:
    """The plan of every case."""
    before, after = (Side(catalog=load(folder, "guarded"), folder=folder, show=str) for folder in folders)
    stacks = tuple(Described(stacks=stacks_of(side.catalog)) for side in (before, after))
    made = compared("guarded", before, after, stacks=stacks, usage={}, today=date(2026, 11, 21))
    return {one.name: one for one in made.endpoints}


def refused_by_embedded_aws(before: Table, after: Table) -> bool:
    """Whether embedded SageMaker's own reading of UpdateEndpoint's rules lets the step from one stack to the other."""
    scope = Scope(account="111122223333", region="us-east-1")
    old, new = (
        EndpointConfigRecord(scope, "any", stack["Resources"]["EndpointConfig"]["Properties"], datetime.now(UTC))
        for stack in (before, after)
    )
    scaled = "ScalableTarget" in before["Resources"]
    update = UpdateRequest(request={}, old=old, new=new, is_autoscaled=lambda _: scaled)
    return any(rule(update) is not None for rule in RULES)


def test_what_embedded_aws_refuses_as_an_update_the_plan_refuses_and_little_else(templates, plans):
    before, after = templates
    refused = {name for name in plans if refused_by_embedded_aws(before[name], after[name])}
    told = {name for name, plan in plans.items() if plan.refused is not None}
    assert len(refused) >= 5 and refused <= told
    # What AWS was seen to refuse or documents no update for, which embedded AWS leaves alone: kinds.
    assert all(plans[name].how == "deleted and created, with downtime" for name in told - refused)


def test_the_judge_sees_a_replacement_where_there_is_one(templates, folders):
    before, after = templates
    image_tag = truth(before["e0"], after["e0"])
    assert image_tag == {"Model": "replace", "EndpointConfig": "replace", "Endpoint": "update"}
    assert json.dumps(before["e0"]) != json.dumps(after["e0"])


def test_what_replaces_a_resource_is_what_the_registrys_schemas_say():
    path = ROOT / "src" / "modelyard" / "planning" / "data" / "create_only.json"
    types = json.loads(path.read_text("utf-8"))["types"]
    for name, stated in types.items():
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", name).schema
        fixed = {one.removeprefix("/properties/").partition("/*")[0] for one in schema.get("createOnlyProperties", [])}
        assert set(stated) == fixed, f"{name}: run scripts/create_only.py {path.parent}"


def test_types_that_only_an_extension_deploys_are_those_of_the_registry():
    folder = ROOT / "src" / "modelyard" / "planning" / "data"
    others = json.loads((folder / "create_only_of_others.json").read_text("utf-8"))
    ours = json.loads((folder / "create_only.json").read_text("utf-8"))["types"]
    assert others.keys() | ours.keys() == set(PROVIDER_SCHEMA_MANAGER.get_resource_types("us-east-1"))
    for name, stated in others.items():
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", name).schema
        fixed = {one.removeprefix("/properties/").partition("/*")[0] for one in schema.get("createOnlyProperties", [])}
        assert set(stated) == fixed, f"{name}: run scripts/create_only.py {folder}"


@pytest.mark.parametrize("environment", ["plain", "guarded", "signals", "flink"])
def test_every_type_that_a_stack_has_is_known_to_the_plan(environment):
    stacks = stacks_of(load(CATALOG, environment))
    assert {one["Type"] for stack in stacks.values() for one in stack.values()} <= set(
        json.loads((ROOT / "src/modelyard/planning/data/create_only.json").read_text("utf-8"))["types"]
    )
