"""Who may do what: SageMaker and Application Auto Scaling stand behind the same IAM as everything else."""

import json
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

ENDPOINTS = "arn:aws:sagemaker:us-east-1:000000000000:endpoint"
ROLE = "arn:aws:iam::000000000000:role/permissions-model"


def user(embedded_aws: Any, name: str, *statements: dict[str, Any]) -> dict[str, str]:
    """The access key of a new IAM user with exactly these allowances."""
    iam = embedded_aws.client("iam")
    iam.create_user(UserName=name)
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **one} for one in statements]}
    iam.put_user_policy(UserName=name, PolicyName="only", PolicyDocument=json.dumps(document))
    key: dict[str, str] = iam.create_access_key(UserName=name)["AccessKey"]
    return key


def error_of(call: Any, **request: Any) -> tuple[str, str, int]:
    with pytest.raises(ClientError) as raised:
        call(**request)
    response = raised.value.response
    return response["Error"]["Code"], response["Error"]["Message"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_a_caller_of_one_endpoint_may_call_no_other_and_create_nothing(embedded_aws: Any) -> None:
    key = user(
        embedded_aws, "caller", {"Action": "sagemaker:InvokeEndpoint", "Resource": f"{ENDPOINTS}/permissions-mine"}
    )
    runtime = embedded_aws.client("sagemaker-runtime", credentials=key)
    code, message, status = error_of(runtime.invoke_endpoint, EndpointName="permissions-other", Body=b"{}")
    assert (code, status) == ("AccessDeniedException", 403)
    assert message == (
        "User: arn:aws:iam::000000000000:user/caller is not authorized to perform: sagemaker:InvokeEndpoint on "
        f"resource: {ENDPOINTS}/permissions-other because no identity-based policy allows the "
        "sagemaker:InvokeEndpoint action"
    )
    # Its own endpoint does not exist, which is another refusal than not being allowed to call it.
    assert error_of(runtime.invoke_endpoint, EndpointName="permissions-mine", Body=b"{}")[0] == "ValidationError"
    streaming = runtime.invoke_endpoint_with_response_stream
    assert "InvokeEndpointWithResponseStream" in error_of(streaming, EndpointName="permissions-mine", Body=b"{}")[1]

    sagemaker = embedded_aws.client("sagemaker", credentials=key)
    code, message, status = error_of(sagemaker.create_model, ModelName="m", ExecutionRoleArn=ROLE)
    assert (code, status) == ("AccessDeniedException", 400)
    assert "sagemaker:CreateModel on resource: arn:aws:sagemaker:us-east-1:000000000000:model/m" in message


def test_who_creates_a_model_must_also_be_allowed_to_pass_its_role(embedded_aws: Any) -> None:
    key = user(embedded_aws, "no-pass", {"Action": "sagemaker:*", "Resource": "*"})
    create = embedded_aws.client("sagemaker", credentials=key).create_model
    code, message, _ = error_of(create, ModelName="m", ExecutionRoleArn=ROLE)
    assert code == "AccessDeniedException"
    assert f"iam:PassRole on resource: {ROLE}" in message


def test_tags_may_be_demanded_of_what_is_created(embedded_aws: Any) -> None:
    owned = {"StringEquals": {"aws:RequestTag/llm:team": "support"}}
    key = user(
        embedded_aws,
        "tagger",
        {"Action": "sagemaker:CreateEndpointConfig", "Resource": "*", "Condition": owned},
    )
    create = embedded_aws.client("sagemaker", credentials=key).create_endpoint_config
    variant = {"VariantName": "main", "ModelName": "permissions-none"}
    config = {"EndpointConfigName": "permissions-config", "ProductionVariants": [variant]}
    assert error_of(create, **config)[0] == "AccessDeniedException"
    assert error_of(create, **config, Tags=[{"Key": "llm:team", "Value": "sales"}])[0] == "AccessDeniedException"
    # With the right tag it is SageMaker that refuses, for the model does not exist.
    assert error_of(create, **config, Tags=[{"Key": "llm:team", "Value": "support"}])[0] == "ValidationException"


def test_a_policy_may_go_by_the_tags_of_a_resource(embedded_aws: Any) -> None:
    role = embedded_aws.create_execution_role("permissions-tagged")
    sagemaker = embedded_aws.client("sagemaker")
    for name, team in (("permissions-ours", "support"), ("permissions-theirs", "sales")):
        container = {"Image": "000000000000.dkr.ecr.us-east-1.amazonaws.com/tiny:1"}
        tags = [{"Key": "llm:team", "Value": team}]
        sagemaker.create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer=container, Tags=tags)
    ours = {"StringEquals": {"aws:ResourceTag/llm:team": "support"}}
    key = user(embedded_aws, "by-tag", {"Action": "sagemaker:DeleteModel", "Resource": "*", "Condition": ours})
    delete = embedded_aws.client("sagemaker", credentials=key).delete_model
    assert error_of(delete, ModelName="permissions-theirs")[0] == "AccessDeniedException"
    delete(ModelName="permissions-ours")


def test_scaling_asks_for_its_own_permission(embedded_aws: Any) -> None:
    key = user(embedded_aws, "scaler", {"Action": "application-autoscaling:Describe*", "Resource": "*"})
    scaling = embedded_aws.client("application-autoscaling", credentials=key)
    assert scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"] == []
    target = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": "endpoint/permissions-none/variant/main",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    assert (
        "application-autoscaling:DeregisterScalableTarget" in error_of(scaling.deregister_scalable_target, **target)[1]
    )
    admin = embedded_aws.client("application-autoscaling")
    code, message, _ = error_of(admin.deregister_scalable_target, **target)
    assert code == "ObjectNotFoundException"
    assert "No scalable target found for service namespace: sagemaker" in message


def test_a_wrong_secret_and_an_unknown_key_are_refused_as_aws_refuses_them(embedded_aws: Any) -> None:
    key = user(embedded_aws, "forger", {"Action": "*", "Resource": "*"})
    forged = {**key, "SecretAccessKey": "not the secret"}
    assert error_of(embedded_aws.client("sagemaker", credentials=forged).list_models)[0] == "InvalidSignatureException"
    runtime = embedded_aws.client("sagemaker-runtime", credentials=forged)
    assert error_of(runtime.invoke_endpoint, EndpointName="e", Body=b"{}")[0] == "InvalidSignatureException"
    nobody = {"AccessKeyId": "AKIA0000000000000000", "SecretAccessKey": "x"}
    code = error_of(
        embedded_aws.client("application-autoscaling", credentials=nobody).describe_scaling_policies,
        ServiceNamespace="sagemaker",
    )[0]
    assert code == "UnrecognizedClientException"


@pytest.mark.parametrize(
    ("path", "target", "status"),
    [
        ("/", "SageMaker.ListModels", 400),
        ("/", "AnyScaleFrontendService.DescribeScalableTargets", 400),
        ("/endpoints/chat/invocations", "", 403),
    ],
)
def test_a_request_without_a_signature_is_refused(embedded_aws: Any, path: str, target: str, status: int) -> None:
    headers = {"X-Amz-Target": target} if target else {}
    answer = httpx.post(embedded_aws.endpoint_url + path, headers=headers, content=b"{}")
    assert answer.status_code == status
    assert answer.headers["x-amzn-errortype"] == "MissingAuthenticationTokenException"


def test_a_bucket_that_demands_tls_can_be_used_although_this_is_the_loopback_interface(embedded_aws: Any) -> None:
    key = user(embedded_aws, "tls", {"Action": "s3:*", "Resource": "*"})
    admin, s3 = embedded_aws.client("s3"), embedded_aws.client("s3", credentials=key)
    admin.create_bucket(Bucket="permissions-tls")
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::permissions-tls", "arn:aws:s3:::permissions-tls/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    admin.put_bucket_policy(
        Bucket="permissions-tls", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    s3.put_object(Bucket="permissions-tls", Key="key", Body=b"body", ServerSideEncryption="aws:kms")
    stored = s3.get_object(Bucket="permissions-tls", Key="key")
    assert stored["Body"].read() == b"body"
    assert stored["SSEKMSKeyId"].endswith("alias/aws/s3")
