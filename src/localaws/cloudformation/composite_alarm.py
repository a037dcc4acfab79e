"""AWS::CloudWatch::CompositeAlarm: MiniStack has the API, its CloudFormation lacks the type."""

import json
from typing import Any

from ministack.services import cloudwatch

from localaws.botocore_model import botocore_model
from localaws.cloudformation.api_request import api_request
from localaws.cloudformation.resource_type import (
    Created,
    Place,
    Properties,
    Schema,
    generated_name,
    handler_errors,
)
from localaws.errors import AwsError

_SERVICE = "CloudWatch"


class CompositeAlarmType:
    """The type; works on MiniStack's CloudWatch directly."""

    schema = Schema("AWS::CloudWatch::CompositeAlarm", create_only=("AlarmName",), blocks=False)

    def create(self, logical_id: str, properties: Properties, place: Place) -> Created:
        name = str(properties.get("AlarmName") or generated_name(logical_id, max_length=255))
        return self._put(name, properties, place)

    def update(self, physical_id: str, old: Properties, new: Properties, place: Place) -> Created:
        return self._put(physical_id, new, place)

    def delete(self, physical_id: str, properties: Properties, place: Place) -> None:
        with handler_errors(_SERVICE):
            _raise_refusal(cloudwatch._delete_alarms({}, {"AlarmNames": [physical_id]}, False, is_json=True))

    def _put(self, name: str, properties: Properties, place: Place) -> Created:
        members = {key: value for key, value in properties.items() if key != "Tags"}
        request = api_request(botocore_model("cloudwatch"), "PutCompositeAlarm", {**members, "AlarmName": name})
        with handler_errors(_SERVICE):
            _raise_refusal(cloudwatch._put_composite_alarm({}, request, False, is_json=True))
        # PutCompositeAlarm sets tags on a new alarm only; a template's tags are the whole set.
        arn = f"arn:aws:cloudwatch:{place.region}:{place.account}:alarm:{name}"
        cloudwatch._resource_tags[arn] = {tag["Key"]: tag["Value"] for tag in properties.get("Tags") or ()}
        return name, {"Arn": arn}


def _raise_refusal(response: tuple[int, dict[str, str], Any]) -> None:
    status, _, body = response
    if status >= 400:
        error = json.loads(body)
        message = error.get("message") or error.get("Message") or str(error)
        raise AwsError(str(error.get("__type", "ValidationError")), message, status)
