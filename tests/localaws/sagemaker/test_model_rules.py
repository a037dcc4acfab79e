"""What CreateModel refuses beyond the service model."""

from typing import Any

import pytest

from localaws.errors import AwsError
from localaws.sagemaker import service_model
from localaws.sagemaker.hard_rules import model_rules, tag_rules
from localaws.sagemaker.request_validation import require_valid

ROLE = "arn:aws:iam::000000000000:role/execution"
IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/vllm:1"


def source(uri: str, kind: str, compression: str, **members: Any) -> dict[str, Any]:
    return {
        "ModelDataSource": {
            "S3DataSource": {"S3Uri": uri, "S3DataType": kind, "CompressionType": compression, **members}
        }
    }


def check(container: dict[str, Any] | None = None, **members: Any) -> None:
    request = {"ModelName": "m", "ExecutionRoleArn": ROLE, **members}
    if container is not None:
        request["PrimaryContainer"] = {"Image": IMAGE, **container}
    request = {key: value for key, value in request.items() if value is not None}
    require_valid(service_model.load("sagemaker"), "CreateModel", request)
    model_rules.require_all(request, region="us-east-1")


@pytest.mark.parametrize(
    ("container", "members"),
    [
        ({}, {}),
        ({"ModelDataUrl": "s3://b/model.tar.gz"}, {"EnableNetworkIsolation": True}),
        (source("s3://b/model/", "S3Prefix", "None"), {}),
        (source("s3://b/model.tar.gz", "S3Object", "Gzip"), {}),
        ({"Mode": "MultiModel", "ModelDataUrl": "s3://b/models/"}, {}),
        (None, {"Containers": [{"Image": IMAGE}, {"Image": IMAGE}]}),
    ],
)
def test_a_good_model_passes(container: dict[str, Any] | None, members: dict[str, Any]) -> None:
    check(container, **members)


@pytest.mark.parametrize(
    ("container", "members", "words"),
    [
        (
            {"Image": "public.ecr.aws/vllm:1"},
            {},
            'Using non-ECR image "public.ecr.aws/vllm:1" without Vpc repository access mode is not supported.',
        ),
        ({"Image": IMAGE.replace("us-east-1", "eu-west-1")}, {}, "must be in the Amazon ECR of region us-east-1"),
        (None, {}, "Exactly one of PrimaryContainer and Containers"),
        ({}, {"Containers": [{"Image": IMAGE}] * 2}, "Exactly one of PrimaryContainer and Containers"),
        ({}, {"ExecutionRoleArn": None}, "ExecutionRoleArn must be specified"),
        ({"ModelPackageName": "package"}, {}, "ModelPackageName is not supported by embedded SageMaker"),
        (None, {"Containers": [{"Image": IMAGE}]}, "between 2 and 15 members, found 1"),
        ({}, {"InferenceExecutionConfig": {"Mode": "Direct"}}, "only supported for models with multiple Containers"),
        (
            None,
            {"InferenceExecutionConfig": {"Mode": "Direct"}, "Containers": [{"Image": IMAGE}] * 2},
            "unique ContainerHostname",
        ),
        (
            None,
            {"Containers": [{"Image": IMAGE, "ContainerHostname": "a"}, {"Image": IMAGE}]},
            "for all containers or for none",
        ),
        (
            {"ModelDataUrl": "s3://b/m.tar.gz", **source("s3://b/m/", "S3Prefix", "None")},
            {},
            "ModelDataUrl and ModelDataSource cannot both be specified",
        ),
        (
            source("s3://b/model", "S3Prefix", "None"),
            {},
            "must end with a forward slash (/) when S3DataType is S3Prefix",
        ),
        (source("s3://b/model/", "S3Prefix", "Gzip"), {}, "Gzip is only supported with S3DataType S3Object"),
        (
            source("s3://b/m/", "S3Prefix", "None", ManifestS3Uri="s3://b/manifest"),
            {},
            "ManifestS3Uri is not supported",
        ),
        ({"Mode": "MultiModel", "ModelDataUrl": "s3://b/models"}, {}, "must be an S3 prefix that ends with"),
        (
            {"Mode": "MultiModel", **source("s3://b/m/", "S3Prefix", "None")},
            {},
            "not supported for containers with Mode",
        ),
        ({"MultiModelConfig": {"ModelCacheSetting": "Enabled"}}, {}, "MultiModelConfig is only supported"),
        (
            None,
            {"Containers": [{"Image": IMAGE, "Mode": "MultiModel", "ModelDataUrl": "s3://b/m/"}] * 2},
            "At most one container may have Mode MultiModel",
        ),
        ({"Environment": {f"KEY_{n}": "x" * 1000 for n in range(40)}}, {}, "combined, is 32768 bytes; found"),
        ({"ImageConfig": {"RepositoryAccessMode": "Vpc"}}, {}, "VpcConfig must be specified"),
        (
            {
                "ImageConfig": {
                    "RepositoryAccessMode": "Platform",
                    "RepositoryAuthConfig": {"RepositoryCredentialsProviderArn": "arn:x"},
                }
            },
            {},
            "RepositoryAuthConfig is only supported",
        ),
    ],
)
def test_a_bad_model_is_refused(container: dict[str, Any] | None, members: dict[str, Any], words: str) -> None:
    with pytest.raises(AwsError) as error:
        check(container, **members)
    assert error.value.code == "ValidationException"
    assert words in error.value.message


def test_tags_are_unique_and_not_reserved() -> None:
    assert tag_rules.from_request({"Tags": [{"Key": "llm:team", "Value": "support"}]}) == {"llm:team": "support"}
    with pytest.raises(AwsError, match="Duplicate tag key 'a'"):
        tag_rules.from_request({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]})
    with pytest.raises(AwsError, match="aws: prefixed tag key names are not allowed"):
        tag_rules.from_request({"Tags": [{"Key": "aws:team", "Value": "1"}]})
    with pytest.raises(AwsError, match="service limit 'Number of tags per resource' is 50 Tags"):
        tag_rules.require_few_enough({str(number): "" for number in range(51)})
