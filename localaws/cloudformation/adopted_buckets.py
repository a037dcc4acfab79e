"""A change set that imports existing resources takes a bucket over by its name, so that name is no conflict.

MiniStack imports the bucket, but its validation before the deployment counts the name as taken. Source: CloudFormation
user guide, "Import AWS resources into a CloudFormation stack automatically".
"""

from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import stacks


def adopt_buckets_by_name() -> None:
    """Leave those conflicts out that the change set under way solves by adopting."""
    validation_errors = stacks._validation_errors

    def errors(*arguments: Any) -> Any:
        stack_id = arguments[6]
        adopted = {
            logical_id
            for change_set in cloudformation._change_sets.values()
            if change_set["StackId"] == stack_id and change_set["ExecutionStatus"] == "EXECUTE_IN_PROGRESS"
            for logical_id in change_set.get("_import_existing") or ()
        }
        found = validation_errors(*arguments)
        return [one for one in found if one[2] != "NAME_CONFLICT_VALIDATION" or one[0] not in adopted]

    stacks._validation_errors = errors
