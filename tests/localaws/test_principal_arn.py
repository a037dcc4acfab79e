"""A policy that names a role in aws:PrincipalArn means that role's sessions."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError


def test_a_bucket_that_denies_all_but_one_role_lets_that_roles_sessions_in(embedded_aws: Any) -> None:
    iam, s3 = embedded_aws.client("iam"), embedded_aws.client("s3")
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{embedded_aws.account}:root"},
        "Action": "sts:AssumeRole",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    everything = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    )
    clients = {}
    for name in ("OneReader", "OtherReader"):
        role = iam.create_role(RoleName=name, Path="/readers/", AssumeRolePolicyDocument=document)["Role"]["Arn"]
        iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=everything)
        session = embedded_aws.client("sts").assume_role(RoleArn=role, RoleSessionName="now")["Credentials"]
        clients[name] = embedded_aws.client("s3", credentials=session)
        assert role.endswith(f":role/readers/{name}")
    s3.create_bucket(Bucket="only-one-reads")
    s3.put_object(Bucket="only-one-reads", Key="raw", Body=b"words")
    denied = {
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::only-one-reads/*",
        "Condition": {
            "ArnNotEquals": {"aws:PrincipalArn": f"arn:aws:iam::{embedded_aws.account}:role/readers/OneReader"}
        },
    }
    s3.put_bucket_policy(Bucket="only-one-reads", Policy=json.dumps({"Version": "2012-10-17", "Statement": [denied]}))
    assert clients["OneReader"].get_object(Bucket="only-one-reads", Key="raw")["Body"].read() == b"words"
    with pytest.raises(ClientError, match="AccessDenied"):
        clients["OtherReader"].get_object(Bucket="only-one-reads", Key="raw")
