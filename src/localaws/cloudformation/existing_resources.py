"""What exists is adopted where a change set says so, and is in the way of a new resource everywhere else, as on AWS.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-automatically.html: a change set with
ImportExistingResources takes over resources with custom names and a retaining DeletionPolicy. MiniStack finds them, and
then refuses their names as taken; and it lets a new resource of several types overwrite one that exists.
"""

import json
from collections.abc import Callable
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudformation, cloudwatch, cloudwatch_logs, firehose, iam, kinesis, kms, lambda_svc, sns
from ministack.services.cloudformation import provisioners, stacks

Exists = Callable[[str], bool]


def _topic_exists(name: str) -> bool:
    return f"arn:aws:sns:{get_region()}:{get_account_id()}:{name}" in sns._topics


def _policy_exists(name: str) -> bool:
    return any(policy["PolicyName"] == name for policy in iam._policies.values())


# Per type the property that names it (its primary identifier) and who knows whether that name is taken.
_NAMED: dict[str, tuple[str, Exists]] = {
    "AWS::Logs::LogGroup": ("LogGroupName", lambda name: name in cloudwatch_logs._log_groups),
    "AWS::IAM::Role": ("RoleName", lambda name: name in iam._roles),
    "AWS::IAM::ManagedPolicy": ("ManagedPolicyName", _policy_exists),
    "AWS::Kinesis::Stream": ("Name", lambda name: name in kinesis._streams),
    "AWS::KinesisFirehose::DeliveryStream": ("DeliveryStreamName", lambda name: name in firehose._streams),
    "AWS::KMS::Alias": ("AliasName", lambda name: kms._alias_arn(name) in kms._aliases),
    "AWS::SNS::Topic": ("TopicName", _topic_exists),
    "AWS::Lambda::Function": ("FunctionName", lambda name: name in lambda_svc._functions),
    "AWS::CloudWatch::Alarm": ("AlarmName", lambda name: name in cloudwatch._alarms),
}


def heed_existing_resources() -> None:
    """Adopt where that is asked for; refuse a name that is taken elsewhere. Call before the handlers are audited."""
    _let_imports_through()
    for type_name, (property_name, exists) in _NAMED.items():
        handlers = provisioners._RESOURCE_HANDLERS[type_name]
        # A type without an update handler is updated by creating it again, over itself.
        if "update" in handlers:
            handlers["create"] = _refusing(type_name, property_name, exists, handlers["create"])


def _refusing(type_name: str, property_name: str, exists: Exists, create: Callable[..., Any]) -> Callable[..., Any]:
    def create_new(logical_id: str, properties: dict[str, Any], stack_name: str) -> Any:
        name = properties.get(property_name)
        if isinstance(name, str) and exists(name):
            identifier = json.dumps({f"/properties/{property_name}": name}, separators=(",", ":"))
            raise ValueError(
                f"Resource handler returned message: \"Resource of type '{type_name}' with identifier "
                f"'{identifier}' already exists.\" (HandlerErrorCode: AlreadyExists)"
            )
        return create(logical_id, properties, stack_name)

    return create_new


def _let_imports_through() -> None:
    """A bucket that the running change set adopts is in nobody's way."""
    find_errors = stacks._validation_errors

    def errors(
        definitions: Any,
        ordered: Any,
        parameters: Any,
        conditions: Any,
        mappings: Any,
        stack_name: str,
        stack_id: str,
        owned_buckets: frozenset[str] = frozenset(),
    ) -> Any:
        owned = owned_buckets | _adopted_buckets(stack_id)
        return find_errors(definitions, ordered, parameters, conditions, mappings, stack_name, stack_id, owned)

    stacks._validation_errors = errors


def _adopted_buckets(stack_id: str) -> frozenset[str]:
    return frozenset(
        identifier["BucketName"]
        for change_set in cloudformation._change_sets.values()
        if change_set["StackId"] == stack_id and change_set["ExecutionStatus"] == "EXECUTE_IN_PROGRESS"
        for identifier in (change_set.get("_import_existing") or {}).values()
        if "BucketName" in identifier
    )
