"""Requests against the vendored service model, in AWS's words."""

from typing import Any

import pytest

from localaws.errors import AwsError
from localaws.sagemaker import service_model
from localaws.sagemaker.request_validation import require_valid

MODEL = service_model.load("sagemaker")


def config(**variant: Any) -> dict[str, Any]:
    return {
        "EndpointConfigName": "config",
        "ProductionVariants": [{"VariantName": "main", "ModelName": "m", **variant}],
    }


def refusal(operation: str, request: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(AwsError) as error:
        require_valid(MODEL, operation, request)
    return error.value.code, error.value.message


def test_the_model_says_where_it_comes_from() -> None:
    assert MODEL.source == {"package": "botocore", "version": "1.44.5", "built": "2026-11-17", "licence": "Apache-2.0"}
    assert service_model.load("sagemaker-runtime").source == MODEL.source


@pytest.mark.parametrize("service", ["sagemaker", "sagemaker-runtime"])
def test_every_pattern_of_the_model_is_understood(service: str) -> None:
    shapes = service_model.load(service).shapes.values()
    patterns = [shape["pattern"] for shape in shapes if "pattern" in shape]
    assert len(patterns) > 5
    for pattern in patterns:
        assert r"\p" not in service_model.compile_pattern(pattern).pattern


def test_java_character_classes_mean_what_they_mean_to_aws() -> None:
    tags = service_model.compile_pattern(r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)")
    assert tags.fullmatch("Ünïcode größe_1 a/b=c+d-e@f:g.h")
    assert not tags.fullmatch("semi;colon")
    assert not tags.fullmatch("tab\there")
    printable = service_model.compile_pattern(r"\A\S[\p{Print}]*\z")
    assert printable.fullmatch("request 1")
    assert not printable.fullmatch("request\n1")


def test_a_valid_request_passes() -> None:
    require_valid(MODEL, "CreateEndpointConfig", config(InstanceType="ml.g5.xlarge", InitialInstanceCount=1))


def test_a_missing_member_is_null() -> None:
    assert refusal("CreateEndpoint", {"EndpointName": "x"}) == (
        "ValidationException",
        "1 validation error detected: Value null at 'endpointConfigName' failed to satisfy constraint: Member must not "
        "be null",
    )


def test_a_name_that_breaks_the_pattern_is_named_with_its_path() -> None:
    code, message = refusal("CreateEndpointConfig", config(VariantName="a_b"))
    assert code == "ValidationException"
    assert message == (
        "1 validation error detected: Value 'a_b' at 'productionVariants.1.member.variantName' failed to satisfy "
        "constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
    )


def test_a_seventy_character_name_is_too_long() -> None:
    _, message = refusal("CreateEndpoint", {"EndpointName": "x" * 70, "EndpointConfigName": "c"})
    assert "at 'endpointName' failed to satisfy constraint: Member must have length less than or equal to 63" in message


def test_an_instance_type_that_aws_has_not_lists_those_it_has() -> None:
    _, message = refusal("CreateEndpointConfig", config(InstanceType="ml.t3.large"))
    assert "Value 'ml.t3.large' at 'productionVariants.1.member.instanceType'" in message
    assert "Member must satisfy enum value set: [ml.t2.medium, " in message


@pytest.mark.parametrize(
    ("value", "constraint"), [(0, "greater than or equal to 1"), (201, "less than or equal to 200")]
)
def test_numbers_have_their_bounds(value: int, constraint: str) -> None:
    _, message = refusal(
        "CreateEndpointConfig", config(ServerlessConfig={"MemorySizeInMB": 2048, "MaxConcurrency": value})
    )
    path = "productionVariants.1.member.serverlessConfig.maxConcurrency"
    assert f"'{path}' failed to satisfy constraint: Member must have value {constraint}" in message


def test_all_violations_come_at_once() -> None:
    _, message = refusal("CreateEndpoint", {"EndpointName": "a_b", "EndpointConfigName": "c_d"})
    assert message.startswith("2 validation errors detected: ")
    assert "'a_b'" in message
    assert "'c_d'" in message


def test_a_list_has_its_length() -> None:
    _, message = refusal("CreateEndpointConfig", {"EndpointConfigName": "c", "ProductionVariants": []})
    assert message.endswith(
        "Value '[]' at 'productionVariants' failed to satisfy constraint: Member must have length greater than or "
        "equal to 1"
    )


def test_bad_keys_and_values_of_a_map_are_reported_against_the_map() -> None:
    request = {"ModelName": "m", "PrimaryContainer": {"Image": "i", "Environment": {"1A": "x", "LONG": "y" * 1025}}}
    _, message = refusal("CreateModel", request)
    assert (
        "at 'primaryContainer.environment' failed to satisfy constraint: Map keys must satisfy constraint: ["
        "Member must satisfy regular expression pattern: [a-zA-Z_][a-zA-Z0-9_]*]"
    ) in message
    assert "Map value must satisfy constraint: [Member must have length less than or equal to 1024]" in message


def test_a_bad_element_of_a_list_of_strings_is_reported_against_the_list() -> None:
    vpc = {"SecurityGroupIds": ["sg_1"], "Subnets": ["subnet-1"]}
    _, message = refusal("CreateModel", {"ModelName": "m", "VpcConfig": vpc})
    assert message.endswith(
        "Value '[sg_1]' at 'vpcConfig.securityGroupIds' failed to satisfy constraint: Member must satisfy constraint: "
        "[Member must satisfy regular expression pattern: [-0-9a-zA-Z]+]"
    )


def test_an_unknown_member_is_refused_rather_than_ignored() -> None:
    _, message = refusal("CreateEndpointConfig", config(InstanceTyp="ml.g5.xlarge"))
    assert "at 'productionVariants.1.member.instanceTyp'" in message
    assert "botocore 1.44.5" in message


@pytest.mark.parametrize(
    ("variant", "message"),
    [
        ({"InitialInstanceCount": "2"}, "STRING_VALUE cannot be converted to Integer"),
        ({"InitialInstanceCount": True}, "TRUE_VALUE cannot be converted to Integer"),
        ({"InstanceType": 5}, "NUMBER_VALUE cannot be converted to String"),
        ({"InstanceType": ["ml.g5.xlarge"]}, "Start of list found where not expected"),
        ({"InstanceType": {}}, "Start of structure or map found where not expected."),
        ({"ServerlessConfig": "x"}, "Unexpected token STRING_VALUE where a structure is expected"),
    ],
)
def test_a_value_of_the_wrong_type_cannot_be_read(variant: dict[str, Any], message: str) -> None:
    assert refusal("CreateEndpointConfig", config(**variant)) == ("SerializationException", message)
