"""What a plan says about each kind of change, what it costs, and what the organisation lets pass."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt

import modelyard.catalog
import modelyard.planning.as_json
from modelyard.planning.markdown import MARKER
from modelyard.pricing.prices import HOURS_PER_MONTH, hourly_price
from modelyard.shell import terminal

SCHEMA = json.loads((Path(modelyard.planning.as_json.__file__).with_name("plan.schema.json")).read_text("utf-8"))


def endpoint(plan, name, environment="local"):
    [found] = plan("-e", environment, "--json").json()["environments"]
    return next(one for one in found["endpoints"] if one["name"] == name)


def test_an_image_tag_makes_a_new_fleet_beside_the_old_one(repository, plan):
    repository.edit(
        "endpoints/chat.yaml",
        "  engine: vllm\n",
        "  engine: vllm\n  image_tag: 0.26.0-gpu-py312-cu129-ubuntu22.04-sagemaker\n",
    )
    found = endpoint(plan, "chat")
    assert (found["action"], found["how"]) == ("updated", "new instances beside the old ones")
    words = " ".join(found["sentences"])
    assert "A new Model and a new EndpointConfig" in words
    assert "starts 1 new ml.g5.2xlarge beside the old ones (1 to 3 of them)" in words
    assert "1 more instance is billed: $1.52 an hour" in words
    assert found["resources"] == {"Model": "replace", "EndpointConfig": "replace", "Endpoint": "update"}
    [change] = found["changes"]
    assert change["place"] == "catalog/endpoints/chat.yaml:8:3" and change["before"] is None


def test_another_instance_of_a_scaled_endpoint_is_refused_by_aws_and_the_way_out_is_told(repository, plan):
    repository.edit("endpoints/chat.yaml", "ml.g5.2xlarge", "ml.g5.4xlarge")
    found = endpoint(plan, "chat")
    assert "AWS refuses another instance type" in found["refused"] and "{min: 1, max: 1}" in found["refused"]
    assert found["month"]["increase_usd"]["expected"] == str(Decimal("375.95"))


def test_the_way_out_is_not_refused(repository, plan):
    repository.edit("endpoints/chat.yaml", "max: 3", "max: 1")
    found = endpoint(plan, "chat")
    assert found["refused"] is None and found["resources"]["ScalableTarget"] == "remove"
    repository.commit("out of scaling")
    repository.edit("endpoints/chat.yaml", "ml.g5.2xlarge", "ml.g5.4xlarge")
    repository.edit("endpoints/chat.yaml", "max: 1", "max: 3")
    found = endpoint(plan, "chat")
    assert found["refused"] is None and found["resources"]["ScalableTarget"] == "add"


def test_a_roll_out_in_batches_needs_no_second_fleet(repository, plan):
    repository.edit("endpoints/chat.yaml", "{min: 1, max: 3}", "{min: 4, max: 8}")
    repository.append("endpoints/chat.yaml", "rollout: {strategy: rolling, step_percent: 25, wait_seconds: 60}\n")
    repository.commit("a roll-out")
    repository.edit("endpoints/chat.yaml", "max_concurrency: 8", "max_concurrency: 4")
    words = " ".join(endpoint(plan, "chat")["sentences"])
    assert "by 4 new ml.g5.2xlarge in batches of 25 %, and watches for 60 s after each" in words
    assert "So it does on errors or slow answers of the new ones." in words
    assert "1 more instance is billed: $1.52 an hour" in words


def test_a_new_table_is_told_by_what_is_written_and_not_by_its_defaults(repository, plan):
    repository.append("endpoints/shelf.yaml", "capture: {sample_percent: 5}\n")
    assert [change["key"] for change in endpoint(plan, "shelf")["changes"]] == ["capture.sample_percent"]


def test_only_new_addresses_are_asked_to_confirm(repository, plan):
    repository.append("environments/plain.yaml", "signals: {stream: on-demand}\n")
    assert "to confirm" not in " ".join(endpoint(plan, "chat", "plain")["sentences"])
    repository.commit("signals")
    repository.edit("organisation.yaml", "alpha@example.com", "others@example.com")
    assert "to confirm" in " ".join(endpoint(plan, "chat", "plain")["sentences"])


def test_signals_make_a_stream_and_tell_every_model(repository, plan):
    repository.append("environments/plain.yaml", "signals: {stream: on-demand}\n")
    [environment] = plan("-e", "plain", "--json").json()["environments"]
    assert {one["resources"]["Model"] for one in environment["endpoints"]} == {"replace"}
    assert "The foundation will make the record stream" in environment["foundation"]["sentences"][0]
    # A key, the hours of a stream, ten metrics in alarms.
    assert Decimal(environment["foundation"]["after"]["usd"]["expected"]) == Decimal("31.20")


def test_a_larger_band_starts_nothing(repository, plan):
    repository.edit("endpoints/chat.yaml", "max: 3", "max: 8")
    found = endpoint(plan, "chat")
    assert found["how"] == "scaling only"
    assert found["sentences"] == ["Scaling moves between 1 and 8 instances from then on, changed in place."]
    assert found["month"]["increase_usd"] == {"low": "0.00", "expected": "0.00", "high": "5529.75"}


@pytest.mark.parametrize(
    ("change", "how"),
    [("slo: {latency_p99_seconds: 5.0}\n", "alarms only"), ("log_keep_days: 7\n", "log group only")],
)
def test_what_touches_no_instance_says_so(repository, plan, change, how):
    repository.append("endpoints/answers.yaml", change)
    assert endpoint(plan, "answers")["how"] == how


def test_an_owner_changes_tags_only(repository, plan):
    repository.edit("endpoints/chat.yaml", "owner: chat-crew", "owner: others")
    found = endpoint(plan, "chat")
    assert found["how"] == "tags only" and set(found["resources"].values()) == {"tags"}


def test_a_licence_that_is_accepted_anew_deploys_nothing(repository, plan):
    repository.edit("endpoints/chat.yaml", "alpha-ml", "beta-ml")
    found = endpoint(plan, "chat")
    assert (found["action"], found["how"], found["resources"]) == ("unchanged", "nothing is deployed", {})
    assert found["changes"][0]["key"] == "licence_accepted.by"


def test_a_new_and_a_removed_entry_name_their_commands(repository, plan):
    repository.git("mv", "catalog/endpoints/answers.yaml", "catalog/endpoints/replies.yaml")
    new, old = endpoint(plan, "replies"), endpoint(plan, "answers")
    assert (new["action"], old["action"]) == ("added", "removed")
    assert "modelyard stage replies --environment local" in " ".join(new["sentences"])
    assert "modelyard cdk destroy -c environment=local answers" in " ".join(old["sentences"])
    assert new["after"]["usd"] == old["before"]["usd"] and old["after"]["lines"] == []


@pytest.mark.parametrize(
    ("name", "before", "after", "refused"),
    [
        ("chat", "chat", "answers", "one on instances cannot become serverless"),
        ("summaries", "summaries", "chat", "its AsyncInferenceConfig cannot be removed"),
        ("shelf", "shelf", "chat", "AWS documents no update"),
    ],
)
def test_another_kind_must_be_deleted_and_created(repository, plan, name, before, after, refused):
    files = repository.folder / "catalog" / "endpoints"
    (files / f"{before}.yaml").write_bytes((files / f"{after}.yaml").read_bytes())
    found = endpoint(plan, name)
    assert (found["action"], found["how"]) == ("replaced", "deleted and created, with downtime")
    assert refused in found["refused"] and f"modelyard cdk destroy -c environment=local {name}" in found["sentences"][0]


def test_serverless_may_become_real_time_and_never_back(repository, plan):
    files = repository.folder / "catalog" / "endpoints"
    (files / "answers.yaml").write_bytes((files / "chat.yaml").read_bytes())
    found = endpoint(plan, "answers")
    words = " ".join(found["sentences"])
    assert found["action"] == "updated" and "no way back" in words
    # A serverless endpoint takes one archive, one on instances the files.
    assert "in another form (the files as they are) before the deploy: `modelyard stage answers" in words


def test_a_model_that_leaves_an_endpoint_of_several_goes_on_answering_and_the_plan_says_so(repository, plan):
    text = (repository.folder / "catalog" / "endpoints" / "shelf.yaml").read_text("utf-8")
    [names] = re.findall(r"models: \[(.*)\]", text)
    kept, gone = names.split(", ")[:2]
    repository.edit("endpoints/shelf.yaml", names, kept)
    found = endpoint(plan, "shelf")
    words = " ".join(found["sentences"])
    assert found["how"] != "tags only" and f"the endpoint goes on answering as {gone}" in words
    assert f"`aws s3 rm s3://modelyard-local-artifacts-000000000000-us-east-1/shelf/{gone}.tar.gz`" in words


def lock(*instances: str) -> str:
    """A lock that has these instances for `chat` of local."""
    chosen = {
        "instance": list(instances), "tensor_parallel_degree": None, "volume_gib": None,
        "price": {"usd_per_hour": "1", "dated": "2026-11-20", "basis": "list"}, "chosen_on": "2026-11-20",
        "chosen_for": "a test", "inputs": "0123456789abcdef", "fallbacks": [], "lost": [],
    }  # fmt: skip
    return json.dumps({"environments": {"local": {"chat": chosen}}})


def test_an_instance_that_the_lock_changes_is_found_in_the_lock(repository, plan):
    repository.edit("endpoints/chat.yaml", "ml.g5.2xlarge", "auto")
    path = repository.folder / "catalog" / "instances.lock.json"
    path.write_text(lock("ml.g5.2xlarge"))
    repository.commit("locked")
    path.write_text(lock("ml.g5.4xlarge"))
    [change] = endpoint(plan, "chat")["changes"]
    assert (change["before"], change["after"]) == ("ml.g5.2xlarge", "ml.g5.4xlarge")
    assert change["place"] == "catalog/instances.lock.json:1:1"


def test_quotas_that_were_pulled_are_held_against_the_change(repository, plan):
    quota = {"code": "L-1", "name": "ml.g5.2xlarge for endpoint usage", "applied": 5, "default": 0, "adjustable": True}
    pulled = {"account": "000000000000", "region": "us-east-1", "pulled_on": "2026-11-20", "quotas": [quota]}
    path = repository.folder / "catalog" / "quotas" / "000000000000-us-east-1.json"
    path.parent.mkdir()
    path.write_text(json.dumps(pulled))
    repository.edit("endpoints/chat.yaml", "max_concurrency: 8", "max_concurrency: 4")
    said = plan("-e", "local")
    # chat at 3 and summaries at 2 fit; a second fleet of 3 beside them does not.
    assert "TOO SMALL (one update): ml.g5.2xlarge for endpoint usage is 5, 8 are needed" in said.out
    assert "--quota-code L-1 --desired-value 8" in said.out


def test_another_prefix_is_told_to_be_refused_with_the_way(repository, plan):
    repository.edit("environments/plain.yaml", "name_prefix: plain", "name_prefix: bare")
    [environment] = plan("-e", "plain", "--json").json()["environments"]
    assert {one["action"] for one in environment["endpoints"]} == {"replaced"}
    assert "refuses it while the environment is deployed" in environment["foundation"]["sentences"][0]
    assert environment["changes"] == [
        {"scope": "environment", "key": "name_prefix", "before": "plain", "after": "bare",
         "place": "catalog/environments/plain.yaml:4:1"}
    ]  # fmt: skip


def test_another_account_is_another_stack_and_the_old_one_stays(repository, plan):
    repository.edit("environments/plain.yaml", "111122223333", "444455556666")
    found = endpoint(plan, "chat", "plain")
    assert found["action"] == "replaced" and "billed until it is deleted there" in found["sentences"][1]


def test_a_change_that_reaches_several_endpoints_is_told_once(repository, plan):
    repository.edit("organisation.yaml", "CC-2", "CC-9")
    out = plan("-e", "local").out
    assert out.count("teams.beta.cost_center: CC-2 -> CC-9") == 1
    assert "reaches answers, shelf and summaries" in out


def test_other_weights_of_a_model_are_staged_and_never_deployed(repository, plan):
    repository.edit("models/tiny-open.yaml", "SmolLM2-135M-Instruct.Q4_1.gguf", "Another.gguf")
    found = endpoint(plan, "answers")
    assert found["action"] == "unchanged" and "modelyard stage answers" in found["sentences"][0]


def test_an_environment_that_is_new_or_gone_is_planned_too(repository, plan):
    repository.git("mv", "catalog/environments/plain.yaml", "catalog/environments/bare.yaml")
    told = {one["name"]: one for one in plan("--json").json()["environments"]}
    assert {one["action"] for one in told["plain"]["endpoints"]} == {"removed"}
    assert {one["action"] for one in told["bare"]["endpoints"]} == {"added"}


def test_totals_are_the_sums_of_their_parts(repository, plan):
    repository.edit("endpoints/chat.yaml", "max: 3", "max: 8")
    document = plan("--json").json()
    for environment in document["environments"]:
        for side in ("before", "after"):
            for figure in ("low", "expected", "high"):
                costs = [one[side] for one in environment["endpoints"]] + [environment["foundation"][side]]
                assert sum(Decimal(cost["usd"][figure]) for cost in costs) == Decimal(
                    environment["month"][f"{side}_usd"][figure]
                )
                for cost in costs:
                    assert sum(Decimal(line["usd"][figure]) for line in cost["lines"]) == Decimal(cost["usd"][figure])
    months = [one["month"]["after_usd"]["expected"] for one in document["environments"]]
    assert sum(map(Decimal, months)) == Decimal(document["month"]["after_usd"]["expected"])


def test_the_json_is_what_its_schema_says(repository, plan):
    repository.edit("endpoints/chat.yaml", "ml.g5.2xlarge", "[ml.g5.2xlarge, ml.p5e.48xlarge]")
    repository.append("organisation.yaml", "plan_policy: {monthly_increase_usd: {warn: 0}}\n")
    Draft202012Validator.check_schema(SCHEMA)
    Draft202012Validator(SCHEMA).validate(plan("--json").json())


USAGE = """\
environments:
  local:
    chat: {requests_per_month: 3000000, seconds_per_request: 4, request_kib: 4, response_kib: 2, log_kib_per_request: 1}
"""


def test_a_usage_file_of_the_catalog_is_found_and_one_that_is_named_wins(repository, plan, tmp_path):
    (repository.folder / "catalog" / "usage.yaml").write_text(USAGE)
    # 3,000,000 requests of 4 s are 4.57 at once all month: two instances that take 4 each.
    assert endpoint(plan, "chat")["after"]["lines"][0]["usd"]["expected"] == "2211.90"
    other = tmp_path / "other.yaml"
    other.write_text(USAGE.replace("3000000", "10"))
    [environment] = plan("-e", "local", "--json", "--usage", str(other)).json()["environments"]
    chat = next(one for one in environment["endpoints"] if one["name"] == "chat")
    assert chat["after"]["lines"][0]["usd"]["expected"] == "1105.95"


def test_a_mistake_in_a_usage_file_is_told_at_its_place(repository, plan):
    (repository.folder / "catalog" / "usage.yaml").write_text(USAGE.replace("requests_per_month", "request_per_month"))
    said = plan("-e", "local")
    assert said.code == 2
    assert "catalog/usage.yaml:3:12 MY004 unknown key request_per_month" in said.err
    assert plan("--usage", "nowhere.yaml").err == "modelyard: there is no usage file nowhere.yaml: correct --usage\n"


POLICY = "plan_policy: {{{}}}\n"


@pytest.mark.parametrize(
    ("policy", "code"),
    [
        ("monthly_increase_usd: {warn: 400}", 0),
        ("monthly_increase_usd: {warn: 100}", 0),
        ("monthly_increase_usd: {approve: 100, block: 5000}", 3),
        ("monthly_increase_usd: {approve: 10, block: 100}", 4),
        ("monthly_increase_usd: {block: 376}", 0),
        ("monthly_increase_usd: {block: 375}", 4),
        ("monthly_increase_percent: {approve: 5}", 3),
        ("monthly_endpoint_usd: {block: 1000}", 4),
        ("monthly_endpoint_usd: {block: 2000}", 0),
        ("monthly_endpoint_usd: {block: 2000}, figure: high", 4),
        ("refused_update: block", 4),
        ("refused_update: approve", 6),
        ("refused_update: warn", 0),
        ("refused_update: approve, monthly_increase_usd: {approve: 100}", 6),
        ("refused_update: approve, monthly_increase_usd: {block: 100}", 4),
        ("not_priced: block", 0),
    ],
)
def test_the_exit_code_says_what_the_policy_asks_for(repository, plan, policy, code):
    refused = "" if "refused_update" in policy else ", refused_update: warn"
    repository.append("organisation.yaml", POLICY.format(policy + refused))
    repository.commit("policy")
    # From 1.515 to 2.03 an hour: 375.95 a month more.
    repository.edit("endpoints/chat.yaml", "ml.g5.2xlarge", "ml.g5.4xlarge")
    assert plan("-e", "local", "--json").code == code


def test_an_update_that_aws_refuses_is_no_success_where_nobody_says_so(repository, plan):
    repository.edit("endpoints/chat.yaml", "ml.g5.2xlarge", "ml.g5.4xlarge")
    said = plan("-e", "local", "--json")
    assert said.code == said.json()["exit_code"] == 6
    assert [one["about"] for one in said.json()["reasons"]] == ["refused"]


FREE = """\
prices:
  - {usage: everything, discount_percent: 100, reason: a gift, since: "2026-01-01", until: "2099-12-31"}
"""


def test_a_change_cannot_lower_the_prices_that_it_is_judged_by(repository, plan):
    repository.append("organisation.yaml", POLICY.format("monthly_increase_usd: {block: 10}"))
    repository.commit("policy")
    repository.append("organisation.yaml", FREE)
    # By itself it costs nothing and asks for approval all the same.
    assert plan("-e", "local").code == 5
    repository.edit("endpoints/chat.yaml", "{min: 1, max: 3}", "{min: 4, max: 8}")
    said = plan("-e", "local", "--json")
    assert said.code == 4
    [blocked, rules] = said.json()["reasons"]
    assert "(by the prices of HEAD)" in blocked["sentence"] and blocked["level"] == "block"
    assert "organisation.yaml changes prices" in rules["sentence"] and rules["about"] == "rules"
    assert "by the prices of HEAD" in " ".join(said.json()["notes"])


def test_prices_that_rise_count_as_well(repository, plan):
    repository.append("organisation.yaml", POLICY.format("monthly_increase_usd: {block: 10}") + FREE)
    repository.commit("policy")
    repository.edit("organisation.yaml", "discount_percent: 100", "discount_percent: 1")
    assert plan("-e", "local").code == 4


def test_a_change_cannot_lower_the_usage_that_it_is_judged_by(repository, plan):
    (repository.folder / "catalog" / "usage.yaml").write_text(USAGE)
    repository.append("organisation.yaml", POLICY.format("monthly_increase_usd: {block: 100}, refused_update: warn"))
    repository.commit("policy and usage")
    repository.edit("endpoints/chat.yaml", "ml.g5.2xlarge", "ml.g5.4xlarge")
    (repository.folder / "catalog" / "usage.yaml").write_text(USAGE.replace("3000000", "0"))
    said = plan("-e", "local", "--json")
    assert said.code == 4
    assert any("(by the usage of HEAD)" in one["sentence"] for one in said.json()["reasons"])


def test_an_environment_that_is_new_is_judged_by_the_policy_in_force(repository, plan):
    repository.append("organisation.yaml", POLICY.format("monthly_increase_usd: {block: 100}"))
    repository.commit("policy")
    repository.edit("organisation.yaml", "block: 100", "warn: 100")
    files = repository.folder / "catalog" / "environments"
    (files / "other.yaml").write_text((files / "local.yaml").read_text("utf-8") + "name_prefix: other\n")
    assert plan("-e", "other").code == 4


@pytest.mark.parametrize("whose", ["plain.yaml", "other.yaml"])
def test_another_account_needs_an_approval(repository, plan, whose):
    files = repository.folder / "catalog" / "environments"
    text = (files / "plain.yaml").read_text("utf-8")
    assert "111122223333" in text
    (files / whose).write_text(text.replace("111122223333", "999988887777").replace("prefix: plain", "prefix: p2"))
    said = plan("-e", whose.removesuffix(".yaml"), "--json")
    assert said.code == 5
    assert any("is billed to account 999988887777" in one["sentence"] for one in said.json()["reasons"])


def test_the_catalog_of_a_commit_is_planned_without_a_look_at_the_files_here(repository, plan):
    repository.edit("endpoints/chat.yaml", "max: 3", "max: 8")
    there = repository.commit("more")
    repository.git("reset", "--quiet", "--hard", "HEAD~1")
    repository.edit("endpoints/chat.yaml", "kind: real-time", "kind: nonsense")
    said = plan("-e", "local", "--base", "HEAD", "--head", there, "--json")
    assert said.code == 0
    [change] = next(one for one in said.json()["environments"][0]["endpoints"] if one["name"] == "chat")["changes"]
    assert change["after"] == "8" and change["place"].startswith("catalog/endpoints/chat.yaml:")


def test_a_broken_catalog_of_a_commit_is_told_with_its_lines(repository, plan):
    repository.edit("endpoints/chat.yaml", "kind: real-time", "kind: nonsense")
    there = repository.commit("broken")
    repository.git("reset", "--quiet", "--hard", "HEAD~1")
    said = plan("--head", there)
    assert said.code == 1 and "\ncatalog/endpoints/chat.yaml:1:7 MY006" in said.err


def test_an_endpoint_without_a_price_is_no_cheap_endpoint(repository, plan):
    repository.append("organisation.yaml", POLICY.format("not_priced: approve, refused_update: warn"))
    repository.commit("policy")
    repository.edit("endpoints/chat.yaml", "ml.g5.2xlarge", "[ml.g5.2xlarge, ml.p5e.48xlarge]")
    said = plan("-e", "local")
    assert said.code == 3
    assert "APPROVE: chat of local changes and is not wholly priced: instances, ml.p5e.48xlarge" in said.out


@pytest.mark.parametrize(
    ("policy", "code"),
    [("monthly_increase_usd: {block: 10}", 3), ("monthly_increase_usd: {warn: 10}", 0), ("", 0)],
)
def test_what_has_no_price_does_not_pass_a_limit_unseen(repository, plan, policy, code):
    repository.append("organisation.yaml", POLICY.format(policy + (", " if policy else "") + "refused_update: warn"))
    repository.commit("policy")
    repository.edit("endpoints/chat.yaml", "ml.g5.2xlarge", "ml.p5e.48xlarge")
    assert plan("-e", "local").code == code


def test_what_loses_its_price_pays_for_nothing_else(repository, plan):
    policy = "monthly_increase_usd: {block: 10}, refused_update: warn, not_priced: warn"
    repository.append("organisation.yaml", POLICY.format(policy))
    repository.commit("policy")
    repository.edit("endpoints/chat.yaml", "ml.g5.2xlarge", "ml.p5e.48xlarge")
    repository.edit("endpoints/shelf.yaml", "min: 1", "min: 2")
    assert plan("-e", "local").code == 4


def test_a_missing_price_is_no_saving(repository, plan):
    repository.edit("environments/plain.yaml", "us-east-1", "eu-west-1")
    document = plan("-e", "plain", "--json").json()
    assert document["month"]["comparable"] is False and document["month"]["increase_percent"] is None
    for form in ([], ["--markdown"]):
        out = plan("-e", "plain", *form).out
        assert "the difference cannot be told, 5 endpoints are not priced on one side" in out
        assert "NOT PRICED" in out and "-100.0" not in out and "100.0\u00a0%" not in out


def test_a_change_cannot_lift_the_policy_that_it_is_judged_by(repository, plan):
    repository.append("organisation.yaml", POLICY.format("monthly_increase_usd: {block: 100}"))
    repository.commit("policy")
    repository.edit("organisation.yaml", "block: 100", "block: 100000")
    repository.edit("endpoints/chat.yaml", "ml.g5.2xlarge", "ml.g5.4xlarge")
    assert plan("-e", "local").code == 4


def test_no_money_is_cut_and_nothing_is_wider_than_80_columns(repository, plan, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("FORCE_COLOR", "1")
    terminal.results.cache_clear()
    repository.edit("endpoints/chat.yaml", "instances: {min: 1, max: 3}", "instances: {min: 400, max: 900}")
    repository.edit("endpoints/chat.yaml", "ml.g5.2xlarge", "ml.p4d.24xlarge")
    out = re.sub(r"\x1b\[[0-9;]*m", "", plan("-e", "local").out)
    terminal.results.cache_clear()
    assert max(len(line) for line in out.splitlines()) <= 80
    price = hourly_price("ml.p4d.24xlarge", "us-east-1")
    assert price is not None
    each = price.usd * HOURS_PER_MONTH
    assert f"{each * 400:,.2f}" in out and f"{each * 900:,.2f}" in out and "…" not in out


def test_the_comment_is_one_short_table_and_folded_details(repository, plan):
    repository.edit("endpoints/chat.yaml", "ml.g5.2xlarge", "ml.g5.4xlarge")
    text = plan("-e", "local", "--markdown").out
    assert text.startswith(f"{MARKER}\n### modelyard plan: needs approval, +$375.95 a month (+")
    html = MarkdownIt("commonmark").enable("table").render(text)
    assert html.count("<details>") == html.count("</details>") >= 3
    # Whatever is folded is still a table or a list, and none of it is left as Markdown's own characters.
    assert html.count("<table>") >= 3 and "\n|" not in html and "**" not in html


def test_a_comment_on_a_thousand_changed_endpoints_still_fits(repository, plan):
    entry = (repository.folder / "catalog" / "endpoints" / "chat.yaml").read_text("utf-8")
    entry = entry.replace("callers: [ChatBackend]\n", "")  # a role takes 20 policies at most
    for number in range(200):
        (repository.folder / "catalog" / "endpoints" / f"chat-{number}.yaml").write_text(entry)
    text = plan("--markdown").out
    assert len(text) < 65_536 and "more that change" in text


def test_names_in_a_comment_call_nobody_and_break_no_table(repository, plan):
    repository.edit(
        "endpoints/chat.yaml", "environment: {SM_VLLM_DTYPE: bfloat16}", 'environment: {X: "a|b `c` @team <b>"}'
    )
    html = MarkdownIt("commonmark").enable("table").render(plan("-e", "local", "--markdown").out)
    assert "<code>serving.environment.X: unset -&gt; a|b `c` @team &lt;b&gt;</code>" in html


def test_where_nothing_could_be_planned_the_comment_says_why(repository, plan):
    repository.edit("endpoints/chat.yaml", "kind: real-time", 'kind: "```\\n# hello @team"')
    said = plan("-e", "local", "--markdown")
    assert said.code == 1 and said.out.startswith(f"{MARKER}\n### modelyard plan: nothing could be planned\n")
    html = MarkdownIt("commonmark").enable("table").render(said.out)
    assert "catalog/endpoints/chat.yaml:1:7 MY006" in html and html.count("<h") == 1


def test_the_dashboard_of_the_fleet_is_named(repository, plan):
    repository.append("environments/plain.yaml", "fleet_dashboard: true\n")
    [environment] = plan("-e", "plain", "--json").json()["environments"]
    dashboard, how, resources = environment["foundation"]["sentences"]
    assert environment["foundation"]["resources"] == {"FleetDashboard": "add"}
    assert resources == "Of the foundation's resources 1 is added: FleetDashboard."
    assert dashboard == "The foundation gets the dashboard of the fleet."
    assert "`modelyard cdk deploy -c environment=plain --all` refuses to change the foundation" in how
    assert "--change-foundation" in how


SIGNALS_USAGE = """\
environments:
  plain:
    shelf: {requests_per_month: 40000000, seconds_per_request: 1, request_kib: 4, response_kib: 2}
    answers: {requests_per_month: 1000, seconds_per_request: 1}
"""


def test_what_endpoints_share_is_a_line_of_its_own_and_told_line_by_line(repository, plan):
    (repository.folder / "catalog" / "usage.yaml").write_text(SIGNALS_USAGE)
    repository.append("environments/plain.yaml", "signals: {stream: on-demand}\n")
    [environment] = plan("-e", "plain", "--json").json()["environments"]
    shared = {line["what"]: line for line in environment["foundation"]["after"]["lines"]}
    for what in ("calls of the stream processor", "files of the table, delivered", "calls of PutMetricData, at most"):
        assert Decimal(shared[what]["usd"]["expected"]) > 0, what
    for endpoint_plan in environment["endpoints"]:
        told = " ".join(line["what"] for line in endpoint_plan["after"]["lines"])
        assert "stream processor" not in told and "shards" not in told
        assert ("delivered to the table" in told) is (endpoint_plan["name"] in ("shelf", "answers"))
    written = plan("-e", "plain").out
    assert "foundation, shared by all endpoints" in written and "calls of the stream processor" in written
    comment = plan("-e", "plain", "--markdown").out
    assert "| foundation, shared by all endpoints | low | expected | high |" in comment
    assert "foundation: 4 records lie in one Kinesis record" in comment


def test_more_requests_of_one_endpoint_cost_more_of_what_all_share(repository, plan):
    (repository.folder / "catalog" / "usage.yaml").write_text(SIGNALS_USAGE)
    repository.append("environments/plain.yaml", "signals: {stream: on-demand}\n")
    few = plan("-e", "plain", "--json").json()["environments"][0]["foundation"]["after"]["usd"]
    (repository.folder / "catalog" / "usage.yaml").write_text(SIGNALS_USAGE.replace("40000000", "4000000000"))
    many = plan("-e", "plain", "--json").json()["environments"][0]["foundation"]["after"]["usd"]
    assert Decimal(many["expected"]) > Decimal(few["expected"]) > 30
    assert many["low"] == few["low"]


def test_a_part_of_the_foundation_without_a_price_is_judged_as_one_of_an_endpoint(repository, plan):
    (repository.folder / "catalog" / "usage.yaml").write_text(SIGNALS_USAGE)
    repository.append("organisation.yaml", POLICY.format("not_priced: approve"))
    repository.commit("policy")
    repository.append("environments/plain.yaml", "signals: {stream: on-demand}\n")
    said = plan("-e", "plain")
    assert said.code == 3
    assert "APPROVE: foundation of plain changes and is not wholly priced: records, sorting the table" in said.out


def test_signals_that_go_are_told_with_what_they_cost(repository, plan):
    repository.append("environments/plain.yaml", "signals: {stream: {shards: 3}}\n")
    repository.commit("signals")
    repository.edit("environments/plain.yaml", "signals: {stream: {shards: 3}}\n", "")
    [environment] = plan("-e", "plain", "--json").json()["environments"]
    foundation = environment["foundation"]
    assert "delete the record stream" in foundation["sentences"][0]
    hours = Decimal(3 * 730) * Decimal("0.015")
    difference = Decimal(foundation["before"]["usd"]["expected"]) - Decimal(foundation["after"]["usd"]["expected"])
    # Three shards, and ten metrics in alarms.
    assert difference == hours.quantize(Decimal("0.01")) + 1


def test_nothing_is_told_to_cost_nothing_where_no_price_is_known(repository, plan):
    (repository.folder / "catalog" / "usage.yaml").write_text(SIGNALS_USAGE)
    repository.edit("environments/plain.yaml", "us-east-1", "eu-west-1")
    for form in ([], ["--markdown"]):
        out = plan("-e", "plain", *form).out
        assert "$0.0000" not in out and "per 1,000 requests" not in out
        for line in out.splitlines():
            if line.strip("| *").startswith(("plain in all", "in all", "then")):
                assert "0.00" not in line and "NOT PRICED" in line, line
    [environment] = plan("-e", "plain", "--json").json()["environments"]
    assert all(one["after"]["units"] == [] for one in environment["endpoints"])
