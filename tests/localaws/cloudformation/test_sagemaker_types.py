"""Endpoints in stacks: what replaces, what changes in place, and what a failure leaves behind."""

from typing import Any

IMAGE = "000000000000.dkr.ecr.us-east-1.amazonaws.com/tiny:1"
Template = dict[str, Any]


def template(
    role: str, *, endpoint: str, environment: dict[str, str] | None = None, team: str = "support", **others: Any
) -> Template:
    """A Model, its configuration and its endpoint, tagged with their team, and other resources behind them."""
    tags = [{"Key": "llm:team", "Value": team}]
    container = {"Image": IMAGE, "Environment": environment or {}}
    variant = {
        "VariantName": "main",
        "ModelName": {"Fn::GetAtt": ["Model", "ModelName"]},
        "InitialInstanceCount": "1",
        "InitialVariantWeight": 1,
        "InstanceType": "ml.m5.large",
    }
    resources = {
        "Model": ("Model", {"ExecutionRoleArn": role, "PrimaryContainer": container, "Tags": tags}),
        "Config": ("EndpointConfig", {"ProductionVariants": [variant], "Tags": tags}),
        "Endpoint": (
            "Endpoint",
            {
                "EndpointName": endpoint,
                "EndpointConfigName": {"Fn::GetAtt": ["Config", "EndpointConfigName"]},
                "Tags": tags,
            },
        ),
    }
    return {
        "Resources": {
            **{
                name: {"Type": f"AWS::SageMaker::{kind}", "Properties": what}
                for name, (kind, what) in resources.items()
            },
            **others,
        },
        "Outputs": {"Endpoint": {"Value": {"Ref": "Endpoint"}}, "Model": {"Value": {"Ref": "Model"}}},
    }


def outputs(stack: dict[str, Any]) -> dict[str, str]:
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def physical_ids(embedded_aws: Any, stack: str) -> dict[str, str]:
    resources = embedded_aws.client("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]
    return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in resources}


def config_in_service(embedded_aws: Any, endpoint: str) -> str:
    described = embedded_aws.client("sagemaker").describe_endpoint(EndpointName=endpoint)
    assert described["EndpointStatus"] == "InService"
    return str(described["EndpointConfigName"])


def test_ref_is_the_arn_and_only_a_changed_model_is_replaced(embedded_aws: Any) -> None:
    role = embedded_aws.create_execution_role("stack-changes")
    done = embedded_aws.deploy("stack-changes", template(role, endpoint="stack-changes"))
    assert done["StackStatus"] == "CREATE_COMPLETE"
    arn = "arn:aws:sagemaker:us-east-1:000000000000:endpoint/stack-changes"
    assert outputs(done)["Endpoint"] == arn
    before = physical_ids(embedded_aws, "stack-changes")

    embedded_aws.deploy("stack-changes", template(role, endpoint="stack-changes", team="sales"))
    assert physical_ids(embedded_aws, "stack-changes") == before
    sagemaker = embedded_aws.client("sagemaker")
    for resource in before.values():
        tags = {tag["Key"]: tag["Value"] for tag in sagemaker.list_tags(ResourceArn=resource)["Tags"]}
        assert tags == {"llm:team": "sales"}

    embedded_aws.deploy(
        "stack-changes", template(role, endpoint="stack-changes", team="sales", environment={"VERSION": "2"})
    )
    after = physical_ids(embedded_aws, "stack-changes")
    assert after["Endpoint"] == before["Endpoint"]
    assert after["Model"] != before["Model"]
    assert after["Config"].endswith(config_in_service(embedded_aws, "stack-changes"))
    models = [one["ModelArn"] for one in sagemaker.list_models()["Models"]]
    assert after["Model"] in models
    assert before["Model"] not in models
    assert embedded_aws.destroy("stack-changes")["StackStatus"] == "DELETE_COMPLETE"


def test_another_endpoint_name_is_another_endpoint_and_the_old_one_goes(embedded_aws: Any) -> None:
    role = embedded_aws.create_execution_role("stack-renames")
    embedded_aws.deploy("stack-renames", template(role, endpoint="stack-old-name"))
    done = embedded_aws.deploy("stack-renames", template(role, endpoint="stack-new-name"))
    assert done["StackStatus"] == "UPDATE_COMPLETE"
    names = [one["EndpointName"] for one in embedded_aws.client("sagemaker").list_endpoints()["Endpoints"]]
    assert "stack-new-name" in names
    assert "stack-old-name" not in names
    embedded_aws.destroy("stack-renames")


def test_an_endpoint_that_cannot_start_is_rolled_back_with_the_reason_and_leaves_its_name_free(
    embedded_aws: Any,
) -> None:
    role = embedded_aws.create_execution_role("stack-fails")
    broken = template(role, endpoint="stack-fails", environment={"FAIL": "exit"})
    failed = embedded_aws.deploy("stack-fails", broken)
    assert failed["StackStatus"] == "ROLLBACK_COMPLETE"
    reason = embedded_aws.failures(failed["StackId"])["Endpoint"]
    assert "Error occurred during operation 'CREATE' of endpoint stack-fails" in reason
    assert "container" in reason
    sagemaker = embedded_aws.client("sagemaker")
    assert not sagemaker.list_endpoints(NameContains="stack-fails")["Endpoints"]
    assert embedded_aws.destroy("stack-fails")["StackStatus"] == "DELETE_COMPLETE"
    again = embedded_aws.deploy("stack-fails", template(role, endpoint="stack-fails"))
    assert again["StackStatus"] == "CREATE_COMPLETE"
    embedded_aws.destroy("stack-fails")


def test_a_failure_behind_an_updated_endpoint_brings_its_old_configuration_back(embedded_aws: Any) -> None:
    role = embedded_aws.create_execution_role("stack-reverts")
    embedded_aws.deploy("stack-reverts", template(role, endpoint="stack-reverts"))
    before = config_in_service(embedded_aws, "stack-reverts")
    no_such_variant = {
        "Type": "AWS::ApplicationAutoScaling::ScalableTarget",
        "Properties": {
            "ServiceNamespace": "sagemaker",
            "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
            "ResourceId": {"Fn::Sub": "endpoint/${Endpoint.EndpointName}/variant/other"},
            "MinCapacity": 1,
            "MaxCapacity": 2,
        },
    }
    failed = embedded_aws.deploy(
        "stack-reverts",
        template(role, endpoint="stack-reverts", environment={"VERSION": "2"}, Target=no_such_variant),
    )
    assert failed["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    reason = embedded_aws.failures(failed["StackId"])["Target"]
    assert "SageMaker endpoint variant doesn't exist: endpoint/stack-reverts/variant/other" in reason
    assert config_in_service(embedded_aws, "stack-reverts") == before
    embedded_aws.destroy("stack-reverts")


def test_what_sagemaker_refuses_fails_the_stack_in_its_words(embedded_aws: Any) -> None:
    failed = embedded_aws.deploy(
        "stack-refused", template("arn:aws:iam::000000000000:role/none", endpoint="stack-refused")
    )
    assert failed["StackStatus"] == "ROLLBACK_COMPLETE"
    assert embedded_aws.failures(failed["StackId"])["Model"] == (
        'Resource handler returned message: "Could not assume role arn:aws:iam::000000000000:role/none. Please ensure '
        "that the role exists and allows principal 'sagemaker.amazonaws.com' to assume the role. (Service: SageMaker, "
        'Status Code: 400)" (HandlerErrorCode: InvalidRequest)'
    )
