"""A change of a stack's outputs alone is deployed, as on AWS; MiniStack takes it for no change.

"If only stack Outputs are changed, CloudFormation generates a ChangeSet that is executable but has 0 changes"
(aws/aws-cdk#2029, whose CLI deploys it).
"""

import re
from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import handlers

Response = tuple[int, dict[str, str], bytes]

_UNCHANGED = "The submitted information didn't contain changes."
_ID = re.compile(r"<Id>([^<]*)</Id>")


def deploy_changed_outputs() -> None:
    """Let CreateChangeSet make a change set that can be executed, where outputs are all that changed."""
    create = handlers._ACTION_HANDLERS["CreateChangeSet"]

    def created(parameters: dict[str, Any]) -> Response:
        answered: Response = create(parameters)
        body = answered[2].decode() if isinstance(answered[2], bytes) else answered[2]
        found = _ID.search(body) if answered[0] == 200 else None
        change_set = cloudformation._change_sets.get(found[1]) if found else None
        if change_set and change_set["StatusReason"].startswith(_UNCHANGED) and _changes_outputs(change_set):
            change_set |= {"Status": "CREATE_COMPLETE", "ExecutionStatus": "AVAILABLE", "StatusReason": ""}
        return answered

    handlers._ACTION_HANDLERS["CreateChangeSet"] = created


def _changes_outputs(change_set: dict[str, Any]) -> bool:
    stack = cloudformation._stacks.get(change_set["StackName"]) or {}
    before, after = stack.get("_template") or {}, change_set["_template"]
    return bool(before.get("Outputs", {}) != after.get("Outputs", {}))
