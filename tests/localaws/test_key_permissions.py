"""An encrypted object is only for those who may use its key."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "000000000000"


@pytest.fixture(scope="module")
def key_arn(embedded_aws: Any) -> str:
    whole_account = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [whole_account]})
    arn = str(embedded_aws.client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"])
    s3 = embedded_aws.client("s3")
    s3.create_bucket(Bucket="encrypted")
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn}}
    s3.put_bucket_encryption(Bucket="encrypted", ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.put_object(Bucket="encrypted", Key="model", Body=b"weights")
    return arn


@pytest.fixture
def s3_of(embedded_aws: Any, request: pytest.FixtureRequest) -> Callable[..., Any]:
    """The S3 client of a new role with all of S3 and the given KMS actions on the key."""

    def client(key_arn: str, *actions: str) -> Any:
        iam = embedded_aws.client("iam")
        name = f"keys-{'-'.join(actions).replace(':', '') or 'none'}"
        trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
        allowed = [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]
        if actions:
            allowed.append({"Effect": "Allow", "Action": list(actions), "Resource": key_arn})  # type: ignore[dict-item]
        role = iam.create_role(
            RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        )
        document = json.dumps({"Version": "2012-10-17", "Statement": allowed})
        iam.put_role_policy(RoleName=name, PolicyName="only", PolicyDocument=document)
        session = embedded_aws.client("sts").assume_role(RoleArn=role["Role"]["Arn"], RoleSessionName="test")
        return embedded_aws.client("s3", credentials=session["Credentials"])

    return client


def test_reading_needs_decrypt_on_the_key(key_arn: str, s3_of: Callable[..., Any]) -> None:
    allowed = s3_of(key_arn, "kms:Decrypt")
    assert allowed.get_object(Bucket="encrypted", Key="model")["Body"].read() == b"weights"
    denied = s3_of(key_arn)
    with pytest.raises(ClientError) as raised:
        denied.get_object(Bucket="encrypted", Key="model")
    error = raised.value.response["Error"]
    assert error["Code"] == "AccessDenied"
    assert error["Message"] == (
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/keys-none/test is not authorized to perform: kms:Decrypt on "
        f"resource: {key_arn} because no identity-based policy allows the kms:Decrypt action"
    )


def test_writing_needs_a_data_key_and_leaves_nothing_without_one(
    key_arn: str, s3_of: Callable[..., Any], embedded_aws: Any
) -> None:
    writer = s3_of(key_arn, "kms:GenerateDataKey")
    writer.put_object(Bucket="encrypted", Key="written", Body=b"x")
    reader = s3_of(key_arn, "kms:Decrypt", "kms:DescribeKey")
    with pytest.raises(ClientError, match="kms:GenerateDataKey"):
        reader.put_object(Bucket="encrypted", Key="refused", Body=b"x")
    with pytest.raises(ClientError, match="kms:GenerateDataKey"):
        reader.create_multipart_upload(Bucket="encrypted", Key="refused")
    keys = [one["Key"] for one in embedded_aws.client("s3").list_objects_v2(Bucket="encrypted")["Contents"]]
    assert sorted(keys) == ["model", "written"]


@pytest.mark.parametrize(
    ("uses_bucket_key", "said", "allowed"),
    [
        (True, "arn:aws:s3:::{bucket}", True),
        (True, "arn:aws:s3:::{bucket}/*", False),
        (False, "arn:aws:s3:::{bucket}/*", True),
        (False, "arn:aws:s3:::{bucket}", False),
        (True, "arn:aws:s3:::another", False),
    ],
)
def test_a_grant_is_held_to_the_object_or_with_a_bucket_key_to_the_bucket(
    embedded_aws: Any, key_arn: str, uses_bucket_key: bool, said: str, allowed: bool
) -> None:
    s3, iam = embedded_aws.client("s3"), embedded_aws.client("iam")
    name = f"context-{uses_bucket_key}-{said.count('*')}-{said.count('another')}".lower()
    s3.create_bucket(Bucket=name)
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key_arn}}
    rules = [{**rule, "BucketKeyEnabled": uses_bucket_key}]
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})
    s3.put_object(Bucket=name, Key="model", Body=b"weights")
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )
    held = {
        "kms:ViaService": "s3.us-east-1.*",
        "kms:EncryptionContext:aws:s3:arn": [said.format(bucket=name)],
    }
    statements = [
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": "arn:aws:kms:us-east-1:*:key/*",
            "Condition": {"StringLike": held},
        },
    ]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_role_policy(RoleName=name, PolicyName="only", PolicyDocument=document)
    session = embedded_aws.client("sts").assume_role(RoleArn=role["Role"]["Arn"], RoleSessionName="test")
    own = embedded_aws.client("s3", credentials=session["Credentials"])
    for ask in (
        lambda: own.get_object(Bucket=name, Key="model"),
        lambda: own.put_object(Bucket=name, Key="written", Body=b"x"),
        lambda: own.copy_object(Bucket=name, Key="copied", CopySource={"Bucket": name, "Key": "model"}),
        lambda: own.head_object(Bucket=name, Key="model", ChecksumMode="ENABLED"),
    ):
        if allowed:
            ask()
        else:
            with pytest.raises(ClientError, match="kms:|403"):
                ask()
    assert own.head_object(Bucket=name, Key="model")["SSEKMSKeyId"] == key_arn


def test_a_copy_needs_the_key_of_what_is_read_and_of_what_is_written(
    key_arn: str, s3_of: Callable[..., Any], embedded_aws: Any
) -> None:
    source = {"Bucket": "encrypted", "Key": "model"}
    for only in ("kms:Decrypt", "kms:GenerateDataKey"):
        with pytest.raises(ClientError, match="kms:"):
            s3_of(key_arn, only, "kms:ListKeys").copy_object(Bucket="encrypted", Key="copy", CopySource=source)
    both = s3_of(key_arn, "kms:Decrypt", "kms:GenerateDataKey")
    both.copy_object(Bucket="encrypted", Key="copy", CopySource=source)
    embedded_aws.client("s3").delete_object(Bucket="encrypted", Key="copy")


@pytest.mark.parametrize(
    ("ending", "code"),
    [("disable_key", "KMS.DisabledException"), ("schedule_key_deletion", "KMS.KMSInvalidStateException")],
)
def test_a_key_that_is_switched_off_opens_nothing_for_anybody(embedded_aws: Any, ending: str, code: str) -> None:
    kms, s3 = embedded_aws.client("kms"), embedded_aws.client("s3")
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    bucket = ending.replace("_", "-")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="model", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=arn)
    getattr(kms, ending)(KeyId=arn)
    with pytest.raises(ClientError) as raised:
        s3.get_object(Bucket=bucket, Key="model")
    assert raised.value.response["Error"]["Code"] == code


def test_a_key_that_does_not_exist_encrypts_nothing(key_arn: str, s3_of: Callable[..., Any]) -> None:
    writer = s3_of(key_arn, "kms:*")
    gone = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/00000000-0000-0000-0000-000000000000"
    with pytest.raises(ClientError) as raised:
        writer.put_object(Bucket="encrypted", Key="gone", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=gone)
    assert raised.value.response["Error"]["Code"] == "KMS.NotFoundException"
