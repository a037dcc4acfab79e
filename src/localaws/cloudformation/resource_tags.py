"""Tags of the resources that a stack manages."""

from typing import Any

from localaws.autoscaling.sagemaker_variant import SageMaker
from localaws.cloudformation.resource_type import Place, Properties
from localaws.errors import AwsError


def tag_pairs(properties: Properties) -> dict[str, str]:
    """The `Tags` of a resource's properties as a mapping, without CloudFormation's own.

    On AWS the resources also carry `aws:cloudformation:*` tags. No caller of SageMaker's API may set those, and our
    handlers are such callers.
    """
    pairs = {str(tag["Key"]): str(tag["Value"]) for tag in properties.get("Tags") or ()}
    return {key: value for key, value in pairs.items() if not key.lower().startswith("aws:")}


def with_own_tags(properties: Properties) -> Properties:
    """The properties with only those tags that an API request may carry."""
    tags = [{"Key": key, "Value": value} for key, value in tag_pairs(properties).items()]
    others = {name: value for name, value in properties.items() if name != "Tags"}
    return {**others, "Tags": tags} if tags else others


def update_tags(sagemaker: SageMaker, arn: str, *, old: Properties, new: Properties, place: Place) -> None:
    """Bring a resource's tags from the old properties' to the new ones'; tags set by others stay."""
    before, after = tag_pairs(old), tag_pairs(new)
    removed: list[Any] = sorted(before.keys() - after.keys())
    changed: list[Any] = [
        {"Key": key, "Value": value} for key, value in sorted(after.items()) if before.get(key) != value
    ]
    scope = {"region": place.region, "account": place.account}
    if removed:
        sagemaker.call("DeleteTags", {"ResourceArn": arn, "TagKeys": removed}, **scope)
    if changed:
        sagemaker.call("AddTags", {"ResourceArn": arn, "Tags": changed}, **scope)


def resource_tags(sagemaker: SageMaker, arn: str, place: Place) -> dict[str, str]:
    """The tags that a SageMaker resource carries, none for an ARN that names nothing."""
    try:
        answer: Any = sagemaker.call("ListTags", {"ResourceArn": arn}, region=place.region, account=place.account)
    except AwsError:
        return {}
    return {tag["Key"]: tag["Value"] for tag in answer["Tags"]}
