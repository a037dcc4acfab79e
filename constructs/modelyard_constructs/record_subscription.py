"""An endpoint's ways into the record stream: what its containers log as records, or what they put there themselves."""

from __future__ import annotations

from modelyard.blueprint.construct import Scope
from modelyard.blueprint.resource import Resource
from modelyard.catalog.naming import VARIANT_NAME
from modelyard.catalog.objectives import writes_records
from modelyard.catalog.schema import MultiModelEndpoint
from modelyard_constructs.endpoint_log_group import EndpointLogGroup
from modelyard_constructs.endpoint_plan import EndpointPlan
from modelyard_constructs.key_use import WRITE, through_kinesis
from modelyard_constructs.policy_document import Statement, allow

RECORD_VERSION = "modelyard.request/1"


class RecordSubscription(Resource):
    """A subscription filter on the endpoint's log group with the record stream as its destination.

    Its distribution is random. By default all records of a log stream get one partition key, and SageMaker writes one
    log stream for each instance: a busy instance would fill one shard while the others idle
    (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutSubscriptionFilter.html). Consumers
    need no order: every record says its own time and id. It stays where our containers put records themselves: an image
    of somebody else's that writes lines needs it, and without lines it costs nothing.
    """

    def __init__(self, scope: Scope, logical_id: str, *, plan: EndpointPlan, log_group: EndpointLogGroup) -> None:
        target = plan.target
        super().__init__(
            scope,
            logical_id,
            type="AWS::Logs::SubscriptionFilter",
            properties={
                "LogGroupName": log_group.reference,
                "FilterPattern": f'{{ $.record = "{RECORD_VERSION}" }}',
                "DestinationArn": target.record_stream_arn,
                "RoleArn": target.role_arn(target.record_delivery_role_name),
                "Distribution": "Random",
            },
        )


def record_variables(plan: EndpointPlan) -> dict[str, str]:
    """What a container must be told to write records, and what it cannot know of itself; nothing without signals.

    Our containers read these (containers/request_records/settings.py); others ignore them.
    """
    if plan.target.environment.signals is None:
        return {}
    variables = {
        "MODELYARD_REQUEST_RECORDS": "true",
        "MODELYARD_ENDPOINT": plan.endpoint_name,
        "MODELYARD_VARIANT": VARIANT_NAME,
    }
    if not isinstance(plan.endpoint, MultiModelEndpoint):
        variables["MODELYARD_MODEL"] = plan.endpoint.model
    if puts_records(plan):
        variables["MODELYARD_RECORD_STREAM_ARN"] = plan.target.record_stream_arn
    return variables


def puts_records(plan: EndpointPlan) -> bool:
    """Whether the endpoint's containers put records into the stream themselves, instead of logging them."""
    signals = plan.target.environment.signals
    return can_put_records(plan) and signals is not None and signals.delivery == "put-records"


def can_put_records(plan: EndpointPlan) -> bool:
    """Whether the containers may put records: those that did go on until others that log them have taken over."""
    return plan.target.environment.signals is not None and writes_records(plan.endpoint)


def stream_grants(plan: EndpointPlan) -> list[Statement]:
    """What the role of such containers may do: put, and encrypt what is put with the stream's key.

    https://docs.aws.amazon.com/streams/latest/dev/permissions-user-key-KMS.html
    """
    stream_arn = plan.target.record_stream_arn
    return [allow(["kinesis:PutRecords"], [stream_arn]), through_kinesis(plan.target, WRITE, stream_arn)]
