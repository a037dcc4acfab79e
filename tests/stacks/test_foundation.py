"""The foundation keeps data safe, findable and no longer than promised, and holds nothing of one entry."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest

from catalog.forms import KeepDays

BUCKETS = ["AccessLogs", "Artifacts", "Async", "Capture"]
# Renaming one of these deletes nothing, but deploys an empty one beside it: data would be lost from sight.
STATEFUL = {
    "Key": "AWS::KMS::Key",
    "AccessLogs": "AWS::S3::Bucket",
    "Artifacts": "AWS::S3::Bucket",
    "Capture": "AWS::S3::Bucket",
    "Async": "AWS::S3::Bucket",
}


def test_stateful_resources_keep_their_logical_ids_and_outlive_the_stack(local: Any) -> None:
    resources = local["foundation"]["Resources"]
    kept = {key: found["Type"] for key, found in resources.items() if found["Type"] in set(STATEFUL.values())}
    assert kept == STATEFUL
    for logical_id in STATEFUL:
        assert resources[logical_id]["DeletionPolicy"] == "Retain"
        assert resources[logical_id]["UpdateReplacePolicy"] == "Retain"


def test_an_environments_own_key_encrypts_everything_instead_of_a_new_one(guarded: Any, local: Any) -> None:
    own = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    assert not guarded.all("foundation", "AWS::KMS::Key")
    assert local.only("foundation", "AWS::KMS::Key")["EnableKeyRotation"] is True
    for synthesised, key in ((guarded, own), (local, {"Fn::GetAtt": ["Key", "Arn"]})):
        buckets = synthesised.all("foundation", "AWS::S3::Bucket")
        for logical_id in ("Artifacts", "Async", "Capture"):
            (rule,) = buckets[logical_id]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
            assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
            assert rule["BucketKeyEnabled"] is True


@pytest.mark.parametrize("logical_id", BUCKETS)
def test_a_bucket_is_private_and_speaks_tls_only(local: Any, logical_id: str) -> None:
    bucket = local.all("foundation", "AWS::S3::Bucket")[logical_id]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    policy = local.all("foundation", "AWS::S3::BucketPolicy")[f"{logical_id}Policy"]
    assert policy["Bucket"] == {"Ref": logical_id}
    denied = policy["PolicyDocument"]["Statement"][0]
    assert (denied["Effect"], denied["Principal"], denied["Action"]) == ("Deny", {"AWS": "*"}, ["s3:*"])
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_every_allowed_retention_has_its_lifecycle_rule(local: Any) -> None:
    rules = local.all("foundation", "AWS::S3::Bucket")["Capture"]["LifecycleConfiguration"]["Rules"]
    expiring = {rule["Prefix"]: rule["ExpirationInDays"] for rule in rules if "ExpirationInDays" in rule}
    assert expiring == {f"keep-{days}-days/": days for days in get_args(KeepDays)}


def test_requests_answers_and_access_logs_expire_and_weights_do_not(local: Any) -> None:
    buckets = local.all("foundation", "AWS::S3::Bucket")
    expiring = {
        logical_id: [rule["ExpirationInDays"] for rule in rules if "ExpirationInDays" in rule]
        for logical_id, bucket in buckets.items()
        if (rules := bucket["LifecycleConfiguration"]["Rules"]) and logical_id != "Capture"
    }
    assert expiring == {"AccessLogs": [90], "Artifacts": [], "Async": [30]}
    assert buckets["Artifacts"]["VersioningConfiguration"] == {"Status": "Enabled"}


def test_other_stacks_find_everything_through_parameters_and_nothing_is_exported(local: Any) -> None:
    parameters = local.all("foundation", "AWS::SSM::Parameter")
    assert {parameter["Name"]: parameter["Value"] for parameter in parameters.values()} == {
        "/modelyard/local/artifacts-bucket": {"Ref": "Artifacts"},
        "/modelyard/local/capture-bucket": {"Ref": "Capture"},
        "/modelyard/local/async-bucket": {"Ref": "Async"},
        "/modelyard/local/key-arn": {"Fn::GetAtt": ["Key", "Arn"]},
    }
    for stack in local.files:
        text = json.dumps(local[stack])
        assert '"Export"' not in text
        assert "Fn::ImportValue" not in text


def test_endpoint_stacks_ask_only_for_what_the_foundation_publishes(local: Any) -> None:
    published = {parameter["Name"] for parameter in local.all("foundation", "AWS::SSM::Parameter").values()}
    for stack in set(local.files) - {"foundation"}:
        text = local.files[stack].read_text("utf-8")
        asked = {part.split("}}")[0] for part in text.split("{{resolve:ssm:")[1:]}
        assert asked
        assert asked <= published
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


def test_the_foundation_is_not_deleted_unless_its_environment_says_so(
    local: Any, run_app: Any, catalog_with: Any, tmp_path: Any
) -> None:
    def protected(templates: Any, stack: str) -> bool:
        return bool(templates.manifest()["artifacts"][stack]["properties"].get("terminationProtection"))

    assert protected(local, "foundation")
    assert not protected(local, "chat")
    open_ = run_app(
        tmp_path / "out", "local", catalog=catalog_with("environments/local.yaml", termination_protection=False)
    )
    assert not protected(open_, "foundation")


def test_every_stack_says_whose_it_is_where_the_catalog_has_a_name(
    local: Any, run_app: Any, catalog_with: Any, tmp_path: Any
) -> None:
    named = run_app(tmp_path / "out", "local", catalog=catalog_with("organisation.yaml", catalog="payments"))
    for stack in named.files:
        assert named[stack]["Outputs"]["CatalogName"] == {"Value": "payments"}, stack
        assert "CatalogName" not in local[stack].get("Outputs", {}), stack
