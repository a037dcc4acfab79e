"""An account's quotas, held against everything that runs in it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localaws.clock import ScaledClock
from localaws.errors import AwsError
from localaws.sagemaker.dependencies import Dependencies
from localaws.sagemaker.images import ImageTable
from localaws.sagemaker.quotas import Quotas
from localaws.sagemaker.service import SageMakerService

IMAGE = "000000000000.dkr.ecr.us-east-1.amazonaws.com/contract:1"
TINY_IMAGES = Path(__file__).parents[1] / "tiny_images.yaml"
PLACE = {"region": "us-east-1", "account": "000000000000"}


@pytest.fixture
def service(workbench: Any, administrators_roles: Any, tmp_path: Path) -> Iterator[SageMakerService]:
    """A service of the test's own, in this process, in an account that may run three instances."""
    made = SageMakerService(
        Dependencies(
            clock=ScaledClock(),
            roles=administrators_roles,
            service_client=lambda name, scope: workbench.aws.client(name),
            state_dir=tmp_path,
            images=ImageTable(TINY_IMAGES),
            quotas=Quotas(instances_in_all=3, instances_by_type={"ml.c5.large": 0}),
        )
    )
    request = {"ModelName": "m", "ExecutionRoleArn": workbench.role_arn, "PrimaryContainer": {"Image": IMAGE}}
    made.call("CreateModel", request, **PLACE)
    for instance_type, count in (("m5", 1), ("m5", 2), ("m5", 3), ("c5", 1), ("c5", 2)):
        variant = {
            "VariantName": "main",
            "ModelName": "m",
            "InstanceType": f"ml.{instance_type}.large",
            "InitialInstanceCount": count,
        }
        named = {"EndpointConfigName": f"{instance_type}-{count}", "ProductionVariants": [variant]}
        made.call("CreateEndpointConfig", named, **PLACE)
    yield made
    made.close()


def create(service: SageMakerService, name: str, config: str) -> None:
    service.call("CreateEndpoint", {"EndpointName": name, "EndpointConfigName": config}, **PLACE)


def settled(service: SageMakerService, wait_until: Any, name: str) -> None:
    wait_until(
        lambda: service.call("DescribeEndpoint", {"EndpointName": name}, **PLACE)["EndpointStatus"],
        lambda status: status == "InService",
    )


def exceeded(service: SageMakerService, operation: str, request: dict[str, Any]) -> str:
    with pytest.raises(AwsError) as error:
        service.call(operation, request, **PLACE)
    assert error.value.code == "ResourceLimitExceeded"
    return error.value.message


def test_a_type_without_quota_is_refused_by_its_name(service: SageMakerService) -> None:
    message = exceeded(service, "CreateEndpoint", {"EndpointName": "e", "EndpointConfigName": "c5-1"})
    assert message.startswith("The account-level service limit 'ml.c5.large for endpoint usage' is 0 Instances")


def test_all_endpoints_of_the_account_count(service: SageMakerService, wait_until: Any) -> None:
    create(service, "first", "m5-2")
    message = exceeded(service, "CreateEndpoint", {"EndpointName": "second", "EndpointConfigName": "m5-2"})
    assert "is 3 Instances, with current utilization of 2 Instances and a request delta of 2 Instances" in message
    create(service, "second", "m5-1")


def test_an_update_needs_room_for_both_fleets(service: SageMakerService, wait_until: Any) -> None:
    create(service, "endpoint", "m5-1")
    settled(service, wait_until, "endpoint")
    message = exceeded(service, "UpdateEndpoint", {"EndpointName": "endpoint", "EndpointConfigName": "m5-3"})
    assert "with current utilization of 1 Instances and a request delta of 3 Instances" in message
    service.call("UpdateEndpoint", {"EndpointName": "endpoint", "EndpointConfigName": "m5-2"}, **PLACE)
    settled(service, wait_until, "endpoint")


def test_a_rolling_update_needs_room_for_one_batch_only(service: SageMakerService, wait_until: Any) -> None:
    create(service, "endpoint", "m5-2")
    settled(service, wait_until, "endpoint")
    half = {"Type": "CAPACITY_PERCENT", "Value": 50}
    rolling = {"RollingUpdatePolicy": {"MaximumBatchSize": half, "WaitIntervalInSeconds": 0}}
    to_same = {"EndpointName": "endpoint", "EndpointConfigName": "m5-2"}
    assert "a request delta of 2 Instances" in exceeded(service, "UpdateEndpoint", to_same)
    service.call("UpdateEndpoint", {**to_same, "DeploymentConfig": rolling}, **PLACE)
    # Two run and one is booked beside them, until the update is over.
    message = exceeded(service, "CreateEndpoint", {"EndpointName": "second", "EndpointConfigName": "m5-1"})
    assert "with current utilization of 3 Instances" in message
    settled(service, wait_until, "endpoint")
    create(service, "second", "m5-1")


def test_a_rolling_update_to_another_type_needs_room_for_all_of_it(service: SageMakerService, wait_until: Any) -> None:
    create(service, "endpoint", "m5-2")
    settled(service, wait_until, "endpoint")
    policy = {"MaximumBatchSize": {"Type": "INSTANCE_COUNT", "Value": 1}, "WaitIntervalInSeconds": 0}
    request = {"EndpointName": "endpoint", "EndpointConfigName": "c5-2"}
    message = exceeded(service, "UpdateEndpoint", {**request, "DeploymentConfig": {"RollingUpdatePolicy": policy}})
    assert message.startswith("The account-level service limit 'ml.c5.large for endpoint usage' is 0 Instances")
    assert "a request delta of 2 Instances" in message


def test_scaling_out_needs_room_for_the_difference(service: SageMakerService, wait_until: Any) -> None:
    create(service, "endpoint", "m5-2")
    settled(service, wait_until, "endpoint")

    def scaled_to(count: int) -> dict[str, Any]:
        wanted = {"VariantName": "main", "DesiredInstanceCount": count}
        return {"EndpointName": "endpoint", "DesiredWeightsAndCapacities": [wanted]}

    message = exceeded(service, "UpdateEndpointWeightsAndCapacities", scaled_to(4))
    assert "with current utilization of 2 Instances and a request delta of 2 Instances" in message
    service.call("UpdateEndpointWeightsAndCapacities", scaled_to(3), **PLACE)
    settled(service, wait_until, "endpoint")
