"""The foundation keeps data safe, findable and no longer than promised, and holds nothing of one entry."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from modelyard.catalog.forms import KeepDays
from modelyard.deploying.protection import PROTECTED

CATALOG = Path(__file__).parents[1] / "catalogs" / "four-kinds"
BUCKETS = ["AccessLogs", "Artifacts", "Async", "Capture", "Signals"]
# Renaming one of these deletes nothing, but deploys an empty one beside it: data would be lost from sight.
STATEFUL = {
    "Key": "AWS::KMS::Key",
    "AccessLogs": "AWS::S3::Bucket",
    "Artifacts": "AWS::S3::Bucket",
    "Capture": "AWS::S3::Bucket",
    "Async": "AWS::S3::Bucket",
    "Signals": "AWS::S3::Bucket",
}


def test_stateful_resources_keep_their_ids_and_outlive_the_stack_but_not_a_creation_that_fails(local: Any) -> None:
    resources = local["foundation"]["Resources"]
    kept = {key: found["Type"] for key, found in resources.items() if found["Type"] in set(STATEFUL.values())}
    assert kept == STATEFUL
    for logical_id in [*STATEFUL, *(f"{bucket}Policy" for bucket in BUCKETS)]:
        assert resources[logical_id]["DeletionPolicy"] == "RetainExceptOnCreate"
        assert resources[logical_id]["UpdateReplacePolicy"] == "Retain"


def test_what_is_kept_can_be_taken_over_by_its_name(local: Any) -> None:
    # CloudFormation adopts resources whose name is written out, and no reference.
    for logical_id in BUCKETS:
        name = local.all("foundation", "AWS::S3::Bucket")[logical_id]["BucketName"]
        assert local.all("foundation", "AWS::S3::BucketPolicy")[f"{logical_id}Policy"]["Bucket"] == name
        assert local["foundation"]["Resources"][f"{logical_id}Policy"]["DependsOn"] == [logical_id]


def test_signals_leave_a_bucket_and_what_captures_hold_as_safe_as_it_was(local: Any) -> None:
    capture = local.all("foundation", "AWS::S3::Bucket")["Capture"]["LifecycleConfiguration"]["Rules"]
    assert [rule["ExpirationInDays"] for rule in capture if rule.get("Prefix") == "raw/"] == [30]
    _, denied = local.all("foundation", "AWS::S3::BucketPolicy")["CapturePolicy"]["PolicyDocument"]["Statement"]
    assert (denied["Effect"], denied["Principal"]) == ("Deny", {"AWS": "*"})
    assert denied["Resource"][0].endswith("/raw/*")
    assert "Condition" not in denied


def test_a_companys_key_encrypts_everything_and_the_foundations_own_stays_beside_it(guarded: Any, local: Any) -> None:
    own = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    for synthesised in (guarded, local):
        assert synthesised.only("foundation", "AWS::KMS::Key")["EnableKeyRotation"] is True
    for synthesised, key in ((guarded, own), (local, {"Fn::GetAtt": ["Key", "Arn"]})):
        buckets = synthesised.all("foundation", "AWS::S3::Bucket")
        for logical_id in ("Artifacts", "Async", "Capture", "Signals"):
            (rule,) = buckets[logical_id]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
            assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
            assert rule["BucketKeyEnabled"] is True


def test_a_company_that_lets_nobody_make_keys_gets_none(
    run_app: Callable[..., Any], tmp_path: Path, guarded: Any
) -> None:
    catalog = tmp_path / "catalog"
    shutil.copytree(CATALOG, catalog)
    environment = catalog / "environments" / "guarded.yaml"
    environment.write_text(environment.read_text("utf-8") + "foundation_key: false\n", "utf-8")
    without = run_app(tmp_path / "out", "guarded", catalog=catalog)
    assert not without.all("foundation", "AWS::KMS::Key")
    assert without.all("foundation", "AWS::S3::Bucket") == guarded.all("foundation", "AWS::S3::Bucket")


@pytest.mark.parametrize("logical_id", BUCKETS)
def test_a_bucket_is_private_and_speaks_tls_only(local: Any, logical_id: str) -> None:
    bucket = local.all("foundation", "AWS::S3::Bucket")[logical_id]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    policy = local.all("foundation", "AWS::S3::BucketPolicy")[f"{logical_id}Policy"]
    denied = policy["PolicyDocument"]["Statement"][0]
    assert (denied["Effect"], denied["Principal"], denied["Action"]) == ("Deny", {"AWS": "*"}, ["s3:*"])
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_every_allowed_retention_has_its_lifecycle_rule(local: Any) -> None:
    rules = local.all("foundation", "AWS::S3::Bucket")["Capture"]["LifecycleConfiguration"]["Rules"]
    expiring = {rule["Prefix"]: rule["ExpirationInDays"] for rule in rules if "ExpirationInDays" in rule}
    assert expiring == {f"keep-{days}-days/": days for days in get_args(KeepDays)} | {"raw/": 30}


def test_requests_answers_and_access_logs_expire_and_weights_do_not(local: Any) -> None:
    buckets = local.all("foundation", "AWS::S3::Bucket")
    expiring = {
        logical_id: [rule["ExpirationInDays"] for rule in rules if "ExpirationInDays" in rule]
        for logical_id, bucket in buckets.items()
        if (rules := bucket["LifecycleConfiguration"]["Rules"]) and logical_id != "Capture"
    }
    assert expiring == {"AccessLogs": [90], "Artifacts": [], "Async": [30], "Signals": [400, 30, 30, 30]}
    assert buckets["Artifacts"]["VersioningConfiguration"] == {"Status": "Enabled"}


def test_other_stacks_find_everything_through_parameters_and_nothing_is_exported(local: Any) -> None:
    parameters = local.all("foundation", "AWS::SSM::Parameter")
    assert {parameter["Name"]: parameter["Value"] for parameter in parameters.values()} == {
        "/modelyard/local/artifacts-bucket": {"Ref": "Artifacts"},
        "/modelyard/local/capture-bucket": {"Ref": "Capture"},
        "/modelyard/local/async-bucket": {"Ref": "Async"},
        "/modelyard/local/signals-bucket": {"Ref": "Signals"},
        "/modelyard/local/key-arn": {"Fn::GetAtt": ["Key", "Arn"]},
    }
    for stack in local.files:
        text = json.dumps(local[stack])
        assert '"Export"' not in text
        assert "Fn::ImportValue" not in text


def test_endpoint_stacks_ask_only_for_the_key_whose_name_nobody_can_know_before(local: Any, guarded: Any) -> None:
    # CloudFormation reads a published value again only where a template changed, so whatever can be written out is.
    for stack in set(guarded.files) - {"foundation"}:
        assert "{{resolve:" not in guarded.files[stack].read_text("utf-8")
    for stack in set(local.files) - {"foundation"}:
        text = local.files[stack].read_text("utf-8")
        asked = {part.split("}}")[0] for part in text.split("{{resolve:ssm:")[1:]}
        assert asked == {"/modelyard/local/key-arn"}
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
        assert text.count("{{resolve:") <= 60


def test_the_foundation_holds_nothing_of_one_entry(local: Any) -> None:
    text = local.files["foundation"].read_text("utf-8")
    for entry in set(local.files) - {"foundation"}:
        assert f"/{entry}/" not in text
        assert f'"{entry}"' not in text


def test_deploying_everything_deploys_the_foundation_first(local: Any) -> None:
    artifacts = local.manifest()["artifacts"]
    for stack in set(local.files) - {"foundation"}:
        assert "foundation" in artifacts[stack]["dependencies"]
        assert artifacts[stack]["properties"]["stackName"] == f"modelyard-local-{stack}"


def test_a_foundation_that_stands_is_not_deleted_unless_its_environment_says_so(
    local: Any, run_app: Any, catalog_with: Any, tmp_path: Any
) -> None:
    def protected(templates: Any, stack: str) -> bool:
        return bool(templates.manifest()["artifacts"][stack]["properties"].get("terminationProtection"))

    stands = run_app(tmp_path / "stands", "local", said=[PROTECTED])
    assert protected(stands, "foundation")
    assert not protected(stands, "chat")
    # A creation that failed must be deleted before the next one.
    assert not protected(local, "foundation")
    open_ = catalog_with("environments/local.yaml", termination_protection=False)
    assert not protected(run_app(tmp_path / "open", "local", catalog=open_, said=[PROTECTED]), "foundation")


def test_every_stack_says_whose_it_is_where_the_catalog_has_a_name(
    local: Any, run_app: Any, catalog_with: Any, tmp_path: Any
) -> None:
    named = run_app(tmp_path / "out", "local", catalog=catalog_with("organisation.yaml", catalog="payments"))
    for stack in named.files:
        assert named[stack]["Outputs"]["CatalogName"] == {"Value": "payments"}, stack
        assert "CatalogName" not in local[stack].get("Outputs", {}), stack
