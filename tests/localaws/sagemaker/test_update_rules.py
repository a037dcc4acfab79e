"""What CreateEndpoint and UpdateEndpoint refuse about deployments, and what the quotas leave."""

from datetime import UTC, datetime
from typing import Any

import pytest

from localaws.errors import AwsError
from localaws.sagemaker.hard_rules import deployment_rules, quota_rules, update_rules
from localaws.sagemaker.hard_rules.quota_rules import Booking
from localaws.sagemaker.hard_rules.update_rules import UpdateRequest
from localaws.sagemaker.quotas import Quotas
from localaws.sagemaker.records import EndpointConfigRecord
from localaws.sagemaker.scope import Scope


def config(*variants: dict[str, Any]) -> EndpointConfigRecord:
    named = [{"VariantName": "main", "ModelName": "m", **variant} for variant in variants]
    return EndpointConfigRecord(
        Scope("000000000000", "us-east-1"), "config", {"ProductionVariants": named}, datetime(2026, 1, 1, tzinfo=UTC)
    )


TWO = {"InstanceType": "ml.g5.xlarge", "InitialInstanceCount": 2}
SERVERLESS = {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}


def blue_green(routing: dict[str, Any], **policy: Any) -> dict[str, Any]:
    return {
        "BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": {"WaitIntervalInSeconds": 60, **routing}, **policy}
    }


def percent(value: int) -> dict[str, Any]:
    return {"Type": "CAPACITY_PERCENT", "Value": value}


ROLLING = {"RollingUpdatePolicy": {"MaximumBatchSize": percent(20), "WaitIntervalInSeconds": 60}}


@pytest.mark.parametrize(
    "deployment",
    [
        blue_green({"Type": "ALL_AT_ONCE"}),
        blue_green({"Type": "CANARY", "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1}}),
        blue_green({"Type": "LINEAR", "LinearStepSize": percent(10)}, MaximumExecutionTimeoutInSeconds=600),
        ROLLING,
    ],
)
def test_a_good_deployment_passes(deployment: dict[str, Any]) -> None:
    deployment_rules.require_all(deployment, config(TWO))


@pytest.mark.parametrize(
    ("deployment", "variants", "words"),
    [
        ({**blue_green({"Type": "ALL_AT_ONCE"}), **ROLLING}, [TWO], "cannot both be specified"),
        (blue_green({"Type": "CANARY"}), [TWO], "CanarySize must be specified if and only if"),
        (blue_green({"Type": "ALL_AT_ONCE", "LinearStepSize": percent(10)}), [TWO], "LinearStepSize must be specified"),
        (blue_green({"Type": "CANARY", "CanarySize": percent(60)}), [TWO], "CanarySize must be between 0% and 50%"),
        (
            blue_green({"Type": "CANARY", "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1}}),
            [{**TWO, "InitialInstanceCount": 1}],
            "is 100% of variant main",
        ),
        (blue_green({"Type": "LINEAR", "LinearStepSize": percent(5)}), [TWO], "between 10% and 50%"),
        ({"RollingUpdatePolicy": {"MaximumBatchSize": percent(80)}}, [TWO], "MaximumBatchSize must be between 5%"),
        (ROLLING, [SERVERLESS], "not supported for serverless"),
        (ROLLING, [TWO, {**TWO, "VariantName": "second"}], "multiple production variants"),
        (
            blue_green({"Type": "ALL_AT_ONCE"}, TerminationWaitInSeconds=600, MaximumExecutionTimeoutInSeconds=660),
            [TWO],
            "must be larger than the total",
        ),
    ],
)
def test_a_bad_deployment_is_refused(deployment: dict[str, Any], variants: list[dict[str, Any]], words: str) -> None:
    with pytest.raises(AwsError) as error:
        deployment_rules.require_all(deployment, config(*variants))
    assert words in error.value.message


def update(
    old: EndpointConfigRecord, new: EndpointConfigRecord, *, autoscaled: bool = False, **request: Any
) -> UpdateRequest:
    return UpdateRequest(request=request, old=old, new=new, is_autoscaled=lambda variant: autoscaled)


def test_a_serverless_endpoint_may_get_instances_but_not_the_other_way_round() -> None:
    update_rules.require_all(update(config(SERVERLESS), config(TWO)))
    with pytest.raises(AwsError, match="to a serverless endpoint is not supported"):
        update_rules.require_all(update(config(TWO), config(SERVERLESS)))


KINDS: dict[str, dict[str, Any]] = {
    "real-time": {"ProductionVariants": [TWO]},
    "real-time with capture": {"ProductionVariants": [TWO], "DataCaptureConfig": {"EnableCapture": True}},
    "two variants": {"ProductionVariants": [TWO, {**TWO, "VariantName": "second"}]},
    "with a shadow": {"ProductionVariants": [TWO], "ShadowProductionVariants": [{**TWO, "VariantName": "shadow"}]},
    "asynchronous": {
        "ProductionVariants": [TWO],
        "AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://b/"}},
    },
    "serverless": {"ProductionVariants": [SERVERLESS]},
}


@pytest.mark.parametrize("old", KINDS)
@pytest.mark.parametrize("new", KINDS)
def test_which_kind_an_endpoint_may_become(old: str, new: str) -> None:
    """Multi-model endpoints differ from real-time ones in their Model only, which every update may change."""

    def of(kind: str) -> EndpointConfigRecord:
        request = {
            name: [{"VariantName": "main", "ModelName": "m", **one} for one in value]
            if name.endswith("Variants")
            else value
            for name, value in KINDS[kind].items()
        }
        return EndpointConfigRecord(Scope("000000000000", "us-east-1"), kind, request, datetime(2026, 1, 1, tzinfo=UTC))

    step = update(of(old), of(new), EndpointName="chat")
    words = None
    if new == "serverless" != old:
        words = "to a serverless endpoint is not supported"
    elif old == "asynchronous" != new:
        words = "The AsyncInferenceConfig parameter cannot be removed from this endpoint chat. To change the e"
    elif new == "asynchronous" != old:
        words = "The AsyncInferenceConfig parameter cannot be added to this endpoint chat"
    if words is None:
        update_rules.require_all(step)
    else:
        with pytest.raises(AwsError) as error:
            update_rules.require_all(step)
        assert (error.value.code, words in error.value.message) == ("ValidationException", True)


def test_an_autoscaled_variant_keeps_its_instance_type() -> None:
    other = {**TWO, "InstanceType": "ml.g6.xlarge"}
    update_rules.require_all(update(config(TWO), config(other)))
    update_rules.require_all(update(config(TWO), config({**TWO, "ModelName": "new"}), autoscaled=True))
    with pytest.raises(AwsError, match="Variant main changes its instance type, but it is registered"):
        update_rules.require_all(update(config(TWO), config(other), autoscaled=True))
    with pytest.raises(AwsError, match="Variant main is removed, but it is registered"):
        update_rules.require_all(update(config(TWO), config({**TWO, "VariantName": "new"}), autoscaled=True))


def test_exclusions_need_something_to_be_retained() -> None:
    excluded = [{"VariantPropertyType": "DesiredWeight"}]
    with pytest.raises(AwsError, match="only supported when RetainAllVariantProperties is true"):
        update_rules.require_all(update(config(TWO), config(TWO), ExcludeRetainedVariantProperties=excluded))


def test_a_guarded_update_keeps_the_variant_names() -> None:
    renamed = config({**TWO, "VariantName": "new"})
    update_rules.require_all(update(config(TWO), renamed))
    with pytest.raises(AwsError, match="Variant names must not change when DeploymentConfig is specified"):
        update_rules.require_all(update(config(TWO), renamed, DeploymentConfig=blue_green({"Type": "ALL_AT_ONCE"})))


def test_a_quota_that_is_used_up_is_named_as_aws_names_it() -> None:
    quotas = Quotas(instances_by_type={"ml.g5.xlarge": 1})
    with pytest.raises(AwsError) as error:
        quota_rules.require_room(
            quotas, in_use=[Booking("ml.g5.xlarge", instances=1)], requested=[Booking("ml.g5.xlarge", instances=2)]
        )
    assert error.value.code == "ResourceLimitExceeded"
    assert error.value.message.startswith(
        "The account-level service limit 'ml.g5.xlarge for endpoint usage' is 1 Instances, with current utilization of "
        "1 Instances and a request delta of 2 Instances."
    )


@pytest.mark.parametrize(
    ("quotas", "requested", "limit"),
    [
        (Quotas(instances_per_endpoint=2), Booking("ml.m5.large", instances=3), "instances per endpoint"),
        (Quotas(instances_in_all=4), Booking("ml.m5.large", instances=3), "instances across active endpoints"),
        (Quotas(serverless_endpoints=1), Booking(serverless_endpoints=1), "Number of serverless endpoints"),
        (Quotas(serverless_concurrency=10), Booking(serverless_concurrency=6), "Total concurrency"),
    ],
)
def test_the_quotas_of_the_whole_account_count(quotas: Quotas, requested: Booking, limit: str) -> None:
    in_use = [Booking("ml.c5.large", instances=2), Booking(serverless_endpoints=1, serverless_concurrency=5)]
    with pytest.raises(AwsError, match=limit):
        quota_rules.require_room(quotas, in_use=in_use, requested=[requested])
    quota_rules.require_room(Quotas(), in_use=in_use, requested=[requested])
